#include "agent/host/agent_host.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "agent/api/agent_api.h"
#include "agent/api/agent_port.h"
#include "agent/api/visible.h"
#include "agent/containerizer/peer_process.h"
#include "common/base/status_macros.h"
#include "common/leader/leader_dialer.h"
#include "common/net/http_server.h"
#include "common/operator_api/http_metrics.h"
#include "common/rpc/dial.h"
#include "common/rpc/server.h"
#include "common/rpc/session_table.h"
#include "common/runtime/run_and_wait.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::agent {
namespace {

using v1::executor::Call;
using MasterDialer = leader::LeaderDialer<internal::MasterMessage, internal::AgentMessage>;

// Connecting to a Unix socket takes write permission on it.
constexpr mode_t kSocketMode = 0666;

}  // namespace

class AgentHost::Impl final : public AgentPort {
 public:
  explicit Impl(Deps deps)
      : executor_(deps.executor),
        sink_(std::move(deps.sink)),
        snapshot_(std::move(deps.snapshot)),
        container_of_(std::move(deps.container_of)),
        gate_(*deps.gate),
        api_({.port = *this,
              .executor = executor_,
              .run_on_read_pool = [this](auto work) { http_.RunOnReadPool(std::move(work)); },
              .facts = std::move(deps.facts),
              .gate = gate_,
              .is_within = &ConnectsFromContainer,
              .add_metrics =
                  [this, add = std::move(deps.add_metrics)](metrics::MetricsPage& page) {
                    AddHttpMetrics(http_.Stats(), page);
                    AddGrpcMetrics(rpc_.stalled_streams(), page);
                    if (add) add(page);
                  }}),
        rpc_(executor_),
        http_({.site = std::move(deps.site)},
              [this](net::HttpRequest request, net::Responder responder) {
                api_.Handle(std::move(request), std::move(responder));
              }) {
    http_.HandOverHttp2([this](int fd, const std::string& peer_ip, auto ticket) {
      rpc_.TakeConnection(fd, peer_ip, std::move(ticket));
    });
    ServeRpc();
  }

  ~Impl() override { Shutdown(); }

  absl::Status Serve(const std::string& address) {
    if (!std::exchange(rpc_started_, true)) RETURN_IF_ERROR(rpc_.StartWithoutListening());
    return http_.Listen(address);
  }

  absl::Status ServeExecutors(const std::string& path) {
    RETURN_IF_ERROR(Serve("unix:" + path));
    if (chmod(path.c_str(), kSocketMode) != 0) {
      return absl::InternalError(absl::StrCat("cannot open the executors' socket ", path,
                                              " to other users: ", std::strerror(errno)));
    }
    return absl::OkStatus();
  }

  void Open(const OpenMasterLink& effect) {
    const SessionId link = effect.link;
    if (dialer_ == nullptr) return;  // shut down
    rpc::StreamObserver<internal::MasterMessage> observer;
    observer.opened = [this, link] { sink_(MasterLinkOpened{link}); };
    observer.message = [this, link](std::shared_ptr<const internal::MasterMessage> message) {
      sink_(MasterMessageReceived{link, std::move(message)});
    };
    observer.closed = [this, link](absl::Status status) {
      links_.Remove(link);
      sink_(MasterLinkClosed{link, std::move(status)});
    };
    links_.Add(link, dialer_->Dial(executor_, std::move(observer),
                                   {.after_election = effect.wait_after_election,
                                    .first_retry = effect.first_retry,
                                    .last_retry = effect.last_retry}));
  }

  void Answer(CallToken token, const absl::Status& status) {
    auto it = answers_.find(token);
    if (it == answers_.end()) return;
    auto answer = std::move(it->second);
    answers_.erase(it);
    answer(status);
  }

  void Shutdown() {
    if (std::exchange(shut_down_, true)) return;
    RunAndWait(executor_, "agent_host", [&] {
      links_.Clear();
      dialer_ = nullptr;
      executors_.Clear();
      answers_.clear();
    });
    // No request comes after that; what came has been posted, and finds nothing any more.
    http_.Shutdown();
    rpc_.Shutdown();
    RunAndWait(executor_, "agent_host", [&] {
      executors_.Clear();
      answers_.clear();
    });
  }

  // ---- AgentPort

  void Post(const char* name, absl::AnyInvocable<void()> work) override {
    executor_.Post(name, std::move(work));
  }

  void CallExecutor(ExecutorCallReceived call,
                    absl::AnyInvocable<void(absl::Status)> answer) override {
    call.token = CallToken{++last_token_};
    answers_.emplace(call.token, std::move(answer));
    sink_(std::move(call));
  }

  void AddExecutor(SessionId session,
                   std::unique_ptr<rpc::Stream<v1::executor::Event>> stream) override {
    executors_.Add(session, std::move(stream));
  }

