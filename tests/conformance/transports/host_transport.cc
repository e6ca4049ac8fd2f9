// A master on a real port: gRPC peers dial it with the project's own streams, HTTP ones with bytes.

#include <deque>
#include <utility>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/http_api/v1_body.h"
#include "common/json/json_codec.h"
#include "common/net/recordio.h"
#include "common/rpc/dial.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "gtest/gtest.h"
#include "master/allocator/allocator.h"
#include "master/host/master_host.h"
#include "tests/conformance/transports/peers.h"
#include "tests/unit/net/raw_client.h"

namespace mesos::master {
namespace {

// What a stream brought, for the test's thread to take.
template <typename Message>
class StreamInbox {
 public:
  void Add(std::shared_ptr<const Message> message) {
    MutexLock lock(mutex_);
    messages_.push_back(std::move(message));
    changed_.notify_all();
  }
  void Close(absl::Status status) {
    MutexLock lock(mutex_);
    closed_ = std::move(status);
    changed_.notify_all();
  }
  // Nullopt where it has ended; `why` is then the stream's status.
  std::optional<Message> Take(absl::Status* why = nullptr) {
    MutexLock lock(mutex_);
    const bool came = lock.WaitFor(changed_, absl::ToDoubleSeconds(kPatience),
                                   [this] { return !messages_.empty() || closed_.has_value(); });
    EXPECT_TRUE(came) << "Nothing came";
    if (messages_.empty()) {
      if (why != nullptr && closed_.has_value()) *why = *closed_;
      return std::nullopt;
    }
    std::optional<Message> message(*messages_.front());
    messages_.pop_front();
    return message;
  }

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<const Message>> messages_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> closed_ ABSL_GUARDED_BY(mutex_);
};

template <typename Message>
rpc::StreamObserver<Message> Into(StreamInbox<Message>& inbox) {
  rpc::StreamObserver<Message> observer;
  observer.message = [&inbox](std::shared_ptr<const Message> message) {
    inbox.Add(std::move(message));
  };
  observer.closed = [&inbox](absl::Status status) { inbox.Close(std::move(status)); };
  return observer;
}

class GrpcAgent : public AgentPeer {
 public:
  GrpcAgent(const std::string& master, Executor& executor) : executor_(executor) {
    RunAndWait(executor_, "dial",
               [&] { link_ = rpc::DialAgentLink(master, executor_, Into(inbox_)); });
  }
  ~GrpcAgent() override { Vanish(); }

  void Send(const internal::AgentMessage& message) override {
    RunAndWait(executor_, "send",
               [&] { link_->Send(std::make_shared<const internal::AgentMessage>(message)); });
  }

  internal::MasterMessage Next() override {
    while (true) {
      std::optional<internal::MasterMessage> message = inbox_.Take();
      if (!message.has_value()) {
        ADD_FAILURE() << "The agent's link has ended";
        return {};
      }
      if (!message->has_ping()) return *std::move(message);
    }
  }

  void Vanish() override {
    RunAndWait(executor_, "vanish", [&] { link_.reset(); });
  }

 private:
  Executor& executor_;
  StreamInbox<internal::MasterMessage> inbox_;
  std::unique_ptr<rpc::Stream<internal::AgentMessage>> link_;
};

class GrpcScheduler : public SchedulerPeer {
 public:
  GrpcScheduler(const std::string& master, Executor& executor) : executor_(executor) {
    RunAndWait(executor_, "dial",
               [&] { stream_ = rpc::DialScheduler(master, executor_, Into(inbox_)); });
  }
  ~GrpcScheduler() override { Vanish(); }

  void Subscribe(const v1::scheduler::Call& call) override { Call(call); }

  void Call(const v1::scheduler::Call& call) override {
    RunAndWait(executor_, "send",
               [&] { stream_->Send(std::make_shared<const v1::scheduler::Call>(call)); });
  }

  // A refused call is an event where the session has subscribed, and its end where it has not.
  std::string Refused(const v1::scheduler::Call& call) override {
    Call(call);
    absl::Status why;
    const std::optional<v1::scheduler::Event> event = Take(&why);
    if (!event.has_value()) return std::string(why.message());
    EXPECT_EQ(event->type(), v1::scheduler::Event::CALL_REJECTED) << event->ShortDebugString();
    return event->call_rejected().message();
  }

  std::optional<v1::scheduler::Event> Next() override {
    std::optional<v1::scheduler::Event> event = Take(nullptr);
    EXPECT_FALSE(event.has_value() && event->type() == v1::scheduler::Event::CALL_REJECTED)
        << event->ShortDebugString();
    return event;
  }

  void Vanish() override {
    RunAndWait(executor_, "vanish", [&] { stream_.reset(); });
  }

 private:
  std::optional<v1::scheduler::Event> Take(absl::Status* why) {
    while (true) {
      std::optional<v1::scheduler::Event> event = inbox_.Take(why);
      if (!event.has_value() || event->type() != v1::scheduler::Event::HEARTBEAT) return event;
    }
  }

