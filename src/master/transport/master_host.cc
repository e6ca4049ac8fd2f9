#include "master/transport/master_host.h"

#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "common/files/files.h"
#include "common/metrics/executor_metrics.h"
#include "common/net/http_server.h"
#include "common/operator_api/http_metrics.h"
#include "common/rpc/server.h"
#include "common/rpc/session_table.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "internal/agent_link.pb.h"
#include "master/api/core_port.h"
#include "master/api/master_api.h"
#include "master/api/master_metrics.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

class MasterHost::Impl final : public CorePort {
 public:
  Impl(Executor& executor, const MasterHostOptions& options)
      : executor_(executor),
        options_(options),
        encoder_("events"),
        api_({.core = *this,
              .timers = executor,
              .encoder = encoder_,
              .files = files_,
              .run_on_read_pool =
                  [this](absl::AnyInvocable<void()> work) { http_.RunOnReadPool(std::move(work)); },
              .collect_metrics = [this](auto done) { CollectMetrics(std::move(done)); },
              .seed = options.seed}),
        server_(executor),
        http_({.thread_name = "http"}, [this](net::HttpRequest request, net::Responder responder) {
          api_.Handle(std::move(request), std::move(responder));
        }) {
    if (!options_.log_file.empty()) files_.Attach("/master/log", options_.log_file);
  }

  absl::Status Start(const std::string& address, const CoreFactory& make_core) {
    Accept();
    // On the executor, so that the core exists before the first message is taken there.
    absl::Status status;
    RunAndWait(executor_, "master_host", [&] {
      status = server_.StartWithoutListening();
      if (status.ok()) status = http_.Listen(address);
      if (!status.ok()) return;
      core_ = make_core(http_.port());
      // A master without an election always leads.
      const v1::MasterInfo& info = core_->Info();
      api_.SetLeadership(
          {.leading = true, .leader = Leadership::Address{info.hostname(), info.address().port()}});
      ArmTimer();
    });
    return status;
  }

  int port() const { return http_.port(); }

  void Shutdown() {
    if (std::exchange(shut_down_, true)) return;
    RunAndWait(executor_, "master_host", [&] {
      executor_.Cancel(timer_);
      core_ = nullptr;
      schedulers_.Clear();
      agents_.Clear();
      operator_calls_.Clear();
      scheduler_calls_.clear();
    });
    http_.Shutdown();
    server_.Shutdown();
    encoder_.Stop();
  }

  // ---- CorePort

  void Post(const char* name, absl::AnyInvocable<void()> work) override {
    executor_.Post(name, std::move(work));
  }

  void CallScheduler(SchedulerCallReceived call, SchedulerAnswer answer) override {
    call.token = CallToken{++last_scheduler_call_};
    scheduler_calls_.emplace(call.token, std::move(answer));
    Handle(std::move(call));
  }

  void AddScheduler(SessionId session,
                    std::unique_ptr<rpc::Stream<v1::scheduler::Event>> stream) override {
    schedulers_.Add(session, std::move(stream));
  }

  void LoseScheduler(SessionId session) override {
    if (schedulers_.Remove(session)) Handle(SchedulerSessionClosed{session});
  }

  void Follow(SessionId session) override { Handle(FollowerOpened{session}); }
  void Unfollow(SessionId session) override { Handle(FollowerClosed{session}); }

  void CallOperator(std::shared_ptr<const v1::master::Call> call,
                    rpc::Answer<v1::master::Response> answer) override {
    Handle(OperatorCallReceived{operator_calls_.Add(std::move(answer)), std::move(call)});
  }

  std::shared_ptr<const Snapshot> TakeSnapshot() override {
    return core_ == nullptr ? nullptr : core_->TakeSnapshot();
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
    schedulers.closed = [this](SessionId id, absl::Status) { LoseScheduler(id); };
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
      api_.Answer(std::move(call), [this, answer = std::move(answer)](absl::Status status,
                                                                      auto response) mutable {
        executor_.Post("operator_answer", [answer = std::move(answer), status = std::move(status),
                                           response = std::move(response)]() mutable {
          answer(std::move(status), std::move(response));
        });
      });
    });

    http_.HandOverHttp2([this](int descriptor, std::string peer_ip) {
      server_.TakeConnection(descriptor, std::move(peer_ip));
    });
  }

  void CollectMetrics(absl::AnyInvocable<void(OperatorApi::FillMetrics)> done) {
    executor_.Post("metrics", [this, done = std::move(done)]() mutable {
      if (core_ == nullptr) return;
      auto figures = std::make_unique<const MasterFigures>(core_->Figures());
      done([this, figures = std::move(figures)](metrics::MetricsPage& page) {
        AddMasterMetrics(*figures, {.per_framework = options_.publish_per_framework_metrics}, page);
        AddHttpMetrics(http_.Stats(), page);
        AddHandlerMetrics("events", encoder_.Snapshot(), encoder_.queued(), page);
        if (options_.add_metrics) options_.add_metrics(page);
      });
    });
  }

  void Handle(Event event) {
    if (core_ == nullptr) return;  // not started, or shut down
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
  void Perform(AnswerSchedulerCall& effect) {
    auto it = scheduler_calls_.find(effect.token);
    SchedulerAnswer answer = std::move(it->second);
    scheduler_calls_.erase(it);
    answer(std::move(effect.status));
  }
  void Perform(AnswerOperatorCall& effect) {
    operator_calls_.Complete(effect.token, std::move(effect.status), std::move(effect.response));
  }

  void Perform(GreetFollower& effect) { api_.Perform(effect); }
  void Perform(SendToFollowers& effect) { api_.Perform(effect); }
  void Perform(CloseFollower& effect) { api_.Perform(effect); }

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
  const MasterHostOptions options_;
  bool shut_down_ = false;  // of the thread that calls Shutdown

  // Of the executor's thread. Null before Start and after Shutdown.
  std::unique_ptr<MasterCore> core_;
  TimerId timer_ = TimerId::kNone;
  absl::Time armed_for_ = absl::InfiniteFuture();
  rpc::AnswerTable<CallToken, v1::master::Response> operator_calls_;
  absl::flat_hash_map<CallToken, SchedulerAnswer> scheduler_calls_;
  uint64_t last_scheduler_call_ = 0;
  rpc::SessionTable<internal::MasterMessage> agents_;

  AsioExecutor encoder_;  // of the events that go out over HTTP
  files::Files files_;
  MasterApi api_;
  rpc::SessionTable<v1::scheduler::Event> schedulers_;  // of the executor's thread; may use the api

  // Last, so that they are gone before what their handlers use.
  rpc::Server server_;
  net::HttpServer http_;
};

MasterHost::MasterHost(Executor& executor, const MasterHostOptions& options)
    : impl_(std::make_unique<Impl>(executor, options)) {}

MasterHost::~MasterHost() { Shutdown(); }

absl::Status MasterHost::Start(const std::string& address, const CoreFactory& make_core) {
  return impl_->Start(address, make_core);
}

int MasterHost::port() const { return impl_->port(); }

void MasterHost::Shutdown() { impl_->Shutdown(); }

}  // namespace mesos::master
