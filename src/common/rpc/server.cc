#include "common/rpc/server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/server_posix.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/rpc/batch_codec.h"
#include "common/rpc/callback_queue.h"
#include "common/rpc/channel_options.h"
#include "common/rpc/listen_error.h"
#include "common/rpc/methods.h"
#include "common/rpc/peer.h"
#include "common/rpc/pipe.h"
#include "common/rpc/status.h"
#include "common/rpc/stream_handle.h"
#include "common/runtime/run_and_wait.h"
#include "glog/logging.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::rpc {
namespace {

using Context = grpc::GenericCallbackServerContext;
using Reactor = grpc::ServerGenericBidiReactor;

class ServerPipe final : public Pipe, public Reactor {
 public:
  ServerPipe(Context* context, Executor& executor, MessageFactory factory, const PipeLimits& limits,
             std::atomic<int>& live_streams)
      : Pipe(Side::kServer, executor, factory, limits),
        context_(context),
        live_streams_(live_streams) {}

  void Start() {
    self_ = shared_from_this();
    StartSendInitialMetadata();
    StartReading();
  }

 private:
  // ---- Pipe
  void BeginRead() override { StartRead(&incoming_); }
  void BeginWrite(Batch batch) override {
    outgoing_ = EncodeBatch(batch.messages, batch.bytes);
    StartWrite(&outgoing_);
  }
  void BeginEnd(const absl::Status& status) override { Finish(ToGrpc(status)); }
  void Over() override {}
  void Cancel() override { context_->TryCancel(); }

  // ---- grpc::ServerGenericBidiReactor
  void OnReadDone(bool ok) override {
    grpc::ByteBuffer frame;
    frame.Swap(&incoming_);
    OnRead(ok, frame);
  }
  void OnWriteDone(bool ok) override { OnWritten(ok); }
  void OnCancel() override { OnBroken(); }
  void OnDone() override {
    const std::shared_ptr<Pipe> self = std::move(self_);
    live_streams_.fetch_sub(1, std::memory_order_relaxed);
    OnCallDone(absl::CancelledError("the stream was cut off"));
  }

  Context* const context_;  // gRPC's, until OnDone
  std::atomic<int>& live_streams_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::shared_ptr<Pipe> self_;  // until OnDone
};

// Ends a call without looking at it.
class Refusal final : public Reactor {
 public:
  explicit Refusal(const absl::Status& status) { Finish(ToGrpc(status)); }
  void OnDone() override { delete this; }
};

// One request, one reply.
template <typename Request, typename Response>
class ServedCall final : public Reactor {
 public:
  using Handler = UnaryHandler<Request, Response>;

  ServedCall(Executor& executor, std::shared_ptr<Handler> handler, auth::Credentials from)
      : executor_(executor), handler_(std::move(handler)), from_(std::move(from)) {
    StartRead(&incoming_);
  }

 private:
  // Answers once, at the latest when it is dropped.
  class Replier {
   public:
    explicit Replier(ServedCall* call) : call_(call) {}
    Replier(Replier&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
    ~Replier() { (*this)(absl::InternalError("the call was dropped unanswered"), nullptr); }
    void operator()(absl::Status status, std::shared_ptr<const Response> response) {
      if (call_ != nullptr) std::exchange(call_, nullptr)->Reply(status, response.get());
    }

   private:
    ServedCall* call_;
  };

  void OnReadDone(bool ok) override {
    auto request = std::make_shared<Request>();
    const absl::Status status = !ok ? absl::InvalidArgumentError("the call carries no message")
                                : incoming_.Length() > limits::kMaxMessageBytes
                                    ? absl::ResourceExhaustedError("the call is too large")
                                    : DecodeMessage(incoming_, *request);
    if (!status.ok()) {
      Finish(ToGrpc(status));
      return;
    }
    executor_.Post("rpc_call", [handler = handler_, request = std::move(request),
                                from = std::move(from_), replier = Replier(this)]() mutable {
      (*handler)(std::move(request), std::move(from), std::move(replier));
    });
  }
  void OnDone() override { delete this; }

