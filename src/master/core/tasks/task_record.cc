#include "master/core/tasks/task_record.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "common/base/limits.h"
#include "common/messages/unknown_fields.h"
#include "glog/logging.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "master/core/tasks/wire_fields.h"

namespace mesos::master {
namespace {

using google::protobuf::internal::WireFormatLite;
using Output = google::protobuf::io::CodedOutputStream;

// What the value of an id stands in: TaskID, AgentID, FrameworkID, ExecutorID.
absl::string_view IdValue(absl::string_view id) {
  return WireBytes(id, v1::TaskID::kValueFieldNumber);
}

v1::TaskState StateOf(absl::string_view status) {
  for (WireFields fields(status); fields.Next();) {
    if (fields.number() == v1::TaskStatus::kStateFieldNumber) {
      return static_cast<v1::TaskState>(fields.varint());
    }
  }
  return v1::TASK_STAGING;
}

// Appends to memory that is large enough.
class Appender {
 public:
  explicit Appender(char* out) : out_(out) {}

  void Copy(const char* begin, const char* end) { out_ = std::copy(begin, end, out_); }
  void Enum(int number, int value) {
    out_ = Char(WireFormatLite::WriteEnumToArray(number, value, Byte(out_)));
  }
  void Bytes(int number, const std::string& value) {
    out_ = Char(WireFormatLite::WriteBytesToArray(number, value, Byte(out_)));
  }
  // After value.ByteSizeLong().
  void Message(int number, const v1::TaskStatus& value) {
    uint8_t* out = Byte(out_);
    out = WireFormatLite::WriteTagToArray(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED, out);
    out = Output::WriteVarint32ToArray(static_cast<uint32_t>(value.GetCachedSize()), out);
    out_ = Char(value.SerializeWithCachedSizesToArray(out));
  }
  char* end() const { return out_; }

 private:
  static uint8_t* Byte(char* at) { return reinterpret_cast<uint8_t*>(at); }
  static char* Char(uint8_t* at) { return reinterpret_cast<char*>(at); }

  char* out_;
};

// Where the parts of a task stand that a status changes. Fields come in order of number: what is
// before the state, the state, the resources, the statuses, what waits for acknowledgement, the
// rest. Only where they do are the parts apart from each other, and in that order.
struct Layout {
  // `rest` begins behind what waits for acknowledgement where that is to be replaced.
  Layout(absl::string_view task, bool replaces_awaited) {
    state_begin = state_end = task.data();
    statuses_begin = statuses_end = rest = task.data() + task.size();
    uint32_t previous = 0;
    WireFields fields(task);
    while (fields.Next()) {
      const uint32_t number = fields.number();
      in_order = in_order && number >= previous;
      previous = number;
      if (number <= v1::Task::kStateFieldNumber) {
        if (number < v1::Task::kStateFieldNumber) state_begin = fields.end();
        state_end = fields.end();
      } else if (number == v1::Task::kStatusesFieldNumber) {
        if (statuses++ == 0) {
          statuses_begin = fields.begin();
          oldest_end = fields.end();
        }
        last_begin = fields.begin();
        last_status = fields.bytes();
        statuses_end = fields.end();
      } else if (number > v1::Task::kStatusesFieldNumber) {
        if (statuses == 0) statuses_begin = statuses_end = std::min(statuses_begin, fields.begin());
        if (replaces_awaited && number <= v1::Task::kStatusUpdateUuidFieldNumber) continue;
        rest = std::min(rest, fields.begin());
      }
    }
    in_order = in_order && fields.whole();
  }

