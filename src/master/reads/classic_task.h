#pragma once

// A task as the classic endpoints show it, written straight from its record.
//
//   AppendTask(record, out);      // {"id":"...","name":"...",...,"statuses":[...]}
//
// The same text as classic::WriteTask makes of the message, without making one. Thread-safe.

#include <string>

#include "master/core/tasks/task_record.h"

namespace mesos::master {

void AppendTask(const TaskRecord& task, std::string& out);

// Of its first status; 0 where it has none.
double FirstTimestamp(const TaskRecord& task);

}  // namespace mesos::master
