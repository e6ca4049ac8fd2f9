#include "common/rpc/dial.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/rpc/batch_codec.h"
#include "common/rpc/callback_queue.h"
#include "common/rpc/channel_options.h"
#include "common/rpc/methods.h"
#include "common/rpc/pipe.h"
#include "common/rpc/status.h"
#include "common/rpc/stream_handle.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::rpc {
namespace {

std::shared_ptr<grpc::Channel> NewChannel(const std::string& target) {
  grpc::ChannelArguments arguments;
  PrepareGrpc();
  SetClientOptions(arguments);
  PinCallbackQueue();
  return grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), arguments);
}

absl::Status NameTarget(const std::string& target, bool opened, const grpc::Status& status) {
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return FromGrpc(status);
  return absl::UnavailableError(absl::StrCat(opened ? "the connection to " : "cannot connect to ",
                                             target, opened ? " is lost: " : ": ",
                                             status.error_message()));
}

class ClientPipe final : public Pipe,
                         public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  ClientPipe(const std::string& target, Executor& executor, MessageFactory factory,
             const std::string& token, size_t sent_bytes)
      : Pipe(Side::kClient, executor, factory, PipeLimits{.sent_bytes = sent_bytes}),
        target_(target),
        stub_(NewChannel(target)) {
    context_.set_wait_for_ready(false);
    if (!token.empty()) context_.AddMetadata(kAuthorizationKey, absl::StrCat("Bearer ", token));
  }

  void Start(const char* method) {
    self_ = shared_from_this();
    stub_.PrepareBidiStreamingCall(&context_, method, grpc::StubOptions(), this);
    AddHold();
    StartReading();
    StartCall();
  }

 private:
  // ---- Pipe
  void BeginRead() override { StartRead(&incoming_); }
  void BeginWrite(Batch batch) override {
    outgoing_ = EncodeBatch(batch.messages, batch.bytes);
    StartWrite(&outgoing_);
  }
  void BeginEnd(const absl::Status&) override { StartWritesDone(); }
  void Over() override { RemoveHold(); }
  void Cancel() override { context_.TryCancel(); }

  // ---- grpc::ClientBidiReactor
  void OnReadInitialMetadataDone(bool ok) override {
    if (!ok || context_.GetServerInitialMetadata().count(kAcceptedKey) == 0) return;
    MarkOpened();
  }
  void OnReadDone(bool ok) override {
    grpc::ByteBuffer frame;
    frame.Swap(&incoming_);
    // The reaction to the metadata may be late, on another thread; the observer hears opened first.
    if (ok) MarkOpened();
    OnRead(ok, frame);
  }
  void OnWriteDone(bool ok) override { OnWritten(ok); }
  void OnWritesDoneDone(bool ok) override { OnWritten(ok); }
  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Pipe> self = std::move(self_);
    OnCallDone(NameTarget(target_, opened_, status));
  }

  void MarkOpened() {
    opened_.store(true, std::memory_order_relaxed);
    OnOpened();
  }

  const std::string target_;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  std::atomic<bool> opened_{false};
  std::shared_ptr<Pipe> self_;  // until OnDone
};

template <typename Out, typename In>
std::unique_ptr<Stream<Out>> Dial(const char* method, size_t sent_bytes, const std::string& target,
                                  Executor& executor, StreamObserver<In> observer,
                                  const std::string& token = "") {
  auto pipe = std::make_shared<ClientPipe>(target, executor, &NewMessage<In>, token, sent_bytes);
  pipe->SetObserver(EraseType<In>(std::move(observer)));
  pipe->Start(method);
  return std::make_unique<StreamHandle<Out>>(std::move(pipe));
}

// Lives until its answer is posted. The executor outlives the call: it ends by its deadline.
template <typename Response>
struct UnaryCall {
  UnaryCall(const std::string& target, Executor& executor)
      : target(target), executor(executor), stub(NewChannel(target)) {}

  const std::string target;
  Executor& executor;
  grpc::GenericStub stub;
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer reply;
  Answer<Response> answer;
};

template <typename Request, typename Response>
void CallOnce(const char* method, const std::string& target, Executor& executor,
              const Request& request, absl::Duration timeout, Answer<Response> answer) {
  auto call = std::make_shared<UnaryCall<Response>>(target, executor);
  call->request = EncodeMessage(request);
  call->answer = std::move(answer);
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  call->stub.UnaryCall(&call->context, method, grpc::StubOptions(), &call->request, &call->reply,
                       [call](grpc::Status grpc_status) {
                         absl::Status status = NameTarget(call->target, false, grpc_status);
                         std::shared_ptr<Response> response;
                         if (status.ok()) {
                           response = std::make_shared<Response>();
                           status = DecodeMessage(call->reply, *response);
                           if (!status.ok()) response = nullptr;
                         }
                         call->executor.Post("rpc_answer",
                                             [call, status = std::move(status),
                                              response = std::move(response)]() mutable {
                                               call->answer(std::move(status), std::move(response));
                                             });
                       });
}

}  // namespace

std::unique_ptr<Stream<v1::scheduler::Call>> DialScheduler(
    const std::string& target, Executor& executor, StreamObserver<v1::scheduler::Event> observer) {
  return Dial<v1::scheduler::Call>(kSchedulerConnect, limits::kMaxMessageBytes, target, executor,
                                   std::move(observer));
}

std::unique_ptr<Stream<v1::executor::Call>> DialExecutor(
    const std::string& target, Executor& executor, StreamObserver<v1::executor::Event> observer,
    const std::string& token) {
  return Dial<v1::executor::Call>(kExecutorConnect, limits::kMaxMessageBytes, target, executor,
                                  std::move(observer), token);
}

std::unique_ptr<Stream<internal::AgentMessage>> DialAgentLink(
    const std::string& target, Executor& executor,
    StreamObserver<internal::MasterMessage> observer) {
  return Dial<internal::AgentMessage>(kAgentLinkConnect, limits::kMaxStreamMessageBytes, target,
                                      executor, std::move(observer));
}

void CallMaster(const std::string& target, Executor& executor, const v1::master::Call& call,
                absl::Duration timeout, Answer<v1::master::Response> answer) {
  CallOnce(kOperatorCall, target, executor, call, timeout, std::move(answer));
}

void CallAgent(const std::string& target, Executor& executor, const v1::agent::Call& call,
               absl::Duration timeout, Answer<v1::agent::Response> answer) {
  CallOnce(kAgentOperatorCall, target, executor, call, timeout, std::move(answer));
}

}  // namespace mesos::rpc
