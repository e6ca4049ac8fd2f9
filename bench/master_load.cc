// How many tasks a second go through one master: simulated agents and a scheduler on real sockets.
//
//   master_load [--agents=20] [--in_flight=1000] [--seconds=5] [--transport=http]
//               [--master=host:port]
//
// Without --master the master runs in this process, on its own thread. An agent answers at once,
// and as a real one does: an update of a task goes out when the one before it is acknowledged.
// Every task counts when its TASK_FINISHED has reached the scheduler, after TASK_STARTING and
// TASK_RUNNING.

#include <algorithm>
#include <cstdio>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/cpu_time.h"
#include "bench/http_scheduler_stream.h"
#include "bench/simulated_agent.h"
#include "common/rpc/dial.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/random.h"
#include "common/runtime/run_and_wait.h"
#include "gflags/gflags.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "master/core/master_core.h"
#include "master/host/master_host.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

DEFINE_string(master, "", "A master that runs already, as host:port.");
DEFINE_string(transport, "grpc", "How the scheduler speaks: grpc, or http with JSON.");
DEFINE_int32(connections, 8, "On how many connections calls go over HTTP.");
DEFINE_int32(agents, 20, "How many agents.");
DEFINE_int32(in_flight, 1000, "How many tasks are launched and not finished, at most.");
DEFINE_int32(tasks_per_offer, 100, "How many tasks one ACCEPT launches, at most.");
DEFINE_double(seconds, 5, "How long it measures, after one second of warming up.");
DEFINE_bool(handlers, false, "Print what each kind of work on the master's thread took.");

namespace mesos {
namespace {

using v1::scheduler::Call;
using v1::scheduler::Event;

constexpr double kTaskCpus = 0.1;
constexpr double kTaskMem = 32;

// Accepts every offer with as many tasks as fit, and acknowledges every update.
class LoadScheduler {
 public:
  LoadScheduler(const std::string& master, AsioExecutor& executor) : executor_(executor) {
    RunAndWait(executor_, "dial", [&] {
      rpc::StreamObserver<Event> observer;
      observer.message = [this](std::shared_ptr<const Event> event) { OnEvent(*event); };
      observer.closed = [](absl::Status status) {
        std::printf("scheduler's stream closed: %s\n", status.ToString().c_str());
      };
      stream_ = Dial(master, std::move(observer));
      auto call = std::make_shared<Call>();
      call->set_type(Call::SUBSCRIBE);
      v1::FrameworkInfo* info = call->mutable_subscribe()->mutable_framework_info();
      info->set_user("root");
      info->set_name("master_load");
      stream_->Send(std::move(call));
    });
  }

  void Stop() {
    RunAndWait(executor_, "stop", [&] { stream_.reset(); });
  }

  struct Counts {
    uint64_t finished = 0;
    uint64_t failed = 0;
    uint64_t offers = 0;
    uint64_t accepts = 0;
    std::vector<absl::Duration> launch_latencies;  // ACCEPT to TASK_RUNNING
    std::vector<absl::Duration> offer_latencies;   // the agent's TASK_FINISHED to the next offer
  };

  // What was counted since the last call.
  Counts TakeCounts() {
    Counts counts;
    RunAndWait(executor_, "counts", [&] { counts = std::exchange(counts_, {}); });
    return counts;
  }

 private:
  std::unique_ptr<rpc::Stream<Call>> Dial(const std::string& master,
                                          rpc::StreamObserver<Event> observer) {
    if (FLAGS_transport == "grpc") {
      return rpc::DialScheduler(master, executor_, std::move(observer));
    }
    const std::vector<std::string> parts = absl::StrSplit(master, ':');
    return std::make_unique<HttpSchedulerStream>(std::stoi(parts.back()), FLAGS_connections,
                                                 executor_, std::move(observer));
  }

  void OnEvent(const Event& event) {
    if (event.type() == Event::SUBSCRIBED) {
      framework_id_ = event.subscribed().framework_id();
    } else if (event.type() == Event::OFFERS) {
      for (const v1::Offer& offer : event.offers().offers()) OnOffer(offer);
    } else if (event.type() == Event::RESCIND) {
      offers_.erase(event.rescind().offer_id().value());
    } else if (event.type() == Event::UPDATE) {
      OnUpdate(event.update().status());
    } else if (event.type() == Event::ERROR) {
      std::printf("master says: %s\n", event.error().message().c_str());
    }
  }

