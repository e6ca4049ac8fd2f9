#include "master/host/master_host.h"

#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/files/files.h"
#include "common/metrics/executor_metrics.h"
#include "common/net/http_server.h"
#include "common/operator_api/http_metrics.h"
#include "common/rpc/server.h"
#include "common/rpc/session_table.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "glog/logging.h"
#include "internal/agent_link.pb.h"
#include "master/api/call_actions.h"
#include "master/api/core_port.h"
#include "master/api/master_api.h"
#include "master/api/master_metrics.h"
#include "master/reads/visible.h"
#include "master/reign/held_events.h"
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
              .gate = *options.gate,
              .seed = options.seed}),
        server_(executor),
        http_({.thread_name = "http", .site = options.site},
              [this](net::HttpRequest request, net::Responder responder) {
                api_.Handle(std::move(request), std::move(responder));
              }) {
    if (!options_.log_file.empty()) files_.Attach("/master/log", options_.log_file);
  }

  absl::Status Start(const std::string& address, const CoreFactory& make_core) {
    return Open(address, [&] { Lead({.core = make_core(http_.port())}); });
  }

  absl::Status Listen(const std::string& address) {
    return Open(address, [] {});
  }

  void Lead(Leading leading) {
    CHECK(core_ == nullptr) << "a master leads once at a time";
    ++reign_;
    core_ = std::move(leading.core);
    leads_until_ = std::move(leading.leads_until);
    persist_ = std::move(leading.persist);
    abdicated_ = std::move(leading.abdicated);
    const v1::MasterInfo& info = core_->Info();
    api_.SetLeadership(
        {.leading = true, .leader = LeaderAddress{info.hostname(), info.address().port()}});
    ArmTimer();
    expecting_ = false;
    for (Event& event : held_.Take()) Handle(std::move(event));
  }

  void ExpectToLead() { expecting_ = core_ == nullptr; }

  void StepDown(const std::string& reason) {
    if (core_ == nullptr && !expecting_) return;
    LOG(WARNING) << "Stepping down: " << reason;
    EndCore(absl::UnavailableError(absl::StrCat("this master does not lead any more: ", reason)));
    api_.SetLeadership({.leading = false, .leader = std::nullopt});
  }

  void SetLeader(std::optional<LeaderAddress> leader) {
    if (core_ == nullptr) api_.SetLeadership({.leading = false, .leader = std::move(leader)});
  }

  int port() const { return http_.port(); }

  void Shutdown() {
    if (std::exchange(shut_down_, true)) return;
    RunAndWait(executor_, "master_host",
               [&] { EndCore(absl::UnavailableError("the master ends")); });
    http_.Shutdown();
    server_.Shutdown();
    encoder_.Stop();
    // What the servers' threads had posted until then has run when this has.
    RunAndWait(executor_, "master_host", [] {});
  }

  // ---- CorePort

  void Post(const char* name, absl::AnyInvocable<void()> work) override {
    executor_.Post(name, std::move(work));
  }

  void CallScheduler(SchedulerCallReceived call, SchedulerAnswer answer) override {
    if (core_ == nullptr) return answer(NotLeading());
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

  void Follow(SessionId session, const auth::CallerPtr& caller) override {
    Handle(FollowerOpened{session, caller});
  }
  void Unfollow(SessionId session) override { Handle(FollowerClosed{session}); }

  void CallOperator(std::shared_ptr<const v1::master::Call> call, const auth::CallerPtr& caller,
                    rpc::Answer<v1::master::Response> answer) override {
    if (core_ == nullptr) return answer(NotLeading(), nullptr);
    Handle(OperatorCallReceived{operator_calls_.Add(std::move(answer)), std::move(call), caller});
  }

  std::shared_ptr<const Snapshot> TakeSnapshot(const auth::Visibility& visibility) override {
    return core_ == nullptr || RanOut() ? nullptr : Visible(core_->TakeSnapshot(), visibility);
  }

 private:
  // On the executor, so that a core is there before the first message is taken there.
  template <typename Opened>
  absl::Status Open(const std::string& address, Opened opened) {
    Accept();
    absl::Status status;
    RunAndWait(executor_, "master_host", [&] {
      status = server_.StartWithoutListening();
      if (status.ok()) status = http_.Listen(address);
      if (status.ok()) opened();
    });
    return status;
  }

  void EndCore(const absl::Status& reason) {
    executor_.Cancel(timer_);
    timer_ = TimerId::kNone;
    armed_for_ = absl::InfiniteFuture();
    // Freeing a large cluster takes a while, and the next leader waits for this one to withdraw.
    executor_.Post("core_end", [ended = std::move(core_)] {});
    expecting_ = false;
    held_.Take();
    leads_until_ = nullptr;
    persist_ = nullptr;
    abdicated_ = nullptr;
    schedulers_.Clear();
    agents_.Clear();
    operator_calls_.Clear();
    // Answered from a copy: an answer may bring the next call.
    for (auto& [token, answer] : std::exchange(scheduler_calls_, {})) answer(reason);
  }

  void Accept() {
    rpc::StreamAcceptor<v1::scheduler::Call, v1::scheduler::Event> schedulers;
    schedulers.opened = [this](SessionId id, auto stream, const auth::Credentials& from) {
      if (auto caller = Admitted(*stream, from)) schedulers_.Add(id, std::move(stream), *caller);
    };
    schedulers.message = [this](SessionId id, std::shared_ptr<const v1::scheduler::Call> call) {
      const auth::CallerPtr caller = schedulers_.CallerOf(id);
      if (absl::Status allowed = Admit(*options_.gate, *caller, *call); !allowed.ok()) {
        schedulers_.Close(id, std::move(allowed));
        Handle(SchedulerSessionClosed{id});
        return;
      }
      Handle(SchedulerCallReceived{id, std::move(call), caller});
    };
    schedulers.closed = [this](SessionId id, absl::Status) { LoseScheduler(id); };
    server_.ServeScheduler(std::move(schedulers));

    rpc::StreamAcceptor<internal::AgentMessage, internal::MasterMessage> agents;
    agents.opened = [this](SessionId id, auto stream, const auth::Credentials& from) {
      auto caller = Admitted(*stream, from);
      if (!caller.has_value()) return;
      if (absl::Status allowed = options_.gate->Authorize(**caller, auth::Action::kActAsAgent, "");
          !allowed.ok()) {
        stream->Close(std::move(allowed));
        return;
      }
      agents_.Add(id, std::move(stream), *std::move(caller));
    };
    agents.message = [this](SessionId id, std::shared_ptr<const internal::AgentMessage> message) {
      Handle(AgentMessageReceived{id, std::move(message), agents_.CallerOf(id)});
    };
    agents.closed = [this](SessionId id, absl::Status) {
      if (agents_.Remove(id)) Handle(AgentSessionClosed{id});
    };
    server_.ServeAgentLink(std::move(agents));

    server_.ServeOperator([this](auto call, const auth::Credentials& from, auto answer) {
      absl::StatusOr<auth::CallerPtr> caller = options_.gate->Authenticate(from);
      if (!caller.ok()) return answer(caller.status(), nullptr);
      api_.Answer(std::move(call), *caller,
                  [this, answer = std::move(answer)](absl::Status status, auto response) mutable {
                    executor_.Post("operator_answer",
                                   [answer = std::move(answer), status = std::move(status),
                                    response = std::move(response)]() mutable {
                                     answer(std::move(status), std::move(response));
                                   });
                  });
    });

    http_.HandOverHttp2([this](int descriptor, const std::string& peer_ip, auto ticket) {
      server_.TakeConnection(descriptor, peer_ip, std::move(ticket));
    });
  }

  void CollectMetrics(absl::AnyInvocable<void(OperatorApi::FillMetrics)> done) {
    executor_.Post("metrics", [this, done = std::move(done)]() mutable {
      auto figures = core_ == nullptr ? nullptr : std::make_unique<MasterFigures>(core_->Figures());
      const absl::Duration uptime = executor_.Now() - start_time_;
      done([this, uptime, figures = std::move(figures)](metrics::MetricsPage& page) {
        AddMasterMetrics(uptime, figures.get(),
                         {.per_framework = options_.publish_per_framework_metrics}, page);
        AddFollowerMetrics(api_.ReadFollowerFigures(), page);
        AddHttpMetrics(http_.Stats(), page);
        AddGrpcMetrics(server_.stalled_streams(), page);
        AddHandlerMetrics("events", encoder_.Snapshot(), encoder_.queued(), page);
        if (options_.add_metrics) options_.add_metrics(page);
      });
    });
  }

  static absl::Status NotLeading() { return absl::UnavailableError("this master does not lead"); }

  // Who opens a session; closes it where nobody may now, or this one may not.
  template <typename Stream>
  std::optional<auth::CallerPtr> Admitted(Stream& stream, const auth::Credentials& from) const {
    if (core_ == nullptr && !expecting_) {
      stream.Close(NotLeading());
      return std::nullopt;
    }
    absl::StatusOr<auth::CallerPtr> caller = options_.gate->Authenticate(from);
    if (caller.ok()) return *std::move(caller);
    stream.Close(caller.status());
    return std::nullopt;
  }

  bool RanOut() const { return leads_until_ && executor_.Now() >= leads_until_(); }

  void Handle(Event event) {
    if (core_ == nullptr) {  // it does not lead, or was shut down
      if (expecting_) std::visit([this](auto& one) { Hold(std::move(one)); }, event);
      return;
    }
    if (RanOut()) return StepDown("it was out of touch for too long");
    for (Effect& effect : core_->Handle(executor_.Now(), std::move(event))) {
      std::visit([this](auto& one) { Perform(one); }, effect);
    }
    ArmTimer();
  }

  void Hold(SchedulerCallReceived event) {
    const SessionId session = event.session;
    const size_t bytes = event.call->ByteSizeLong();
    if (held_.Add(std::move(event), bytes)) return;
    schedulers_.Close(session, TooMuchHeld());
    held_.AddClosed(SchedulerSessionClosed{session});
  }
  void Hold(AgentMessageReceived event) {
    const SessionId session = event.session;
    const size_t bytes = event.message->ByteSizeLong();
    if (held_.Add(std::move(event), bytes)) return;
    agents_.Close(session, TooMuchHeld());
    held_.AddClosed(AgentSessionClosed{session});
  }
  void Hold(SchedulerSessionClosed event) { held_.AddClosed(event); }
  void Hold(AgentSessionClosed event) { held_.AddClosed(event); }
  // Comes only to a core.
  template <typename Other>
  void Hold(Other) {}

  static absl::Status TooMuchHeld() {
    return absl::UnavailableError("this master takes its registry over and is full; dial again");
  }

  void Perform(SendToScheduler& effect) {
    schedulers_.Send(effect.session, std::move(effect.event));
  }
  void Perform(AwaitDrain& effect) {
    schedulers_.WhenWritten(effect.session, [this, reign = reign_, session = effect.session] {
      executor_.Post("scheduler_drained", [this, reign, session] {
        if (reign == reign_ && core_ != nullptr) Handle(SchedulerDrained{session});
      });
    });
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
    if (it == scheduler_calls_.end()) return;  // its caller has had an answer
    SchedulerAnswer answer = std::move(it->second);
    scheduler_calls_.erase(it);
    answer(std::move(effect.status));
  }
  void Perform(AnswerOperatorCall& effect) {
    operator_calls_.Complete(effect.token, std::move(effect.status), std::move(effect.response));
  }

  void Perform(Persist& effect) {
    auto done = [this, reign = reign_, token = effect.token](absl::Status status) {
      if (reign == reign_) Handle(Persisted{token, std::move(status)});
    };
    if (persist_) {
      persist_(std::move(effect.operations), std::move(done));
    } else {
      executor_.Post("registry_none", [done = std::move(done)] { done(absl::OkStatus()); });
    }
  }

  // Not at once: the core's effects are still being carried out.
  void Perform(Abdicate& effect) {
    executor_.Post("abdicate", [this, reign = reign_, reason = std::move(effect.reason)] {
      if (reign != reign_ || core_ == nullptr) return;
      auto abdicated = std::move(abdicated_);
      StepDown(std::string(reason.message()));
      if (abdicated) abdicated(reason);
    });
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
  const absl::Time start_time_ = executor_.Now();
  const MasterHostOptions options_;
  bool shut_down_ = false;  // of the thread that calls Shutdown

  // Of the executor's thread. Null while this master does not lead.
  std::unique_ptr<MasterCore> core_;
  std::function<absl::Time()> leads_until_;  // null: forever
  PersistFunction persist_;
  std::function<void(absl::Status)> abdicated_;
  bool expecting_ = false;
  HeldEvents held_;     // while expecting_
  uint64_t reign_ = 0;  // so that what belongs to a former one is not heard
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

absl::Status MasterHost::Listen(const std::string& address) { return impl_->Listen(address); }

void MasterHost::Lead(Leading leading) { impl_->Lead(std::move(leading)); }

void MasterHost::ExpectToLead() { impl_->ExpectToLead(); }

void MasterHost::StepDown(const std::string& reason) { impl_->StepDown(reason); }

void MasterHost::SetLeader(std::optional<LeaderAddress> leader) {
  impl_->SetLeader(std::move(leader));
}

int MasterHost::port() const { return impl_->port(); }

void MasterHost::Shutdown() { impl_->Shutdown(); }

}  // namespace mesos::master
