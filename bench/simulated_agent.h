#pragma once

// An agent that runs nothing: it registers, answers pings, and gives every task its updates at
// once, each when the one before it is acknowledged.
//
//   SimulatedAgent agent("127.0.0.1:5050", 7, executor);
//
// Executor's thread only.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/dial.h"
#include "common/runtime/executor.h"
#include "common/runtime/random.h"
#include "internal/agent_link.pb.h"

namespace mesos {

class SimulatedAgent {
 public:
  SimulatedAgent(const std::string& master, int number, Executor& executor)
      : executor_(executor), random_(static_cast<uint64_t>(number) + 1) {
    rpc::StreamObserver<internal::MasterMessage> observer;
    observer.opened = [this, number] { Register(number); };
    observer.message = [this](std::shared_ptr<const internal::MasterMessage> message) {
      OnMessage(*message);
    };
    observer.closed = [number](absl::Status status) {
      std::printf("agent %d: link closed: %s\n", number, status.ToString().c_str());
    };
    link_ = rpc::DialAgentLink(master, executor_, std::move(observer));
  }

 private:
  struct Task {
    v1::FrameworkID framework_id;
    v1::TaskState state = v1::TASK_STAGING;
  };

  void Register(int number) {
    auto message = std::make_shared<internal::AgentMessage>();
    internal::RegisterAgent* registration = message->mutable_register_agent();
    registration->set_version("bench");
    v1::AgentInfo* info = registration->mutable_info();
    info->set_hostname(absl::StrCat("agent-", number));
    info->set_port(5051);
    AddScalar(info, "cpus", 64);
    AddScalar(info, "mem", 256 * 1024);
    AddScalar(info, "disk", 1024 * 1024);
    link_->Send(std::move(message));
  }

  static void AddScalar(v1::AgentInfo* info, const char* name, double value) {
    v1::Resource* resource = info->add_resources();
    resource->set_name(name);
    resource->set_type(v1::Value::SCALAR);
    resource->mutable_scalar()->set_value(value);
  }

  void OnMessage(const internal::MasterMessage& message) {
    if (message.has_registered()) {
      agent_id_ = message.registered().agent_id();
    } else if (message.has_ping()) {
      auto pong = std::make_shared<internal::AgentMessage>();
      pong->mutable_pong()->set_sequence(message.ping().sequence());
      link_->Send(std::move(pong));
    } else if (message.has_run_tasks()) {
      for (const v1::TaskInfo& info : message.run_tasks().tasks()) {
        Task& task = tasks_[info.task_id().value()];
        task.framework_id = message.run_tasks().framework().id();
        task.state = v1::TASK_STARTING;
        SendUpdate(info.task_id().value(), task);
      }
    } else if (message.has_acknowledge()) {
      OnAcknowledged(message.acknowledge().task_id().value());
    }
  }

  void OnAcknowledged(const std::string& id) {
    auto it = tasks_.find(id);
    if (it == tasks_.end()) return;
    Task& task = it->second;
    if (task.state == v1::TASK_FINISHED) {
      tasks_.erase(it);
      return;
    }
    task.state = task.state == v1::TASK_STARTING ? v1::TASK_RUNNING : v1::TASK_FINISHED;
    SendUpdate(id, task);
  }

  void SendUpdate(const std::string& id, const Task& task) {
    auto message = std::make_shared<internal::AgentMessage>();
    internal::StatusUpdate* update = message->mutable_status_update();
    *update->mutable_framework_id() = task.framework_id;
    update->set_latest_state(task.state);
    v1::TaskStatus* status = update->mutable_status();
    status->mutable_task_id()->set_value(id);
    *status->mutable_agent_id() = agent_id_;
    status->mutable_executor_id()->set_value(id);
    status->set_state(task.state);
    status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
    status->set_uuid(random_.UuidBytes());
    status->set_timestamp(absl::ToDoubleSeconds(executor_.Now() - absl::UnixEpoch()));
    update->set_latest_uuid(status->uuid());
    link_->Send(std::move(message));
  }

  Executor& executor_;
  Random random_;
  std::unique_ptr<rpc::Stream<internal::AgentMessage>> link_;
  v1::AgentID agent_id_;
  absl::flat_hash_map<std::string, Task> tasks_;
};

}  // namespace mesos
