#pragma once

// Tasks and executors as entries of the books: added, moved through their states, removed. What a
// message means is decided by the callers; here the books stay balanced.
//
//   Task& task = AddTask(world, {framework, agent, info, role, resources, /*booked=*/true});
//   ApplyStatus(world, task, status, latest_state);    // releases its resources when it ends
//   RemoveTask(world, task, TaskEnd::kCompleted);
//
// Core-thread-only. Adding books with the agent and the framework, not with the allocator: a launch
// takes over what the offer had booked there, an agent that returns says it all in AddAgent.

#include <memory>
#include <string>

#include "common/messages/task_state.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

struct NewTask {
  Framework& framework;
  Agent& agent;
  v1::Task info;
  std::string role;
  ResourceSet resources;  // without allocation_info
};

// The framework has no task of that id. Booked where its state is not terminal.
Task& AddTask(World& world, NewTask task);

// Null where the framework has none of that id.
Task* FindTask(const Framework& framework, absl::string_view task_id);

// Records an update: the task's state becomes `latest` (unless it has ended), `status` the last of
// its statuses, and the one to be acknowledged where it has a uuid. The resources are released
// once, when it ends or becomes unreachable (which is not terminal).
void ApplyStatus(World& world, Task& task, const v1::TaskStatus& status, v1::TaskState latest);

// Counts an end for metrics: of a task that no ApplyStatus ended, as it is in no books.
void CountEnd(World& world, Framework& framework, const v1::TaskStatus& status,
              v1::TaskState state);

enum class TaskEnd { kCompleted, kUnreachable };

// Takes the task out of the books and puts it into the framework's history. `task` is gone after.
void RemoveTask(World& world, Task& task, TaskEnd end);

// The framework's bounded list of tasks that are over.
void AddCompletedTask(World& world, Framework& framework, TaskRecord task);

// A task of this id has not ended after all. Costs nothing to speak of where none had.
void ForgetCompleted(World& world, Framework& framework, absl::string_view task_id);

// ---- Executors

struct NewExecutor {
  Framework& framework;
  Agent& agent;
  std::shared_ptr<const v1::ExecutorInfo> info;
  std::string role;
  ResourceSet resources;  // without allocation_info
};
Executor& AddExecutor(World& world, NewExecutor executor);
Executor* FindExecutor(const Agent& agent, const Framework& framework,
                       absl::string_view executor_id);
void RemoveExecutor(World& world, Executor& executor);

// ---- Statuses that the master itself gives

struct MasterStatus {
  std::string task_id;
  std::string agent_id;  // empty where unknown
  v1::TaskState state;
  v1::TaskStatus::Reason reason;
  std::string message;
};
v1::TaskStatus MakeStatus(const World& world, const MasterStatus& status);

// The task's executor_id, where it has one.
void SetExecutorId(const TaskRecord& task, v1::TaskStatus& status);

// Dropped where the framework is not connected.
void SendStatus(World& world, const Framework& framework, v1::TaskStatus status);

}  // namespace mesos::master
