// What a master has much of, told to one scheduler on a real socket: the offers of all agents at
// SUBSCRIBE, and the answers to a RECONCILE of all tasks.
//
//   burst_load [--agents=50000] [--tasks=200000] [--transport=grpc] [--pause_ms=0]
//
// The master runs in a process of its own, forked from this one, whose core was told of the agents
// and tasks before it listens. Each line has the time until the scheduler has all of it, and by how
// much the master's memory grew meanwhile at its peak. --pause_ms has the scheduler sleep for each
// thousand events or offers, as one that is slow.

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/http_scheduler_stream.h"
#include "common/auth/caller.h"
#include "common/rpc/dial.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "gflags/gflags.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "master/core/commit_at_once.h"
#include "master/core/master_core.h"
#include "master/host/master_host.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

DEFINE_string(transport, "grpc", "How the scheduler speaks: grpc, or http with JSON.");
DEFINE_int32(agents, 50'000, "How many agents.");
DEFINE_int32(tasks, 200'000, "How many tasks, all of the one framework.");
DEFINE_int32(pause_ms, 0, "How long the scheduler sleeps for each thousand events or offers.");

namespace mesos {
namespace {

using v1::scheduler::Call;
using v1::scheduler::Event;

constexpr char kFramework[] = "bench-0001";
constexpr uint64_t kFirstAgentSession = uint64_t{1} << 40;

void AddScalar(const char* name, double value,
               google::protobuf::RepeatedPtrField<v1::Resource>* out) {
  v1::Resource* resource = out->Add();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
}

v1::FrameworkInfo Framework() {
  v1::FrameworkInfo info;
  info.set_user("root");
  info.set_name("burst_load");
  info.mutable_id()->set_value(kFramework);
  info.set_failover_timeout(3600);
  return info;
}

// An agent that returns with its share of the tasks.
std::shared_ptr<internal::AgentMessage> ReturningAgent(int index) {
  auto message = std::make_shared<internal::AgentMessage>();
  internal::ReregisterAgent& agent = *message->mutable_reregister_agent();
  const std::string id = absl::StrCat("bench-S", index);
  v1::AgentInfo& info = *agent.mutable_info();
  info.set_hostname(absl::StrCat("host", index, ".example.com"));
  info.set_port(5051);
  info.mutable_id()->set_value(id);
  AddScalar("cpus", 64, info.mutable_resources());
  AddScalar("mem", 262'144, info.mutable_resources());
  AddScalar("disk", 1'000'000, info.mutable_resources());
  v1::Resource& ports = *info.add_resources();
  ports.set_name("ports");
  ports.set_type(v1::Value::RANGES);
  v1::Value::Range& range = *ports.mutable_ranges()->add_range();
  range.set_begin(31'000);
  range.set_end(32'000);
  for (const char* name : {"rack", "zone", "kernel"}) {
    v1::Attribute& attribute = *info.add_attributes();
    attribute.set_name(name);
    attribute.set_type(v1::Value::TEXT);
    attribute.mutable_text()->set_value(absl::StrCat(name, "-", index % 100));
  }
  agent.set_version("bench");
  *agent.add_frameworks() = Framework();
  for (int i = index; i < FLAGS_tasks; i += FLAGS_agents) {
    v1::Task& task = *agent.add_tasks();
    task.set_name("task");
    task.mutable_task_id()->set_value(absl::StrCat("task-", i));
    task.mutable_framework_id()->set_value(kFramework);
    task.mutable_agent_id()->set_value(id);
    task.set_state(v1::TASK_RUNNING);
    AddScalar("cpus", 0.1, task.mutable_resources());
    AddScalar("mem", 32, task.mutable_resources());
    v1::TaskStatus& status = *task.add_statuses();
    *status.mutable_task_id() = task.task_id();
    status.set_state(v1::TASK_RUNNING);
    v1::NetworkInfo& network = *status.mutable_container_status()->add_network_infos();
    network.add_ip_addresses()->set_ip_address("10.0.0.1");
  }
  return message;
}

std::unique_ptr<master::MasterCore> MakeCore(int port, absl::Time now) {
  master::MasterOptions options;
  options.id = "burst-load-master";
  options.hostname = "localhost";
  options.ip = "127.0.0.1";
  options.port = port;
  options.version = "bench";
  options.start_time = now;
  options.agent_ping_timeout = absl::Hours(1);
  auto core =
      std::make_unique<master::MasterCore>(options, master::NewHierarchicalAllocator({}), now);
  for (int i = 0; i < FLAGS_agents; ++i) {
    const SessionId session{kFirstAgentSession + static_cast<uint64_t>(i)};
    master::HandleAndCommit(
        *core, now,
        master::AgentMessageReceived{session, ReturningAgent(i), auth::Anonymous("127.0.0.1")});
  }
  return core;
}

// Writes its port to `out`, and ends when `in` does.
void RunMaster(int in, int out) {
  AsioExecutor executor("master");
  master::MasterHost host(executor);
  const absl::Status status =
      host.Start("127.0.0.1:0", [&](int port) { return MakeCore(port, executor.Now()); });
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.ToString().c_str());
  const int port = status.ok() ? host.port() : 0;
  (void)!write(out, &port, sizeof(port));
  char byte;
  (void)!read(in, &byte, 1);
  host.Shutdown();
  executor.Stop();
}

// A process' memory, in MB: as it is ("VmRSS"), or at its peak ("VmHWM") since ForgetPeak.
double Memory(pid_t process, const char* which) {
  std::ifstream status(absl::StrCat("/proc/", process, "/status"));
  for (std::string line; std::getline(status, line);) {
    const std::vector<std::string> words =
        absl::StrSplit(line, absl::ByAnyChar(": \t"), absl::SkipEmpty());
    int64_t kilobytes = 0;
    if (words.size() > 1 && words[0] == which && absl::SimpleAtoi(words[1], &kilobytes)) {
      return static_cast<double>(kilobytes) / 1024;
    }
  }
  return 0;
}

void ForgetPeak(pid_t process) {
  std::ofstream(absl::StrCat("/proc/", process, "/clear_refs")) << "5";
}

class BurstScheduler {
 public:
  BurstScheduler(int port, AsioExecutor& executor) : executor_(executor) {
    RunAndWait(executor_, "dial", [&] {
      rpc::StreamObserver<Event> observer;
      observer.message = [this](std::shared_ptr<const Event> event) { OnEvent(*event); };
      observer.closed = [this](const absl::Status& status) {
        std::printf("the scheduler's stream closed: %s\n", status.ToString().c_str());
        lost_ = true;
        if (waiting_) Finish();
      };
      if (FLAGS_transport == "grpc") {
        stream_ =
            rpc::DialScheduler(absl::StrCat("127.0.0.1:", port), executor_, std::move(observer));
      } else {
        stream_ = std::make_unique<HttpSchedulerStream>(port, 1, executor_, std::move(observer));
      }
    });
  }

  ~BurstScheduler() {
    RunAndWait(executor_, "stop", [&] { stream_.reset(); });
  }

  // Sends a call, and returns once that many different offers and tasks were told; false where the
  // stream ends before.
  bool Ask(Call::Type type, size_t offers, size_t tasks) {
    std::promise<void> done;
    RunAndWait(executor_, "ask", [&] {
      told_.clear();
      wanted_ = offers + tasks;
      waiting_ = true;
      done_ = &done;
      auto call = std::make_shared<Call>();
      call->set_type(type);
      call->mutable_framework_id()->set_value(kFramework);
      if (type == Call::SUBSCRIBE)
        *call->mutable_subscribe()->mutable_framework_info() = Framework();
      if (type == Call::RECONCILE) call->mutable_reconcile();
      stream_->Send(std::move(call));
    });
    done.get_future().wait();
    return !lost_;
  }

 private:
  void OnEvent(const Event& event) {
    if (event.type() == Event::ERROR) std::printf("%s\n", event.error().message().c_str());
    for (const v1::Offer& offer : event.offers().offers()) Told(offer.agent_id().value());
    if (event.has_update()) Told(event.update().status().task_id().value());
  }

  void Told(const std::string& what) {
    told_.insert(what);
    if (FLAGS_pause_ms > 0 && told_.size() % 1000 == 0) poll(nullptr, 0, FLAGS_pause_ms);
    if (waiting_ && told_.size() == wanted_) Finish();
  }

  void Finish() {
    waiting_ = false;
    done_->set_value();
  }

  AsioExecutor& executor_;
  std::unique_ptr<rpc::Stream<Call>> stream_;
  absl::flat_hash_set<std::string> told_;
  size_t wanted_ = 0;
  bool waiting_ = false;
  bool lost_ = false;
  std::promise<void>* done_ = nullptr;
};

bool Measure(const char* what, pid_t master, AsioExecutor& executor,
             const std::function<bool()>& ask) {
  ForgetPeak(master);
  const double before = Memory(master, "VmRSS");
  const absl::Time start = executor.Now();
  const bool whole = ask();
  std::printf("  %-9s %s in %7.0f ms, master's memory %6.0f MB, at its peak %6.0f MB more\n", what,
              whole ? "all" : "CUT OFF", absl::ToDoubleMilliseconds(executor.Now() - start), before,
              Memory(master, "VmHWM") - before);
  return whole;
}

int Run() {
  int to_master[2];
  int from_master[2];
  if (pipe(to_master) != 0 || pipe(from_master) != 0) return 1;
  const pid_t master = fork();
  if (master == 0) {
    close(to_master[1]);
    RunMaster(to_master[0], from_master[1]);
    _exit(0);
  }
  close(to_master[0]);
  int port = 0;
  if (read(from_master[0], &port, sizeof(port)) != sizeof(port) || port == 0) return 1;
  bool whole = true;
  {
    AsioExecutor executor("scheduler");
    {
      BurstScheduler scheduler(port, executor);
      std::printf("%d agents, %d tasks, over %s:\n", FLAGS_agents, FLAGS_tasks,
                  FLAGS_transport.c_str());
      whole = Measure("SUBSCRIBE", master, executor, [&] {
        return scheduler.Ask(Call::SUBSCRIBE, static_cast<size_t>(FLAGS_agents), 0);
      });
      whole = whole && Measure("RECONCILE", master, executor, [&] {
                return scheduler.Ask(Call::RECONCILE, 0, static_cast<size_t>(FLAGS_tasks));
              });
    }
    executor.Stop();
  }
  close(to_master[1]);
  waitpid(master, nullptr, 0);
  return whole ? 0 : 1;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  return mesos::Run();
}