  void Reply(const absl::Status& status, const Response* response) {
    if (!status.ok()) {
      Finish(ToGrpc(status));
      return;
    }
    outgoing_ = response != nullptr ? EncodeMessage(*response) : EncodeMessage(Response());
    StartWriteAndFinish(&outgoing_, grpc::WriteOptions(), grpc::Status::OK);
  }

  Executor& executor_;
  const std::shared_ptr<Handler> handler_;
  auth::Credentials from_;  // until the request came
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
};

}  // namespace

class Server::Impl final : public grpc::CallbackGenericService {
 public:
  Impl(Executor& executor, const ServerOptions& options) : executor_(executor), options_(options) {}
  ~Impl() override { Shutdown(); }

  template <typename In, typename Out>
  void ServeStream(const char* method, size_t received_bytes, StreamAcceptor<In, Out> given) {
    auto acceptor = std::make_shared<StreamAcceptor<In, Out>>(std::move(given));
    methods_[method] = [this, acceptor, received_bytes](Context* context) -> Reactor* {
      if (live_streams_.fetch_add(1, std::memory_order_relaxed) >= limits::kMaxStreamsPerServer) {
        live_streams_.fetch_sub(1, std::memory_order_relaxed);
        return new Refusal(absl::ResourceExhaustedError(absl::StrCat(
            "the server holds ", limits::kMaxStreamsPerServer, " streams, which is its limit")));
      }
      const SessionId session{++last_session_};
      context->AddInitialMetadata(kAcceptedKey, "1");
      auto pipe = std::make_shared<ServerPipe>(context, executor_, &NewMessage<In>,
                                               PipeLimits{.received_bytes = received_bytes,
                                                          .stall_timeout = options_.stall_timeout,
                                                          .stalled = &stalled_streams_},
                                               live_streams_);
      StreamObserver<In> observer;
      const std::string peer = context->peer();
      observer.message = [acceptor, session, ticket = peers_.TakeTicket(peer)](
                             std::shared_ptr<const In> message) mutable {
        acceptor->message(session, std::move(message));
        ticket = nullptr;
      };
      observer.closed = [acceptor, session](absl::Status status) {
        acceptor->closed(session, std::move(status));
      };
      pipe->SetObserver(EraseType<In>(std::move(observer)));
      executor_.Post("rpc_accept", [acceptor, session, pipe, from = CredentialsOf(*context)] {
        acceptor->opened(session, std::make_unique<StreamHandle<Out>>(pipe), from);
      });
      pipe->Start();
      return pipe.get();
    };
  }

  template <typename Request, typename Response>
  void ServeCall(const char* method, UnaryHandler<Request, Response> given) {
    auto handler = std::make_shared<UnaryHandler<Request, Response>>(std::move(given));
    methods_[method] = [this, handler](Context* context) -> Reactor* {
      peers_.TakeTicket(context->peer());
      return new ServedCall<Request, Response>(executor_, handler, CredentialsOf(*context));
    };
  }

  absl::Status Start(const std::string& address) {
    if (!Build(address)) return ExplainListenError(address);
    if (absl::StartsWith(address, "unix:")) port_ = 0;
    return absl::OkStatus();
  }

  absl::Status StartWithoutListening() {
    return Build("") ? absl::OkStatus() : absl::UnavailableError("gRPC cannot start a server");
  }

  void TakeConnection(int fd, const std::string& peer_ip, std::shared_ptr<void> ticket) {
    MutexLock lock(mutex_);
    if (!taking_) {
      close(fd);
      return;
    }
    peers_.Add(fd, peer_ip, std::move(ticket));
    grpc::AddInsecureChannelFromFd(server_.get(), fd);
  }

  void Shutdown() {
    if (server_ == nullptr) return;
    {
      MutexLock lock(mutex_);
      taking_ = false;
    }
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_ = nullptr;
    // What the ends of the streams have posted still runs, and may name what the caller destroys
    // next.
    RunAndWait(executor_, "rpc_shutdown", [] {});
  }

