#include "agent/transport/agent_transport.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/api/v1_reads.h"
#include "common/base/status_macros.h"
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

// Connecting to a Unix socket takes write permission on it.
constexpr mode_t kSocketMode = 0666;

}  // namespace

class AgentTransport::Impl {
 public:
  explicit Impl(Deps deps)
      : executor_(deps.executor),
        sink_(std::move(deps.sink)),
        snapshot_(std::move(deps.snapshot)),
        executor_server_(executor_),
        operator_server_(executor_) {}

  absl::Status ServeExecutors(const std::string& path) {
    rpc::StreamAcceptor<Call, v1::executor::Event> acceptor;
    acceptor.opened = [this](SessionId id, auto stream, std::string) {
      executors_.Add(id, std::move(stream));
    };
    acceptor.message = [this](SessionId id, std::shared_ptr<const Call> call) {
      sink_(ExecutorCallReceived{id, std::move(call)});
    };
    acceptor.closed = [this](SessionId id, absl::Status) {
      if (executors_.Remove(id)) sink_(ExecutorSessionClosed{id});
    };
    executor_server_.ServeExecutor(std::move(acceptor));
    RETURN_IF_ERROR(executor_server_.Start("unix:" + path));
    if (chmod(path.c_str(), kSocketMode) != 0) {
      return absl::InternalError(absl::StrCat("cannot open the executors' socket ", path,
                                              " to other users: ", std::strerror(errno)));
    }
    return absl::OkStatus();
  }

  absl::Status ServeOperator(const std::string& address) {
    operator_server_.ServeAgentOperator([this](auto call, auto answer) {
      const std::shared_ptr<const Snapshot> snapshot = snapshot_();
      if (snapshot == nullptr) {
        answer(absl::UnavailableError("Agent has not finished recovery"), nullptr);
        return;
      }
      absl::StatusOr<v1::agent::Response> response = Read(*call, *snapshot, &ProcessTable::Read);
      if (!response.ok()) {
        answer(response.status(), nullptr);
        return;
      }
      answer(absl::OkStatus(), std::make_shared<const v1::agent::Response>(*std::move(response)));
    });
    return operator_server_.Start(address);
  }

  void Open(SessionId link) {
    rpc::StreamObserver<internal::MasterMessage> observer;
    observer.opened = [this, link] { sink_(MasterLinkOpened{link}); };
    observer.message = [this, link](std::shared_ptr<const internal::MasterMessage> message) {
      sink_(MasterMessageReceived{link, std::move(message)});
    };
    observer.closed = [this, link](absl::Status status) {
      links_.Remove(link);
      sink_(MasterLinkClosed{link, std::move(status)});
    };
    links_.Add(link, rpc::DialAgentLink(master_, executor_, std::move(observer)));
  }

  void Shutdown() {
    if (std::exchange(shut_down_, true)) return;
    RunAndWait(executor_, "agent_transport", [&] {
      links_.Clear();
      executors_.Clear();
    });
    executor_server_.Shutdown();
    operator_server_.Shutdown();
  }

  mesos::Executor& executor_;
  const std::function<void(Event)> sink_;
  const std::function<std::shared_ptr<const Snapshot>()> snapshot_;
  bool shut_down_ = false;  // of the thread that calls Shutdown

  // Of the executor's thread.
  std::string master_;
  rpc::SessionTable<v1::executor::Event> executors_;
  rpc::SessionTable<internal::AgentMessage> links_;

  rpc::Server executor_server_;
  rpc::Server operator_server_;
};

AgentTransport::AgentTransport(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}

AgentTransport::~AgentTransport() { Shutdown(); }

absl::Status AgentTransport::ServeExecutors(const std::string& socket_path) {
  return impl_->ServeExecutors(socket_path);
}

absl::Status AgentTransport::ServeOperator(const std::string& address) {
  return impl_->ServeOperator(address);
}

int AgentTransport::port() const { return impl_->operator_server_.port(); }

void AgentTransport::SetMaster(std::string target) { impl_->master_ = std::move(target); }

void AgentTransport::Perform(const OpenMasterLink& effect) { impl_->Open(effect.link); }

void AgentTransport::Perform(const CloseMasterLink& effect) {
  impl_->links_.Close(effect.link, absl::OkStatus());
}

void AgentTransport::Perform(const SendToMaster& effect) {
  impl_->links_.Send(effect.link, effect.message);
}

void AgentTransport::Perform(const SendToExecutor& effect) {
  impl_->executors_.Send(effect.session, effect.event);
}

void AgentTransport::Perform(const CloseExecutorSession& effect) {
  impl_->executors_.Close(effect.session, effect.reason);
}

void AgentTransport::Perform(const AnswerExecutorCall&) {
  // Over gRPC a call has no answer of its own, and so no token.
}

void AgentTransport::Shutdown() { impl_->Shutdown(); }

}  // namespace mesos::agent
