// Behind include/mesos/executor.h: turns methods into the core's events, and its effects into
// callbacks.

#include <mesos/executor.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <random>
#include <utility>

#include "common/base/mutex.h"
#include "executor_driver/environment.h"
#include "executor_driver/executor_driver_host.h"
#include "glog/logging.h"

namespace mesos {
namespace {

namespace core = executor_driver;

// Takes what the executor started along: the agent, which would do it, may be the one that is gone.
// An agent starts each executor in a session of its own; a group that is not that one is not ours
// to kill.
[[noreturn]] void EndThisProcess(const std::string& reason) {
  LOG(WARNING) << "the executor did not stop in its grace period and is ended: " << reason;
  google::FlushLogFiles(google::INFO);
  if (getpgrp() == getsid(0)) killpg(0, SIGKILL);
  _exit(EXIT_FAILURE);
}

}  // namespace

class MesosExecutorDriver::Impl {
 public:
  Impl(ExecutorDriver* driver, Executor* executor) : driver_(driver), executor_(executor) {}

  ~Impl() {
    MutexLock lock(mutex_);
    if (status_ != DRIVER_RUNNING || !host_.has_value()) return;  // the core was told
    status_ = DRIVER_ABORTED;
    host_->DiscardCallbacks();
    host_->Post(core::Abort{});
  }

  Status Start() {
    std::string fault;
    {
      MutexLock lock(mutex_);
      if (status_ != DRIVER_NOT_STARTED) return status_;
      auto environment = core::ReadEnvironment([](const char* name) { return getenv(name); });
      if (environment.ok()) {
        environment->options.seed =
            std::random_device{}() | (static_cast<uint64_t>(std::random_device{}()) << 32);
        host_.emplace(
            std::move(environment->options), environment->target, environment->token,
            [this](core::Effect& effect) { std::visit([this](auto& e) { Deliver(e); }, effect); });
        status_ = DRIVER_RUNNING;
        host_->Post(core::Start{});
        return status_;
      }
      status_ = DRIVER_ABORTED;
      fault = std::string(environment.status().message());
    }
    executor_->error(driver_, fault);
    return DRIVER_ABORTED;
  }

  Status Stop() {
    MutexLock lock(mutex_);
    if (status_ == DRIVER_ABORTED) {
      status_ = DRIVER_STOPPED;
      return DRIVER_ABORTED;
    }
    if (status_ != DRIVER_RUNNING) return status_;
    status_ = DRIVER_STOPPED;
    host_->DiscardCallbacks();
    host_->Post(core::Stop{});
    return status_;
  }

  Status Abort() {
    MutexLock lock(mutex_);
    if (status_ != DRIVER_RUNNING) return status_;
    status_ = DRIVER_ABORTED;
    host_->DiscardCallbacks();
    host_->Post(core::Abort{});
    return status_;
  }

  Status Join() {
    {
      MutexLock lock(mutex_);
      if (!host_.has_value()) return status_;
    }
    if (!host_->OnCallbackThread()) host_->Join();
    MutexLock lock(mutex_);
    return status_;
  }

  Status Post(core::Event event) {
    MutexLock lock(mutex_);
    if (status_ == DRIVER_RUNNING) host_->Post(std::move(event));
    return status_;
  }

 private:
  void Deliver(core::Registered& e) {
    const auto& subscribed = e.event->subscribed();
    executor_->registered(driver_, subscribed.executor_info(), subscribed.framework_info(),
                          subscribed.agent_info());
  }
  void Deliver(core::Reregistered& e) { executor_->reregistered(driver_, e.agent); }
  void Deliver(core::Disconnected&) { executor_->disconnected(driver_); }
  void Deliver(core::LaunchTask& e) { executor_->launchTask(driver_, *e.task); }
  void Deliver(core::KillTask& e) {
    const auto& kill = e.event->kill();
    if (kill.has_kill_policy()) {
      executor_->killTaskWithPolicy(driver_, kill.task_id(), kill.kill_policy());
    } else {
      executor_->killTask(driver_, kill.task_id());
    }
  }
  void Deliver(core::FrameworkMessage& e) {
    executor_->frameworkMessage(driver_, e.event->message().data());
  }
  void Deliver(core::Shutdown&) { executor_->shutdown(driver_); }
  void Deliver(core::Error& e) {
    {
      MutexLock lock(mutex_);
      if (status_ != DRIVER_RUNNING) return;
      status_ = DRIVER_ABORTED;
    }
    executor_->error(driver_, e.message);
  }
  void Deliver(core::Finished&) {}
  // The host and EndProcess below keep these for themselves.
  void Deliver(core::EndProcess& e) { EndThisProcess(e.reason); }
  void Deliver(core::OpenSession&) {}
  void Deliver(core::SendCall&) {}
  void Deliver(core::CloseSession&) {}
  void Deliver(core::AbandonSession&) {}

  ExecutorDriver* const driver_;
  Executor* const executor_;

  // host_ stands from the start on, and is not replaced.
  Mutex mutex_;
  Status status_ ABSL_GUARDED_BY(mutex_) = DRIVER_NOT_STARTED;
  std::optional<core::ExecutorDriverHost> host_;  // last: its threads use the rest
};

MesosExecutorDriver::MesosExecutorDriver(Executor* executor)
    : impl_(std::make_unique<Impl>(this, executor)) {}

MesosExecutorDriver::~MesosExecutorDriver() = default;

Status MesosExecutorDriver::start() { return impl_->Start(); }
Status MesosExecutorDriver::stop() { return impl_->Stop(); }
Status MesosExecutorDriver::abort() { return impl_->Abort(); }
Status MesosExecutorDriver::join() { return impl_->Join(); }

Status MesosExecutorDriver::run() {
  const Status status = start();
  return status == DRIVER_RUNNING ? join() : status;
}

Status MesosExecutorDriver::sendStatusUpdate(const TaskStatus& status) {
  return impl_->Post(executor_driver::UpdateMade{status});
}

Status MesosExecutorDriver::sendFrameworkMessage(const std::string& data) {
  return impl_->Post(executor_driver::MessageMade{data});
}

}  // namespace mesos
