// What reads of a large master cost: 10,000 agents, 100,000 running and 100,000 completed tasks of
// 100 frameworks, in one process and without a network.
//
//   build/release/bin/state_bench
//
// Prints the resident memory, what a snapshot costs the core (with nothing changed, with every
// agent changed, and beside readers), and of each read the time to its first piece, to its last,
// and its size.

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "internal/agent_link.pb.h"
#include "master/core/commit_at_once.h"
#include "master/core/master_core.h"
#include "master/reads/classic_reads.h"
#include "master/reads/v1_reads.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {
namespace {

constexpr int kAgents = 10'000;
constexpr int kFrameworks = 100;
constexpr int kRunningPerAgent = 10;
constexpr int kCompletedPerAgent = 10;
constexpr char kUuid[] = "0123456789abcdef";

double MillisecondsSince(std::chrono::steady_clock::time_point start) {
  const std::chrono::duration<double, std::milli> passed = std::chrono::steady_clock::now() - start;
  return passed.count();
}

double ResidentMegabytes() {
  std::ifstream statm("/proc/self/statm");
  size_t total = 0;
  size_t resident = 0;
  statm >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

void AddScalar(const char* name, double value, const char* role,
               google::protobuf::RepeatedPtrField<v1::Resource>* out) {
  v1::Resource* resource = out->Add();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
  if (role != nullptr) resource->mutable_allocation_info()->set_role(role);
}

class Cluster {
 public:
  Cluster() : core_(Options(), NewHierarchicalAllocator({}), now_) {
    for (int i = 0; i < kFrameworks; ++i) Subscribe(i);
    for (int i = 0; i < kAgents; ++i) AddAgent(i);
  }

  // One task of each agent from `first` on moves, up to `count` agents.
  void UpdateTasks(int first, int count) {
    for (int i = first; i < first + count; ++i) {
      internal::AgentMessage message;
      internal::StatusUpdate* update = message.mutable_status_update();
      update->mutable_framework_id()->set_value(FrameworkId(i));
      *update->mutable_status() =
          Status(AgentId(i), TaskId(i, 0), v1::TASK_RUNNING, 1795333440.5 + i);
      update->set_latest_state(v1::TASK_RUNNING);
      Send(i, std::move(message));
    }
  }

  // Each agent comes back, so that every agent's view is out of date.
  void TouchAgents() {
    for (int i = 0; i < kAgents; ++i) {
      HandleAndCommit(core_, now_, AgentSessionClosed{AgentSession(i)});
    }
  }

  std::shared_ptr<const Snapshot> TakeSnapshot() { return core_.TakeSnapshot(); }

 private:
  static MasterOptions Options() {
    MasterOptions options;
    options.id = "dc106ed7-45c4-4c96-a7d7-b11197806156";
    options.ip = "127.0.0.1";
    options.hostname = "127.0.0.1";
    options.version = "1.12.0";
    options.start_time = absl::UnixEpoch();
    return options;
  }

  static SessionId AgentSession(int i) { return SessionId{static_cast<uint64_t>(i) + 1'000'000}; }
  static std::string AgentId(int i) {
    return absl::StrCat("0a96fe3a-45c4-4c96-a7d7-b11197806156-S", i);
  }
  static std::string FrameworkId(int i) {
    return absl::StrCat("0a96fe3a-45c4-4c96-a7d7-b11197806156-", 1000 + i % kFrameworks);
  }
  static std::string TaskId(int agent, int i) {
    return absl::StrCat("service.instance-", agent, "-", i, ".1");
  }

  static v1::FrameworkInfo FrameworkInfo(int i) {
    v1::FrameworkInfo info;
    info.mutable_id()->set_value(FrameworkId(i));
    info.set_user("root");
    info.set_name("bench");
    info.set_failover_timeout(3600);
    info.set_checkpoint(true);
    info.add_roles("bench");
    info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
    return info;
  }

  void Subscribe(int i) {
    v1::scheduler::Call call;
    call.set_type(v1::scheduler::Call::SUBSCRIBE);
    *call.mutable_subscribe()->mutable_framework_info() = FrameworkInfo(i);
    call.mutable_subscribe()->add_suppressed_roles("bench");
    *call.mutable_framework_id() = call.subscribe().framework_info().id();
    CallAs(i, std::move(call));
  }

  void CallAs(int i, v1::scheduler::Call call) {
    HandleAndCommit(
        core_, now_,
        SchedulerCallReceived{SessionId{static_cast<uint64_t>(i % kFrameworks) + 1},
                              std::make_shared<const v1::scheduler::Call>(std::move(call)),
                              auth::Anonymous()});
  }

  void Send(int agent, internal::AgentMessage message) {
    HandleAndCommit(
        core_, now_,
        AgentMessageReceived{AgentSession(agent),
                             std::make_shared<const internal::AgentMessage>(std::move(message)),
                             auth::Anonymous("10.1.2.3")});
  }

  static v1::TaskStatus Status(const std::string& agent, const std::string& task,
                               v1::TaskState state, double time) {
    v1::TaskStatus status;
    status.mutable_task_id()->set_value(task);
    status.set_state(state);
    status.set_source(v1::TaskStatus::SOURCE_EXECUTOR);
    status.mutable_agent_id()->set_value(agent);
    status.mutable_executor_id()->set_value(task);
    status.set_timestamp(time);
    status.set_uuid(kUuid);
    v1::ContainerStatus* container = status.mutable_container_status();
    container->mutable_container_id()->set_value("a7d3fa36-f231-42b0-859b-55b33e676f08");
    container->set_executor_pid(8437);
    v1::NetworkInfo::IPAddress* address = container->add_network_infos()->add_ip_addresses();
    address->set_protocol(v1::NetworkInfo::IPv4);
    address->set_ip_address("10.1.2.3");
    return status;
  }

  static void FillTask(int agent, int i, bool completed, v1::Task* task) {
    task->set_name("service.instance");
    task->mutable_task_id()->set_value(TaskId(agent, i));
    task->mutable_framework_id()->set_value(FrameworkId(agent));
    task->mutable_agent_id()->set_value(AgentId(agent));
    AddScalar("cpus", 0.1, "bench", task->mutable_resources());
    AddScalar("mem", 32, "bench", task->mutable_resources());
    const double time = 1795333432.25 + agent + i / 7.0;
    const auto add = [&](v1::TaskState state, double at) {
      *task->add_statuses() = Status(AgentId(agent), TaskId(agent, i), state, at);
      task->set_state(state);
      task->set_status_update_state(state);
    };
    add(v1::TASK_STARTING, time);
    add(v1::TASK_RUNNING, time + 0.023017);
    if (completed) add(v1::TASK_FINISHED, time + 1.271);
    task->set_status_update_uuid(kUuid);
  }

  void AddAgent(int i) {
    internal::AgentMessage message;
    internal::ReregisterAgent* agent = message.mutable_reregister_agent();
    v1::AgentInfo* info = agent->mutable_info();
    info->mutable_id()->set_value(AgentId(i));
    info->set_hostname(absl::StrCat("host", i, ".example.com"));
    info->set_port(5051);
    AddScalar("cpus", 16, nullptr, info->mutable_resources());
    AddScalar("mem", 65536, nullptr, info->mutable_resources());
    AddScalar("disk", 500'000, nullptr, info->mutable_resources());
    v1::Resource* ports = info->add_resources();
    ports->set_name("ports");
    ports->set_type(v1::Value::RANGES);
    v1::Value::Range* range = ports->mutable_ranges()->add_range();
    range->set_begin(31000);
    range->set_end(32000);
    agent->set_version("1.12.0");
    *agent->add_frameworks() = FrameworkInfo(i);
    for (int task = 0; task < kRunningPerAgent + kCompletedPerAgent; ++task) {
      FillTask(i, task, task >= kRunningPerAgent, agent->add_tasks());
    }
    Send(i, std::move(message));
    for (int task = kRunningPerAgent; task < kRunningPerAgent + kCompletedPerAgent; ++task) {
      v1::scheduler::Call call;
      call.set_type(v1::scheduler::Call::ACKNOWLEDGE);
      call.mutable_framework_id()->set_value(FrameworkId(i));
      call.mutable_acknowledge()->mutable_agent_id()->set_value(AgentId(i));
      call.mutable_acknowledge()->mutable_task_id()->set_value(TaskId(i, task));
      call.mutable_acknowledge()->set_uuid(kUuid);
      CallAs(i, std::move(call));
    }
  }

  absl::Time now_ = absl::UnixEpoch();
  MasterCore core_;
};

size_t Drain(net::BodySource& body, double* first_piece) {
  const auto start = std::chrono::steady_clock::now();
  std::string piece;
  size_t bytes = 0;
  bool more = true;
  *first_piece = 0;
  while (more) {
    piece.clear();
    more = body.Next(piece);
    if (bytes == 0) *first_piece = MillisecondsSince(start);
    bytes += piece.size();
  }
  return bytes;
}

void Report(const char* name, std::unique_ptr<net::BodySource> body) {
  const auto start = std::chrono::steady_clock::now();
  double first_piece = 0;
  const size_t bytes = Drain(*body, &first_piece);
  std::printf("%-28s first %7.2f ms  whole %8.1f ms  %7.1f MB\n", name, first_piece,
              MillisecondsSince(start), static_cast<double>(bytes) / 1e6);
}

std::unique_ptr<net::BodySource> Body(absl::StatusOr<ClassicAnswer> answer) {
  return std::move(answer->body);
}

// The slowest of some snapshots, with some updates before each.
double SlowestSnapshot(Cluster& cluster, int rounds) {
  double slowest = 0;
  std::vector<std::shared_ptr<const Snapshot>> held;
  for (int i = 0; i < rounds; ++i) {
    cluster.UpdateTasks(i * 100 % kAgents, 100);
    const auto start = std::chrono::steady_clock::now();
    held.push_back(cluster.TakeSnapshot());
    slowest = std::max(slowest, MillisecondsSince(start));
    if (held.size() > 20) held.erase(held.begin());
  }
  return slowest;
}

int Main() {
  const auto start = std::chrono::steady_clock::now();
  Cluster cluster;
  std::printf("filled in %.1f s, resident %.0f MB\n", MillisecondsSince(start) / 1000,
              ResidentMegabytes());
  auto before = std::chrono::steady_clock::now();
  std::shared_ptr<const Snapshot> snapshot = cluster.TakeSnapshot();
  std::printf("first snapshot                %.2f ms\n", MillisecondsSince(before));
  std::printf("slowest of 200 with updates   %.2f ms\n", SlowestSnapshot(cluster, 200));

  const net::HttpRequest request;
  using v1::master::Call;
  for (int round = 0; round < 2; ++round) {
    snapshot = cluster.TakeSnapshot();
    Report("/state", Body(ReadState(snapshot, {}, request)));
    Report("/state-summary", Body(ReadStateSummary(snapshot, request)));
    Report("/tasks", Body(ReadTasks(snapshot, request)));
    Report("/slaves", Body(ReadSlaves(snapshot, "", request)));
    Report("GET_STATE JSON", StreamRead(snapshot, Call::GET_STATE, net::MediaType::kJson));
    Report("GET_STATE protobuf", StreamRead(snapshot, Call::GET_STATE, net::MediaType::kProtobuf));
    snapshot = nullptr;
  }
  std::printf("resident after reads          %.0f MB\n", ResidentMegabytes());

  // Two threads render without end; each also stands for ten readers that hold their snapshots.
  std::atomic<bool> stop = false;
  std::vector<std::thread> readers;
  const std::shared_ptr<const Snapshot> read = cluster.TakeSnapshot();
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&stop, &request, read] {
      while (!stop) {
        double first_piece = 0;
        Drain(*Body(ReadState(read, {}, request)), &first_piece);
      }
    });
  }
  std::printf("slowest of 200 beside readers %.2f ms\n", SlowestSnapshot(cluster, 200));
  stop = true;
  for (std::thread& reader : readers) reader.join();

  cluster.TouchAgents();
  before = std::chrono::steady_clock::now();
  snapshot = cluster.TakeSnapshot();
  std::printf("with every agent changed      %.2f ms\n", MillisecondsSince(before));
  return 0;
}

}  // namespace
}  // namespace mesos::master

int main() { return mesos::master::Main(); }