  int port() const { return port_; }
  uint64_t stalled_streams() const { return stalled_streams_; }

 private:
  auth::Credentials CredentialsOf(const Context& context) const {
    auth::Credentials from;
    from.address = peers_.Ip(context.peer());
    const auto& metadata = context.client_metadata();
    if (auto it = metadata.find(kAuthorizationKey); it != metadata.end()) {
      from.authorization.assign(it->second.data(), it->second.size());
    }
    return from;
  }

  bool Build(const std::string& address) {
    CHECK(server_ == nullptr) << "a server is started once";
    PrepareGrpc();
    grpc::ServerBuilder builder;
    SetServerOptions(builder, options_);
    if (!address.empty()) {
      builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    }
    builder.RegisterCallbackGenericService(this);
    PinCallbackQueue();
    server_ = builder.BuildAndStart();
    MutexLock lock(mutex_);
    taking_ = server_ != nullptr;
    return taking_;
  }

  Reactor* CreateReactor(Context* context) override {
    auto it = methods_.find(context->method());
    if (it == methods_.end()) {
      return new Refusal(
          absl::UnimplementedError(absl::StrCat("this daemon does not serve ", context->method())));
    }
    return it->second(context);
  }

  Executor& executor_;
  const ServerOptions options_;
  // Not changed after Start, which is what lets gRPC's threads read it.
  absl::flat_hash_map<std::string, std::function<Reactor*(Context*)>> methods_;
  std::atomic<uint64_t> last_session_{0};
  std::atomic<int> live_streams_{0};
  std::atomic<uint64_t> stalled_streams_{0};
  int port_ = 0;
  HandedOverPeers peers_;
  std::unique_ptr<grpc::Server> server_;

  // While taking_, server_ is running and takes connections.
  Mutex mutex_;
  bool taking_ ABSL_GUARDED_BY(mutex_) = false;
};

Server::Server(Executor& executor, const ServerOptions& options)
    : impl_(std::make_unique<Impl>(executor, options)) {}

Server::~Server() = default;

void Server::ServeScheduler(StreamAcceptor<v1::scheduler::Call, v1::scheduler::Event> acceptor) {
  impl_->ServeStream(kSchedulerConnect, limits::kMaxMessageBytes, std::move(acceptor));
}

void Server::ServeAgentLink(
    StreamAcceptor<internal::AgentMessage, internal::MasterMessage> acceptor) {
  impl_->ServeStream(kAgentLinkConnect, limits::kMaxStreamMessageBytes, std::move(acceptor));
}

void Server::ServeExecutor(StreamAcceptor<v1::executor::Call, v1::executor::Event> acceptor) {
  impl_->ServeStream(kExecutorConnect, limits::kMaxMessageBytes, std::move(acceptor));
}

void Server::ServeOperator(UnaryHandler<v1::master::Call, v1::master::Response> handler) {
  impl_->ServeCall<v1::master::Call, v1::master::Response>(kOperatorCall, std::move(handler));
}

void Server::ServeAgentOperator(UnaryHandler<v1::agent::Call, v1::agent::Response> handler) {
  impl_->ServeCall<v1::agent::Call, v1::agent::Response>(kAgentOperatorCall, std::move(handler));
}

absl::Status Server::Start(const std::string& address) { return impl_->Start(address); }

absl::Status Server::StartWithoutListening() { return impl_->StartWithoutListening(); }

void Server::TakeConnection(int fd, const std::string& peer_ip, std::shared_ptr<void> ticket) {
  impl_->TakeConnection(fd, peer_ip, std::move(ticket));
}

uint64_t Server::stalled_streams() const { return impl_->stalled_streams(); }

int Server::port() const { return impl_->port(); }

void Server::Shutdown() { impl_->Shutdown(); }

}  // namespace mesos::rpc