  void OnOffer(const v1::Offer& offer) {
    ++counts_.offers;
    std::vector<double>& finished = finished_[offer.agent_id().value()];
    for (double time : finished)
      counts_.offer_latencies.push_back(SinceEpoch() - absl::Seconds(time));
    finished.clear();
    offers_[offer.id().value()] = offer;
    UseOffers();
  }

  // Offers that come while enough is in flight wait here.
  void UseOffers() {
    while (!offers_.empty() && in_flight_ < FLAGS_in_flight) {
      auto node = offers_.extract(offers_.begin());
      Accept(node.mapped());
    }
  }

  static int Fitting(const v1::Offer& offer) {
    double cpus = 0;
    double mem = 0;
    for (const v1::Resource& resource : offer.resources()) {
      if (resource.name() == "cpus") cpus += resource.scalar().value();
      if (resource.name() == "mem") mem += resource.scalar().value();
    }
    return static_cast<int>(std::min(cpus / kTaskCpus, mem / kTaskMem) + 1e-6);
  }

  void Accept(const v1::Offer& offer) {
    const int count =
        std::min({Fitting(offer), FLAGS_tasks_per_offer, FLAGS_in_flight - in_flight_});
    auto call = std::make_shared<Call>();
    *call->mutable_framework_id() = framework_id_;
    call->set_type(Call::ACCEPT);
    Call::Accept* accept = call->mutable_accept();
    *accept->add_offer_ids() = offer.id();
    accept->mutable_filters()->set_refuse_seconds(0);
    v1::Offer::Operation* operation = accept->add_operations();
    operation->set_type(v1::Offer::Operation::LAUNCH);
    for (int i = 0; i < count; ++i) AddTask(offer, operation->mutable_launch());
    in_flight_ += count;
    ++counts_.accepts;
    stream_->Send(std::move(call));
  }

  void AddTask(const v1::Offer& offer, v1::Offer::Operation::Launch* launch) {
    v1::TaskInfo* task = launch->add_task_infos();
    task->set_name("load");
    task->mutable_task_id()->set_value(absl::StrCat("task-", ++last_task_));
    *task->mutable_agent_id() = offer.agent_id();
    task->mutable_command()->set_value("true");
    AddScalar(task, "cpus", kTaskCpus);
    AddScalar(task, "mem", kTaskMem);
    launched_[task->task_id().value()] = executor_.Now();
  }

  static void AddScalar(v1::TaskInfo* task, const char* name, double value) {
    v1::Resource* resource = task->add_resources();
    resource->set_name(name);
    resource->set_type(v1::Value::SCALAR);
    resource->mutable_scalar()->set_value(value);
  }

  void OnUpdate(const v1::TaskStatus& status) {
    if (status.has_uuid()) Acknowledge(status);
    if (status.state() == v1::TASK_STARTING) return;
    auto it = launched_.find(status.task_id().value());
    if (it == launched_.end()) return;
    if (status.state() == v1::TASK_RUNNING) {
      counts_.launch_latencies.push_back(executor_.Now() - it->second);
      return;
    }
    launched_.erase(it);
    --in_flight_;
    if (status.state() == v1::TASK_FINISHED) {
      ++counts_.finished;
      finished_[status.agent_id().value()].push_back(status.timestamp());
    } else if (++counts_.failed == 1) {
      std::printf("%s\n", status.ShortDebugString().c_str());
    }
    UseOffers();
  }

  void Acknowledge(const v1::TaskStatus& status) {
    auto call = std::make_shared<Call>();
    *call->mutable_framework_id() = framework_id_;
    call->set_type(Call::ACKNOWLEDGE);
    Call::Acknowledge* acknowledge = call->mutable_acknowledge();
    *acknowledge->mutable_agent_id() = status.agent_id();
    *acknowledge->mutable_task_id() = status.task_id();
    acknowledge->set_uuid(status.uuid());
    stream_->Send(std::move(call));
  }

  absl::Duration SinceEpoch() const { return executor_.Now() - absl::UnixEpoch(); }

  AsioExecutor& executor_;
  std::unique_ptr<rpc::Stream<Call>> stream_;
  v1::FrameworkID framework_id_;
  std::map<std::string, v1::Offer> offers_;
  absl::flat_hash_map<std::string, absl::Time> launched_;
  // When tasks have finished whose resources have not been offered since, by agent.
  std::map<std::string, std::vector<double>> finished_;
  int in_flight_ = 0;
  uint64_t last_task_ = 0;
  Counts counts_;
};

// A master in this process.
class LocalMaster {
 public:
  LocalMaster() : host_(executor_) {}
  ~LocalMaster() { host_.Shutdown(); }