  bool in_order = true;
  const char* state_begin;
  const char* state_end;
  const char* statuses_begin;
  const char* statuses_end;
  const char* oldest_end = nullptr;  // of the first status
  const char* last_begin = nullptr;
  absl::string_view last_status;
  int statuses = 0;
  const char* rest;
};

// More than the tags, lengths and states that a status adds beside itself and its uuid.
constexpr size_t kMaxAddedBytes = 64;

// A field that is not known, or a known one of the wrong wire type, stands last on the wire.
v1::Task InOrder(v1::Task task) {
  task.DiscardUnknownFields();
  return task;
}

}  // namespace

TaskRecord::TaskRecord(const v1::Task& task) {
  if (HasUnknownFields(task)) {
    Write(InOrder(task));
  } else {
    Write(task);
  }
}

void TaskRecord::Write(const v1::Task& task) {
  size_ = static_cast<uint32_t>(task.ByteSizeLong());
  state_ = task.state();
  bytes_ = std::make_shared<char[]>(size_ + kPadding);
  task.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(bytes_.get()));
}

v1::Task TaskRecord::ToProto() const {
  v1::Task task;
  const bool parsed = task.ParsePartialFromArray(bytes_.get(), static_cast<int>(size_));
  DCHECK(parsed);
  return task;
}

absl::string_view TaskRecord::id() const {
  return IdValue(WireBytes(bytes(), v1::Task::kTaskIdFieldNumber));
}

absl::string_view TaskRecord::framework_id() const {
  return IdValue(WireBytes(bytes(), v1::Task::kFrameworkIdFieldNumber));
}

absl::string_view TaskRecord::agent_id() const {
  return IdValue(WireBytes(bytes(), v1::Task::kAgentIdFieldNumber));
}

absl::string_view TaskRecord::executor_id() const {
  return IdValue(WireBytes(bytes(), v1::Task::kExecutorIdFieldNumber));
}

absl::string_view TaskRecord::status_update_uuid() const {
  return WireBytes(bytes(), v1::Task::kStatusUpdateUuidFieldNumber);
}

v1::TaskState TaskRecord::status_update_state() const {
  for (WireFields fields(bytes()); fields.Next();) {
    if (fields.number() == v1::Task::kStatusUpdateStateFieldNumber) {
      return static_cast<v1::TaskState>(fields.varint());
    }
  }
  return state();
}

TaskRecord TaskRecord::WithStatus(const v1::TaskStatus& status, v1::TaskState state,
                                  const StatusBound& bound) const {
  std::optional<v1::TaskStatus> without_data;
  if (status.has_data()) {
    // May be megabytes, and is of no use to a reader.
    without_data = status;
    without_data->clear_data();
  }
  const v1::TaskStatus& added = without_data ? *without_data : status;
  const Layout layout(bytes(), added.has_uuid());
  // No record of ours is; what would be done to its parts would reach beyond them.
  if (!layout.in_order) return TaskRecord(InOrder(ToProto())).WithStatus(added, state);
  const char* kept_begin = layout.statuses_begin;
  const char* kept_end = layout.statuses_end;
  if (layout.statuses > 0 && StateOf(layout.last_status) == added.state()) {
    kept_end = layout.last_begin;
  } else if (layout.statuses >= bound.most) {
    kept_begin = layout.oldest_end;
    if (bound.met != nullptr) ++*bound.met;
  }

  std::string buffer(size_ + added.ByteSizeLong() + added.uuid().size() + kMaxAddedBytes, '\0');
  Appender out(buffer.data());
  out.Copy(bytes_.get(), layout.state_begin);
  out.Enum(v1::Task::kStateFieldNumber, state);
  out.Copy(layout.state_end, layout.statuses_begin);
  out.Copy(kept_begin, kept_end);
  out.Message(v1::Task::kStatusesFieldNumber, added);
  if (added.has_uuid()) {
    out.Enum(v1::Task::kStatusUpdateStateFieldNumber, added.state());
    out.Bytes(v1::Task::kStatusUpdateUuidFieldNumber, added.uuid());
  }
  out.Copy(layout.rest, bytes_.get() + size_);

  TaskRecord changed;
  changed.size_ = static_cast<uint32_t>(out.end() - buffer.data());
  changed.state_ = state;
  changed.bytes_ = std::make_shared<char[]>(changed.size_ + kPadding);
  std::memcpy(changed.bytes_.get(), buffer.data(), changed.size_);
  return changed;
}

}  // namespace mesos::master