  void SendToExecutor(SessionId session,
                      std::shared_ptr<const v1::executor::Event> event) override {
    executors_.Send(session, std::move(event));
  }

  void LoseExecutor(SessionId session) override {
    if (executors_.Remove(session)) sink_(ExecutorSessionClosed{session});
  }

  ContainerPlace ContainerOf(const std::string& framework_id,
                             const std::string& executor_id) override {
    return container_of_ ? container_of_(framework_id, executor_id) : ContainerPlace();
  }

  std::shared_ptr<const Snapshot> TakeSnapshot(const auth::Visibility& visibility) override {
    return Visible(snapshot_(), visibility);
  }

  mesos::Executor& executor_;
  const std::function<void(Event)> sink_;
  const std::function<std::shared_ptr<const Snapshot>()> snapshot_;
  const std::function<ContainerPlace(const std::string&, const std::string&)> container_of_;
  const auth::Gate& gate_;

  // Of the thread that serves and shuts down.
  bool rpc_started_ = false;
  bool shut_down_ = false;

  AgentApi api_;

  // Of the executor's thread. Sessions over gRPC and HTTP have different ids.
  std::unique_ptr<MasterDialer> dialer_;
  rpc::SessionTable<v1::executor::Event> executors_;
  rpc::SessionTable<internal::AgentMessage> links_;
  absl::flat_hash_map<CallToken, absl::AnyInvocable<void(absl::Status)>> answers_;
  uint64_t last_token_ = 0;

  rpc::Server rpc_;
  net::HttpServer http_;

 private:
  absl::StatusOr<auth::CallerPtr> Admitted(const auth::Credentials& from,
                                           auth::Action action) const {
    ASSIGN_OR_RETURN(auth::CallerPtr caller, gate_.Authenticate(from));
    RETURN_IF_ERROR(gate_.Authorize(*caller, action, ""));
    return caller;
  }

  void ServeRpc() {
    rpc::StreamAcceptor<Call, v1::executor::Event> acceptor;
    acceptor.opened = [this](SessionId id, auto stream, const auth::Credentials& from) {
      absl::StatusOr<auth::CallerPtr> caller = Admitted(from, auth::Action::kActAsExecutor);
      if (!caller.ok()) {
        stream->Close(caller.status());
        return;
      }
      executors_.Add(id, std::move(stream), *std::move(caller),
                     std::string(auth::BearerToken(from.authorization)));
    };
    acceptor.message = [this](SessionId id, std::shared_ptr<const Call> call) {
      ExecutorProof proof;
      proof.token = executors_.TokenOf(id);
      sink_(ExecutorCallReceived{id, std::move(call), executors_.CallerOf(id), std::move(proof)});
    };
    acceptor.closed = [this](SessionId id, absl::Status) { LoseExecutor(id); };
    rpc_.ServeExecutor(std::move(acceptor));
    rpc_.ServeAgentOperator([this](auto call, const auth::Credentials& from, auto answer) {
      if (from.address.empty()) {
        return answer(absl::PermissionDeniedError("the Unix socket serves executors alone"),
                      nullptr);
      }
      absl::StatusOr<auth::CallerPtr> caller = gate_.Authenticate(from);
      if (!caller.ok()) return answer(caller.status(), nullptr);
      api_.Answer(std::move(call), *caller, std::move(answer));
    });
  }
};

AgentHost::AgentHost(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}

AgentHost::~AgentHost() { Shutdown(); }

absl::Status AgentHost::Serve(const std::string& address) { return impl_->Serve(address); }

int AgentHost::port() const { return impl_->http_.port(); }

absl::Status AgentHost::ServeExecutors(const std::string& socket_path) {
  return impl_->ServeExecutors(socket_path);
}

void AgentHost::SetMaster(leader::MasterAddress master) {
  impl_->dialer_ = std::make_unique<MasterDialer>(std::move(master), &rpc::DialAgentLink);
}

void AgentHost::Perform(const OpenMasterLink& effect) { impl_->Open(effect); }

void AgentHost::Perform(const CloseMasterLink& effect) {
  impl_->links_.Close(effect.link, absl::OkStatus());
}

void AgentHost::Perform(const SendToMaster& effect) {
  impl_->links_.Send(effect.link, effect.message);
}

void AgentHost::Perform(const agent::SendToExecutor& effect) {
  impl_->executors_.Send(effect.session, effect.event);
}

void AgentHost::Perform(const CloseExecutorSession& effect) {
  impl_->executors_.Close(effect.session, effect.reason);
}

void AgentHost::Perform(const AnswerExecutorCall& effect) {
  impl_->Answer(effect.token, effect.status);
}

void AgentHost::Shutdown() { impl_->Shutdown(); }

}  // namespace mesos::agent
