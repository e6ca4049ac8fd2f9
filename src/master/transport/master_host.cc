#include "master/transport/master_host.h"

#include <utility>
#include <variant>

#include "common/rpc/server.h"
#include "common/rpc/session_table.h"
#include "common/runtime/run_and_wait.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

class MasterHost::Impl {
 public:
  explicit Impl(Executor& executor) : executor_(executor), server_(executor) {}

  absl::Status Start(const std::string& address, const CoreFactory& make_core) {
    Accept();
    // On the executor, so that the core exists before the first message is taken there.
    absl::Status status;
    RunAndWait(executor_, "master_host", [&] {
      status = server_.Start(address);
      if (!status.ok()) return;
      core_ = make_core(server_.port());
      ArmTimer();
    });
    return status;
  }

  int port() const { return server_.port(); }

  void Shutdown() {
    if (std::exchange(shut_down_, true)) return;
    RunAndWait(executor_, "master_host", [&] {
      executor_.Cancel(timer_);
      core_ = nullptr;
      schedulers_.Clear();
      agents_.Clear();
      calls_.Clear();
    });
    server_.Shutdown();
  }

 private:
  void Accept() {
    rpc::StreamAcceptor<v1::scheduler::Call, v1::scheduler::Event> schedulers;
    schedulers.opened = [this](SessionId id, auto stream, std::string) {
      if (core_ != nullptr) schedulers_.Add(id, std::move(stream));
    };
    schedulers.message = [this](SessionId id, std::shared_ptr<const v1::scheduler::Call> call) {
      Handle(SchedulerCallReceived{id, std::move(call)});
    };
    schedulers.closed = [this](SessionId id, absl::Status) {
      if (schedulers_.Remove(id)) Handle(SchedulerSessionClosed{id});
    };
    server_.ServeScheduler(std::move(schedulers));

    rpc::StreamAcceptor<internal::AgentMessage, internal::MasterMessage> agents;
    agents.opened = [this](SessionId id, auto stream, std::string peer_ip) {
      if (core_ != nullptr) agents_.Add(id, std::move(stream), std::move(peer_ip));
    };
    agents.message = [this](SessionId id, std::shared_ptr<const internal::AgentMessage> message) {
      Handle(AgentMessageReceived{id, std::move(message), agents_.PeerIp(id)});
    };
    agents.closed = [this](SessionId id, absl::Status) {
      if (agents_.Remove(id)) Handle(AgentSessionClosed{id});
    };
    server_.ServeAgentLink(std::move(agents));

    server_.ServeOperator([this](auto call, auto answer) {
      Handle(OperatorCallReceived{calls_.Add(std::move(answer)), std::move(call)});
    });
  }

  void Handle(Event event) {
    if (core_ == nullptr) return;  // shut down
    for (Effect& effect : core_->Handle(executor_.Now(), std::move(event))) {
      std::visit([this](auto& one) { Perform(one); }, effect);
    }
    ArmTimer();
  }

  void Perform(SendToScheduler& effect) {
    schedulers_.Send(effect.session, std::move(effect.event));
  }
  void Perform(CloseSchedulerSession& effect) {
    schedulers_.Close(effect.session, std::move(effect.reason));
  }
  void Perform(SendToAgent& effect) { agents_.Send(effect.session, std::move(effect.message)); }
  void Perform(CloseAgentSession& effect) {
    agents_.Close(effect.session, std::move(effect.reason));
  }
  // Calls on a stream carry no token, so there is nobody to answer.
  void Perform(AnswerSchedulerCall&) {}
  void Perform(AnswerOperatorCall& effect) {
    calls_.Complete(effect.token, std::move(effect.status), std::move(effect.response));
  }

  // This host opens no followers, so there is none to tell.
  void Perform(GreetFollower&) {}
  void Perform(SendToFollowers&) {}
  void Perform(CloseFollower&) {}

  // A deadline that moved away leaves the timer as it is: an early Tick does nothing and arms it
  // anew.
  void ArmTimer() {
    const absl::Time next = core_->NextDeadline();
    if (next >= armed_for_) return;
    executor_.Cancel(timer_);
    armed_for_ = next;
    timer_ = executor_.RunAt(next, "master_tick", [this] {
      armed_for_ = absl::InfiniteFuture();
      timer_ = TimerId::kNone;
      Handle(Tick{});
    });
  }

  Executor& executor_;
  bool shut_down_ = false;  // of the thread that calls Shutdown

  // Of the executor's thread. Null before Start and after Shutdown.
  std::unique_ptr<MasterCore> core_;
  TimerId timer_ = TimerId::kNone;
  absl::Time armed_for_ = absl::InfiniteFuture();
  rpc::SessionTable<v1::scheduler::Event> schedulers_;
  rpc::SessionTable<internal::MasterMessage> agents_;
  rpc::AnswerTable<CallToken, v1::master::Response> calls_;

  rpc::Server server_;  // last, so that it is gone before what its acceptors use
};

MasterHost::MasterHost(Executor& executor) : impl_(std::make_unique<Impl>(executor)) {}

MasterHost::~MasterHost() { Shutdown(); }

absl::Status MasterHost::Start(const std::string& address, const CoreFactory& make_core) {
  return impl_->Start(address, make_core);
}

int MasterHost::port() const { return impl_->port(); }

void MasterHost::Shutdown() { impl_->Shutdown(); }

}  // namespace mesos::master