  Executor& executor_;
  StreamInbox<v1::scheduler::Event> inbox_;
  std::unique_ptr<rpc::Stream<v1::scheduler::Call>> stream_;
};

// Events come on one connection, calls go on another that is kept alive.
class HttpScheduler : public SchedulerPeer {
 public:
  HttpScheduler(int port, net::MediaType type)
      : type_(type), events_(net::RawClient::ToPort(port)), calls_(net::RawClient::ToPort(port)) {}

  void Subscribe(const v1::scheduler::Call& call) override {
    ASSERT_TRUE(events_.Send(Request(call)));
    const net::RawAnswer head = events_.ReadHead();
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.headers.at("content-type"), net::MediaTypeName(type_));
    EXPECT_EQ(head.headers.at("transfer-encoding"), "chunked");
    stream_id_ = head.headers.at("mesos-stream-id");
    EXPECT_EQ(stream_id_->size(), 36u);
  }

  void Call(const v1::scheduler::Call& call) override {
    const net::RawAnswer answer = Ask(call);
    EXPECT_EQ(answer.status, call.type() == v1::scheduler::Call::UPDATE_FRAMEWORK ? 200 : 202)
        << answer.body;
    EXPECT_EQ(answer.body, "");
  }

  std::string Refused(const v1::scheduler::Call& call) override {
    const net::RawAnswer answer = Ask(call);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.headers.at("content-type"), "text/plain; charset=utf-8");
    return answer.body;
  }

  // One record a chunk, whole.
  std::optional<v1::scheduler::Event> Next() override {
    while (true) {
      const std::optional<std::string> chunk = events_.ReadChunk();
      if (!chunk.has_value() || chunk->empty()) return std::nullopt;
      std::vector<std::string> records;
      net::RecordDecoder decoder(limits::kMaxMessageBytes);
      EXPECT_TRUE(
          decoder.Feed(*chunk, [&](std::string record) { records.push_back(record); }).ok());
      EXPECT_EQ(records.size(), 1u);
      EXPECT_TRUE(decoder.AtBoundary());
      v1::scheduler::Event event;
      Parse(records.at(0), event);
      if (event.type() != v1::scheduler::Event::HEARTBEAT) return event;
    }
  }

  void Vanish() override { events_.Close(); }

 private:
  void Parse(const std::string& record, v1::scheduler::Event& event) const {
    if (type_ == net::MediaType::kProtobuf) {
      EXPECT_TRUE(event.ParseFromString(record));
    } else {
      EXPECT_EQ(record.find('\n'), std::string::npos) << "A JSON record is one line";
      const absl::Status read = json::FromJson(record, event);
      EXPECT_TRUE(read.ok()) << read << ": " << record;
    }
  }

  net::RawAnswer Ask(const v1::scheduler::Call& call) {
    EXPECT_TRUE(calls_.Send(Request(call)));
    return calls_.ReadAnswer();
  }

  std::string Request(const v1::scheduler::Call& call) const {
    const std::string body = Serialize(call, type_);
    std::string head = "POST /api/v1/scheduler HTTP/1.1\r\nHost: localhost\r\n";
    head += std::string("Content-Type: ") + net::MediaTypeName(type_) + "\r\n";
    head += std::string("Accept: ") + net::MediaTypeName(type_) + "\r\n";
    if (stream_id_.has_value()) head += "Mesos-Stream-Id: " + *stream_id_ + "\r\n";
    return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  const net::MediaType type_;
  net::RawClient events_;
  net::RawClient calls_;
  std::optional<std::string> stream_id_;
};

// `http`: the form in which schedulers speak HTTP; nullopt where they speak gRPC.
class HostTransport : public Transport {
 public:
  explicit HostTransport(std::optional<net::MediaType> http) : http_(http), host_(executor_) {
    const absl::Status started = host_.Start("127.0.0.1:0", [this](int port) {
      MasterOptions options = TestOptions(executor_.Now());
      options.port = port;
      return std::make_unique<MasterCore>(options, NewHierarchicalAllocator({}), executor_.Now());
    });
    EXPECT_TRUE(started.ok()) << started;
  }

  ~HostTransport() override {
    host_.Shutdown();
    peers_.Stop();
  }

  std::unique_ptr<SchedulerPeer> NewScheduler() override {
    if (http_.has_value()) return std::make_unique<HttpScheduler>(host_.port(), *http_);
    return std::make_unique<GrpcScheduler>(target(), peers_);
  }

  std::unique_ptr<AgentPeer> NewAgent() override {
    return std::make_unique<GrpcAgent>(target(), peers_);
  }

 private:
  std::string target() const { return "127.0.0.1:" + std::to_string(host_.port()); }

  const std::optional<net::MediaType> http_;
  AsioExecutor executor_{"master"};
  AsioExecutor peers_{"peers"};
  MasterHost host_;
};

}  // namespace

std::unique_ptr<Transport> NewGrpcTransport() {
  return std::make_unique<HostTransport>(std::nullopt);
}

std::unique_ptr<Transport> NewHttpTransport(net::MediaType type) {
  return std::make_unique<HostTransport>(type);
}

}  // namespace mesos::master
