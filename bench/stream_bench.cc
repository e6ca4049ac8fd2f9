// What a stream of common/rpc carries: messages a second one way, and round trips, on loopback.
//
//   stream_bench [--seconds=3] [--streams=100 --in_flight=1]
//
// Client and server are threads of this process, so the figures are for both ends together.

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/cpu_time.h"
#include "common/base/mutex.h"
#include "common/rpc/dial.h"
#include "common/rpc/server.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "gflags/gflags.h"
#include "internal/agent_link.pb.h"

DEFINE_double(seconds, 3, "How long each case runs.");
DEFINE_int32(streams, 0, "Only this many streams, with --in_flight messages each.");
DEFINE_int32(in_flight, 1, "See --streams.");

namespace mesos {
namespace {

using internal::AgentMessage;
using internal::MasterMessage;

std::shared_ptr<const AgentMessage> Update(int number) {
  auto message = std::make_shared<AgentMessage>();
  internal::StatusUpdate* update = message->mutable_status_update();
  update->mutable_framework_id()->set_value("1b4e28ba-2fa1-41d2-883f-0016d3cca427-0001");
  v1::TaskStatus* status = update->mutable_status();
  status->mutable_task_id()->set_value(absl::StrCat("task-", number));
  status->mutable_agent_id()->set_value("1b4e28ba-2fa1-41d2-883f-0016d3cca427-S0");
  status->set_state(v1::TASK_RUNNING);
  status->set_uuid("0123456789abcdef");
  status->set_timestamp(1.5e9);
  return message;
}

std::shared_ptr<const MasterMessage> Ping(uint64_t sequence) {
  auto message = std::make_shared<MasterMessage>();
  message->mutable_ping()->set_sequence(sequence);
  return message;
}

// A server and `count` clients of the agent link, each end with its own executor.
class Link {
 public:
  explicit Link(int count) : server_(server_executor_) {
    rpc::StreamAcceptor<AgentMessage, MasterMessage> acceptor;
    acceptor.opened = [this](SessionId id, auto stream, const auth::Credentials&) {
      sessions_[id] = std::move(stream);
    };
    acceptor.message = [this](SessionId id, std::shared_ptr<const AgentMessage> message) {
      if (on_agent_message) on_agent_message(*sessions_[id], *message);
    };
    acceptor.closed = [](SessionId, absl::Status) {};
    server_.ServeAgentLink(std::move(acceptor));
    const absl::Status status = server_.Start("127.0.0.1:0");
    if (!status.ok()) std::printf("%s\n", status.ToString().c_str());
    RunAndWait(client_executor_, "dial", [&] {
      for (int i = 0; i < count; ++i) {
        rpc::StreamObserver<MasterMessage> observer;
        observer.message = [this, i](std::shared_ptr<const MasterMessage> message) {
          if (on_master_message) on_master_message(i, *message);
        };
        clients.push_back(rpc::DialAgentLink(absl::StrCat("127.0.0.1:", server_.port()),
                                             client_executor_, std::move(observer)));
      }
    });
  }

  ~Link() {
    RunAndWait(client_executor_, "end", [&] { clients.clear(); });
    RunAndWait(server_executor_, "end", [&] { sessions_.clear(); });
    server_.Shutdown();
    client_executor_.Stop();
    server_executor_.Stop();
  }

  AsioExecutor& client_executor() { return client_executor_; }

  std::function<void(rpc::Stream<MasterMessage>&, const AgentMessage&)> on_agent_message;
  std::function<void(int client, const MasterMessage&)> on_master_message;
  std::vector<std::unique_ptr<rpc::Stream<AgentMessage>>> clients;