  absl::StatusOr<std::string> Start() {
    const absl::Status status = host_.Start("127.0.0.1:0", [&](int port) {
      master::MasterOptions options;
      options.id = Random(1).Uuid();
      options.hostname = "localhost";
      options.ip = "127.0.0.1";
      options.port = port;
      options.version = "bench";
      options.start_time = executor_.Now();
      return std::make_unique<master::MasterCore>(options, master::NewHierarchicalAllocator({}),
                                                  executor_.Now());
    });
    if (!status.ok()) return status;
    return absl::StrCat("127.0.0.1:", host_.port());
  }

  const AsioExecutor& executor() const { return executor_; }

 private:
  AsioExecutor executor_{"master"};
  master::MasterHost host_;
};

void PrintHandlers(const AsioExecutor& executor) {
  for (const HandlerStats& stats : executor.Snapshot()) {
    std::printf("  %-16s %9lu times, run %8.1f ms, queued avg %8.0f us max %8.0f us\n",
                stats.name.c_str(), stats.count, absl::ToDoubleMilliseconds(stats.run_total),
                absl::ToDoubleMicroseconds(stats.queue_total) / static_cast<double>(stats.count),
                absl::ToDoubleMicroseconds(stats.queue_max));
  }
}

void PrintPercentiles(const char* what, std::vector<absl::Duration> latencies) {
  if (latencies.empty()) return;
  std::sort(latencies.begin(), latencies.end());
  const auto at = [&](size_t percent) {
    return absl::ToDoubleMilliseconds(latencies[latencies.size() * percent / 100]);
  };
  std::printf("  %s: p50 %.2f ms, p99 %.2f ms\n", what, at(50), at(99));
}

void AwaitSeconds(AsioExecutor& executor, double seconds) {
  std::promise<void> passed;
  executor.RunAt(executor.Now() + absl::Seconds(seconds), "await", [&] { passed.set_value(); });
  passed.get_future().wait();
}

int Run() {
  std::optional<LocalMaster> local;
  std::string target = FLAGS_master;
  if (target.empty()) {
    absl::StatusOr<std::string> started = local.emplace().Start();
    if (!started.ok()) {
      std::printf("%s\n", started.status().ToString().c_str());
      return 1;
    }
    target = *started;
  }
  AsioExecutor agents_executor("agents");
  AsioExecutor scheduler_executor("scheduler");
  std::vector<std::unique_ptr<SimulatedAgent>> agents;
  RunAndWait(agents_executor, "dial", [&] {
    for (int i = 0; i < FLAGS_agents; ++i) {
      agents.push_back(std::make_unique<SimulatedAgent>(target, i, agents_executor));
    }
  });
  LoadScheduler scheduler(target, scheduler_executor);
  AwaitSeconds(scheduler_executor, 1);
  scheduler.TakeCounts();

  const CpuTime cpu;
  const absl::Time start = scheduler_executor.Now();
  AwaitSeconds(scheduler_executor, FLAGS_seconds);
  LoadScheduler::Counts counts = scheduler.TakeCounts();
  const double seconds = absl::ToDoubleSeconds(scheduler_executor.Now() - start);
  std::printf(
      "%d agents, %d in flight: %.0f tasks/s (%lu failed), %lu offers, %lu accepts, %.1f us "
      "of CPU a task\n",
      FLAGS_agents, FLAGS_in_flight, static_cast<double>(counts.finished) / seconds, counts.failed,
      counts.offers, counts.accepts,
      cpu.Seconds() * 1e6 / static_cast<double>(std::max<uint64_t>(1, counts.finished)));
  PrintPercentiles("ACCEPT to TASK_RUNNING", counts.launch_latencies);
  PrintPercentiles("TASK_FINISHED to the next offer", counts.offer_latencies);
  if (FLAGS_handlers && local) PrintHandlers(local->executor());
  scheduler.Stop();
  RunAndWait(agents_executor, "stop", [&] { agents.clear(); });
  return counts.finished > 0 && counts.failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mesos

int main(int argc, char** argv) {
  gflags::ParseCommandLineFlags(&argc, &argv, true);
  return mesos::Run();
}
