#pragma once

// What an id may look like. Ids become directory names on the agent, so they must be one plain path
// component.
//
//   RETURN_IF_ERROR(ValidateId("TaskID", task.task_id().value()));
//   // "'bad/id' contains invalid characters"
//
// Pure; safe from any thread.

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace mesos::master {

// InvalidArgument where `value` is empty, longer than limits::kMaxIdBytes, "." or "..", or holds a
// slash, a backslash or a control character. `kind` (TaskID, ExecutorID, ...) stands in the message
// where the value itself would tell nothing.
absl::Status ValidateId(absl::string_view kind, absl::string_view value);

}  // namespace mesos::master
