#include "executor_driver/executor_driver_host.h"

#include <utility>

#include "common/core_host/core_host.h"
#include "executor_driver/dial.h"

namespace mesos::executor_driver {
namespace {

struct Traits {
  using Core = ExecutorDriverCore;
  using Options = ExecutorDriverOptions;
  using Event = executor_driver::Event;
  using Effect = executor_driver::Effect;
  using SessionOpened = executor_driver::SessionOpened;
  using SessionClosed = executor_driver::SessionClosed;
  using EventReceived = executor_driver::EventReceived;
  using Paused = executor_driver::Paused;
  using Tick = executor_driver::Tick;
  using OpenSession = executor_driver::OpenSession;
  using SendCall = executor_driver::SendCall;
  using CloseSession = executor_driver::CloseSession;
  using AbandonSession = executor_driver::AbandonSession;
  using Finished = executor_driver::Finished;
  using Urgent = EndProcess;
  using In = v1::executor::Event;
  using Out = v1::executor::Call;
  static constexpr char kThreadName[] = "exec-driver";
  static constexpr char kCallbackThreadName[] = "exec-callback";
};

}  // namespace

class ExecutorDriverHost::Impl : public CoreHost<Traits> {
  using CoreHost<Traits>::CoreHost;
};

ExecutorDriverHost::ExecutorDriverHost(ExecutorDriverOptions options, const std::string& target,
                                       const std::string& token,
                                       std::function<void(Effect&)> callback)
    : impl_(std::make_unique<Impl>(
          std::move(options),
          [target, token](Executor& executor, rpc::StreamObserver<v1::executor::Event> observer) {
            return DialAgent(target, executor, std::move(observer), token);
          },
          std::move(callback))) {}

ExecutorDriverHost::~ExecutorDriverHost() = default;

void ExecutorDriverHost::Post(Event event) { impl_->Post(std::move(event)); }
void ExecutorDriverHost::DiscardCallbacks() { impl_->DiscardCallbacks(); }
bool ExecutorDriverHost::OnCallbackThread() const { return impl_->OnCallbackThread(); }
void ExecutorDriverHost::Join() { impl_->Join(); }

}  // namespace mesos::executor_driver
