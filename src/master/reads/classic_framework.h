#pragma once

// A framework as the classic endpoints show it. Its tasks may be many, so it is written in steps.
// Thread-safe, as long as each writer stays with one thread at a time.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "common/json/json_writer.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

// The fields of a framework that /state-summary shows, too, within an object that stands open.
void WriteFrameworkSummaryFields(json::JsonWriter& json, const FrameworkView& framework);

// The executors of each framework, by its id; each with the id of its agent.
using ExecutorsByFramework =
    absl::flat_hash_map<std::string, std::vector<std::pair<std::string, const ExecutorView*>>>;
ExecutorsByFramework ExecutorsOf(const Snapshot& snapshot);

// Frameworks as the elements of an array, with commas between them.
//
//   ClassicFrameworks frameworks(snapshot, ids);
//   while (frameworks.Step(out)) {}
class ClassicFrameworks {
 public:
  enum class Which { kRegistered, kCompleted };

  // All of them where `id` is empty. Refers to the snapshot.
  ClassicFrameworks(const Snapshot& snapshot, Which which, const std::string& id);

  // Appends some tasks, or what stands between them; false once all is written.
  bool Step(std::string& out);

 private:
  struct TaskList {
    const char* key;
    std::vector<absl::Span<const TaskRecord>> tasks;
  };
  struct Entry {
    const FrameworkView* registered = nullptr;
    const CompletedFramework* completed = nullptr;
  };

  void Begin(const Entry& entry, std::string& out);
  bool StepTasks(std::string& out);

  const Snapshot& snapshot_;
  std::vector<Entry> entries_;
  ExecutorsByFramework executors_;
  bool executors_known_ = false;

  // Where it is: before entries_[next_], or within the one before that while lists_ is not empty.
  size_t next_ = 0;
  std::vector<TaskList> lists_;
  size_t list_ = 0;
  size_t span_ = 0;
  bool first_task_ = true;
};

}  // namespace mesos::master