 private:
  AsioExecutor server_executor_{"server"};
  AsioExecutor client_executor_{"client"};
  std::map<SessionId, std::unique_ptr<rpc::Stream<MasterMessage>>> sessions_;
  rpc::Server server_;
};

// Opened once.
class Done {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void Wait() {
    MutexLock lock(mutex_);
    lock.Wait(changed_, [&] { return open_; });
  }

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

// Each client keeps `window` messages unanswered; each message is answered by one.
void Measure(int clients, int window) {
  Link link(clients);
  link.on_agent_message = [](rpc::Stream<MasterMessage>& stream, const AgentMessage&) {
    stream.Send(Ping(1));
  };
  std::vector<absl::Duration> latencies;
  std::vector<std::vector<absl::Time>> sent(clients);
  std::vector<size_t> answered(clients);
  Done done;
  uint64_t count = 0;
  absl::Time end;
  auto send = [&](int client) {
    sent[client].push_back(absl::Now());
    link.clients[client]->Send(Update(static_cast<int>(sent[client].size())));
  };
  link.on_master_message = [&](int client, const MasterMessage&) {
    const absl::Time now = absl::Now();
    latencies.push_back(now - sent[client][answered[client]++]);
    ++count;
    if (now < end) {
      send(client);
    } else {
      done.Open();
    }
  };
  const CpuTime cpu;
  const absl::Time start = absl::Now();
  RunAndWait(link.client_executor(), "start", [&] {
    end = start + absl::Seconds(FLAGS_seconds);
    for (int client = 0; client < clients; ++client) {
      for (int i = 0; i < window; ++i) send(client);
    }
  });
  done.Wait();
  RunAndWait(link.client_executor(), "stop", [&] {
    const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
    std::sort(latencies.begin(), latencies.end());
    std::printf(
        "%4d streams, %5d in flight each: %8.0f round trips/s, p50 %8.0f us, p99 %8.0f us, "
        "%5.1f us of CPU a round trip\n",
        clients, window, static_cast<double>(count) / seconds,
        absl::ToDoubleMicroseconds(latencies[latencies.size() / 2]),
        absl::ToDoubleMicroseconds(latencies[latencies.size() * 99 / 100]),
        cpu.Seconds() * 1e6 / static_cast<double>(count));
    link.on_master_message = nullptr;
  });
}

// One client sends as fast as its queue allows; the server only counts.
void MeasureOneWay() {
  Link link(1);
  constexpr int kBurst = 5'000;
  constexpr int kMaxAhead = 50'000;
  uint64_t received = 0;
  uint64_t sent = 0;
  Done done;
  bool ended = false;
  absl::Time end;
  std::function<void()> burst = [&] {
    for (int i = 0; i < kBurst; ++i) link.clients[0]->Send(Update(static_cast<int>(++sent)));
  };
  // The server says how far it is, so that the client never runs into its bound.
  link.on_agent_message = [&](rpc::Stream<MasterMessage>& stream, const AgentMessage&) {
    if (++received % kBurst == 0) stream.Send(Ping(received));
  };
  link.on_master_message = [&](int, const MasterMessage&) {
    if (absl::Now() < end) {
      burst();
    } else if (!std::exchange(ended, true)) {
      done.Open();
    }
  };
  const CpuTime cpu;
  const absl::Time start = absl::Now();
  RunAndWait(link.client_executor(), "start", [&] {
    end = start + absl::Seconds(FLAGS_seconds);
    for (int ahead = 0; ahead < kMaxAhead; ahead += kBurst) burst();
  });
  done.Wait();
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  std::printf("one way: %.0f messages/s, %.2f us of CPU a message\n",
              static_cast<double>(received) / seconds,
              cpu.Seconds() * 1e6 / static_cast<double>(received));
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  if (FLAGS_streams > 0) {
    mesos::Measure(FLAGS_streams, FLAGS_in_flight);
    return 0;
  }
  mesos::MeasureOneWay();
  mesos::Measure(1, 1);
  mesos::Measure(1, 50);
  mesos::Measure(1, 1000);
  mesos::Measure(10, 10);
  mesos::Measure(100, 1);
  mesos::Measure(100, 10);
  return 0;
}
