#pragma once

// A task as it is told to others, immutable and compact: a v1::Task in protobuf's wire form, in one
// piece of memory. A task with three statuses takes some 800 bytes; as a message, six times that.
//
//   TaskRecord record(task);                       // from a v1::Task
//   record = record.WithStatus(status, v1::TASK_RUNNING);
//   record.id(); record.state(); record.ToProto();
//   out.append(record.bytes());                    // as a field of a larger message
//
// A value type, as cheap to copy as a shared_ptr; empty when default-constructed. Thread-safe,
// since nothing ever changes what a record holds.

#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "common/base/limits.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// How many statuses a task keeps, and where it is counted that one went for a newer one.
struct StatusBound {
  int most = limits::kMaxStatusesPerTask;
  uint64_t* met = nullptr;
};

class TaskRecord {
 public:
  // Readable bytes behind the end of bytes().
  static constexpr size_t kPadding = 16;

  TaskRecord() = default;
  // Fields that this version does not know are left out.
  explicit TaskRecord(const v1::Task& task);

  explicit operator bool() const { return bytes_ != nullptr; }

  absl::string_view bytes() const { return {bytes_.get(), size_}; }
  v1::Task ToProto() const;

  v1::TaskState state() const { return static_cast<v1::TaskState>(state_); }
  absl::string_view id() const;
  absl::string_view framework_id() const;
  absl::string_view agent_id() const;
  absl::string_view executor_id() const;         // empty where there is none
  absl::string_view status_update_uuid() const;  // empty where there is none
  // Of the status that waits for its acknowledgement; state() where none does.
  v1::TaskState status_update_state() const;

  // This task in `state`, with `status` (without its data) as the last of its statuses: in place of
  // the last one where that tells the same state, and the oldest goes where there are more than
  // `bound` has, which counts that. A status with a uuid is the one that waits for acknowledgement.
  TaskRecord WithStatus(const v1::TaskStatus& status, v1::TaskState state,
                        const StatusBound& bound = {}) const;

  // The same piece of memory.
  bool operator==(const TaskRecord& other) const { return bytes_ == other.bytes_; }

 private:
  void Write(const v1::Task& task);

  // Its fields stand in order of number, since `bytes_` holds none that is not known.
  std::shared_ptr<char[]> bytes_;  // with kPadding; never written once made
  uint32_t size_ = 0;
  int32_t state_ = 0;
};

}  // namespace mesos::master
