#pragma once

// The lists of which the v1 reads consist, element by element in protobuf's wire form, so that JSON
// and protobuf are written from the same.
//
//   std::unique_ptr<ElementList> tasks = ListTasks(snapshot, TaskKind::kRunning);
//   for (size_t batch = 0; batch < tasks->batches(); ++batch) {
//     tasks->ForEach(batch, [&](absl::string_view wire) { ... });
//   }
//
// They refer to the snapshot, which has to outlive them. Batches may be walked on several threads
// at once.

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

class ElementList {
 public:
  // `wire` is followed by json::kWirePadding readable bytes and stays only for the call.
  using Visitor = absl::FunctionRef<void(absl::string_view wire)>;

  virtual ~ElementList() = default;

  virtual const google::protobuf::Descriptor& descriptor() const = 0;
  virtual size_t batches() const = 0;
  virtual void ForEach(size_t batch, Visitor visit) const = 0;

  // How many bytes all elements take, each with its length and `tag_bytes`, where that is known
  // without making them.
  virtual std::optional<size_t> FieldBytes(size_t tag_bytes) const = 0;
};

enum class TaskKind { kRunning, kCompleted, kUnreachable };

// All of the kind, framework by framework, in pieces that lie together in memory.
std::vector<absl::Span<const TaskRecord>> TasksOf(const Snapshot& snapshot, TaskKind kind);

std::unique_ptr<ElementList> ListTasks(const Snapshot& snapshot, TaskKind kind);
std::unique_ptr<ElementList> ListExecutors(const Snapshot& snapshot);
std::unique_ptr<ElementList> ListFrameworks(const Snapshot& snapshot);
std::unique_ptr<ElementList> ListCompletedFrameworks(const Snapshot& snapshot);
std::unique_ptr<ElementList> ListAgents(const Snapshot& snapshot);
std::unique_ptr<ElementList> ListAwaitedAgents(const Snapshot& snapshot);

}  // namespace mesos::master
