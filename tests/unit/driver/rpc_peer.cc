#include "tests/unit/driver/rpc_peer.h"

#include <algorithm>
#include <condition_variable>
#include <map>

#include "common/base/mutex.h"
#include "common/rpc/server.h"
#include "common/runtime/asio_executor.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos {

using SchedulerCall = v1::scheduler::Call;
using SchedulerEvent = v1::scheduler::Event;
using ExecutorCall = v1::executor::Call;
using ExecutorEvent = v1::executor::Event;

class RpcPeer::Impl {
 public:
  Impl() : server_(executor_) {}
  ~Impl() {
    server_.Shutdown();
    // Streams end on the executor's thread.
    executor_.Post("clear", [this] {
      schedulers_.clear();
      executors_.clear();
      Note("cleared");
    });
    AwaitNote("cleared");
  }

  absl::Status ServeMaster(const std::string& address) {
    server_.ServeScheduler(
        {[this](SessionId id, std::unique_ptr<rpc::Stream<SchedulerEvent>> stream,
                const auth::Credentials&) { schedulers_[id] = std::move(stream); },
         [this](SessionId id, std::shared_ptr<const SchedulerCall> call) { OnCall(id, *call); },
         [this](SessionId id, absl::Status) { schedulers_.erase(id); }});
    return server_.Start(address);
  }

  absl::Status ServeAgent(const std::string& address) {
    server_.ServeExecutor(
        {[this](SessionId id, std::unique_ptr<rpc::Stream<ExecutorEvent>> stream,
                const auth::Credentials&) { executors_[id] = std::move(stream); },
         [this](SessionId id, std::shared_ptr<const ExecutorCall> call) { OnCall(id, *call); },
         [this](SessionId id, absl::Status) { executors_.erase(id); }});
    return server_.Start(address);
  }

  int port() const { return server_.port(); }

  void Send(SchedulerEvent event) {
    executor_.Post("send", [this, event = std::make_shared<SchedulerEvent>(std::move(event))] {
      if (!schedulers_.empty()) schedulers_.rbegin()->second->Send(event);
    });
  }

  void Send(ExecutorEvent event) {
    executor_.Post("send", [this, event = std::make_shared<ExecutorEvent>(std::move(event))] {
      if (!executors_.empty()) executors_.rbegin()->second->Send(event);
    });
  }

  void Note(const std::string& note) {
    MutexLock lock(mutex_);
    notes_.push_back(note);
    changed_.notify_all();
  }

  std::vector<std::string> notes() const {
    MutexLock lock(mutex_);
    return notes_;
  }

  bool AwaitNote(const std::string& note) {
    MutexLock lock(mutex_);
    return lock.WaitFor(changed_, 20, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return std::find(notes_.begin(), notes_.end(), note) != notes_.end();
    });
  }

 private:
  void OnCall(SessionId id, const SchedulerCall& call) {
    if (call.type() == SchedulerCall::SUBSCRIBE) {
      Note("SUBSCRIBE " + call.framework_id().value());
      auto event = std::make_shared<SchedulerEvent>();
      event->set_type(SchedulerEvent::SUBSCRIBED);
      event->mutable_subscribed()->mutable_framework_id()->set_value("F1");
      schedulers_.at(id)->Send(std::move(event));
    } else if (call.type() == SchedulerCall::ACKNOWLEDGE) {
      Note("ACKNOWLEDGE " + call.acknowledge().uuid());
    } else {
      Note(SchedulerCall::Type_Name(call.type()));
      if (call.type() == SchedulerCall::TEARDOWN) schedulers_.at(id)->Close(absl::OkStatus());
    }
  }

  void OnCall(SessionId id, const ExecutorCall& call) {
    if (call.type() == ExecutorCall::SUBSCRIBE) {
      Note("SUBSCRIBE tasks " + std::to_string(call.subscribe().unacknowledged_tasks_size()) +
           " updates " + std::to_string(call.subscribe().unacknowledged_updates_size()));
      auto event = std::make_shared<ExecutorEvent>();
      event->set_type(ExecutorEvent::SUBSCRIBED);
      auto* subscribed = event->mutable_subscribed();
      subscribed->mutable_executor_info()->mutable_executor_id()->set_value("E1");
      subscribed->mutable_framework_info()->set_user("root");
      subscribed->mutable_framework_info()->set_name("test");
      subscribed->mutable_agent_info()->set_hostname("here");
      executors_.at(id)->Send(std::move(event));
    } else if (call.type() == ExecutorCall::UPDATE) {
      Note("UPDATE " + call.update().status().task_id().value());
    } else if (call.type() == ExecutorCall::MESSAGE) {
      Note("MESSAGE " + call.message().data());
    }
  }

  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);

  // Of the executor's thread.
  std::map<SessionId, std::unique_ptr<rpc::Stream<SchedulerEvent>>> schedulers_;
  std::map<SessionId, std::unique_ptr<rpc::Stream<ExecutorEvent>>> executors_;

  AsioExecutor executor_{"rpc-peer"};
  rpc::Server server_;
};

RpcPeer::RpcPeer() : impl_(std::make_unique<Impl>()) {}
RpcPeer::~RpcPeer() = default;
absl::Status RpcPeer::ServeMaster(const std::string& address) {
  return impl_->ServeMaster(address);
}
absl::Status RpcPeer::ServeAgent(const std::string& address) { return impl_->ServeAgent(address); }
int RpcPeer::port() const { return impl_->port(); }

void RpcPeer::SendUpdate(const std::string& task, const std::string& uuid) {
  SchedulerEvent event;
  event.set_type(SchedulerEvent::UPDATE);
  auto* status = event.mutable_update()->mutable_status();
  status->mutable_task_id()->set_value(task);
  status->mutable_agent_id()->set_value("A1");
  status->set_state(v1::TASK_RUNNING);
  status->set_uuid(uuid);
  impl_->Send(std::move(event));
}

void RpcPeer::SendLaunch(const std::string& task) {
  ExecutorEvent event;
  event.set_type(ExecutorEvent::LAUNCH);
  auto* info = event.mutable_launch()->mutable_task();
  info->set_name(task);
  info->mutable_task_id()->set_value(task);
  info->mutable_agent_id()->set_value("A1");
  impl_->Send(std::move(event));
}

void RpcPeer::SendMessage(const std::string& data) {
  ExecutorEvent event;
  event.set_type(ExecutorEvent::MESSAGE);
  event.mutable_message()->set_data(data);
  impl_->Send(std::move(event));
}

void RpcPeer::SendShutdown() {
  ExecutorEvent event;
  event.set_type(ExecutorEvent::SHUTDOWN);
  impl_->Send(std::move(event));
}

void RpcPeer::Note(const std::string& note) { impl_->Note(note); }
std::vector<std::string> RpcPeer::notes() const { return impl_->notes(); }
bool RpcPeer::AwaitNote(const std::string& note) { return impl_->AwaitNote(note); }

}  // namespace mesos
