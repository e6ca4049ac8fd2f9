// What one task costs the master's core, from its launch to its acknowledged end, with what stands
// around it.
//
//   build/release/bin/master_core_bench
//
// One cycle: ACCEPT with one LAUNCH, two updates (RUNNING, FINISHED), two ACKNOWLEDGEs, and the
// offer that follows. The argument is the number of agents.

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "master/core/commit_at_once.h"
#include "master/core/master_core.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {
namespace {

constexpr SessionId kScheduler{1};

void AddScalar(const char* name, double value,
               google::protobuf::RepeatedPtrField<v1::Resource>* out) {
  v1::Resource* resource = out->Add();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
}

// A master with agents and one scheduler that launches a task on each offer.
class Cluster {
 public:
  explicit Cluster(int agents) : core_(Options(), NewHierarchicalAllocator({}), now_) {
    v1::scheduler::Call call;
    call.set_type(v1::scheduler::Call::SUBSCRIBE);
    v1::FrameworkInfo* info = call.mutable_subscribe()->mutable_framework_info();
    info->set_user("root");
    info->set_name("bench");
    info->add_roles("bench");
    info->add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
    Call(std::move(call));
    for (int i = 0; i < agents; ++i) {
      internal::AgentMessage message;
      v1::AgentInfo* agent = message.mutable_register_agent()->mutable_info();
      agent->set_hostname(absl::StrCat("host", i));
      AddScalar("cpus", 16, agent->mutable_resources());
      AddScalar("mem", 65536, agent->mutable_resources());
      message.mutable_register_agent()->set_version("1.12.0");
      Send(SessionId{static_cast<uint64_t>(i) + 2}, std::move(message));
    }
  }

  // Returns false where no offer stands.
  bool RunTask() {
    if (offers_.empty()) return false;
    const v1::Offer offer = std::move(offers_.front());
    offers_.pop_front();
    const std::string task_id = absl::StrCat("task-", next_task_++);
    Launch(offer, task_id);
    for (v1::TaskState state : {v1::TASK_RUNNING, v1::TASK_FINISHED}) {
      Update(offer, task_id, state);
      Acknowledge(offer, task_id);
    }
    return true;
  }

 private:
  static MasterOptions Options() {
    MasterOptions options;
    options.id = "bench-master";
    options.ip = "127.0.0.1";
    options.start_time = absl::UnixEpoch();
    return options;
  }

  void Launch(const v1::Offer& offer, const std::string& task_id) {
    v1::scheduler::Call call;
    call.set_type(v1::scheduler::Call::ACCEPT);
    *call.mutable_accept()->add_offer_ids() = offer.id();
    v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
    operation->set_type(v1::Offer::Operation::LAUNCH);
    v1::TaskInfo* task = operation->mutable_launch()->add_task_infos();
    task->set_name(task_id);
    task->mutable_task_id()->set_value(task_id);
    *task->mutable_agent_id() = offer.agent_id();
    task->mutable_command()->set_value("true");
    AddScalar("cpus", 0.1, task->mutable_resources());
    AddScalar("mem", 32, task->mutable_resources());
    call.mutable_accept()->mutable_filters()->set_refuse_seconds(0);
    Call(std::move(call));
  }

  void Update(const v1::Offer& offer, const std::string& task_id, v1::TaskState state) {
    internal::AgentMessage message;
    internal::StatusUpdate* update = message.mutable_status_update();
    *update->mutable_framework_id() = offer.framework_id();
    v1::TaskStatus* status = update->mutable_status();
    status->mutable_task_id()->set_value(task_id);
    *status->mutable_agent_id() = offer.agent_id();
    status->set_state(state);
    status->set_uuid("0123456789abcdef");
    status->mutable_container_status()->mutable_container_id()->set_value(task_id);
    status->mutable_container_status()->add_network_infos()->add_ip_addresses()->set_ip_address(
        "127.0.0.1");
    update->set_latest_state(state);
    Send(SessionOf(offer), std::move(message));
  }

  void Acknowledge(const v1::Offer& offer, const std::string& task_id) {
    v1::scheduler::Call call;
    call.set_type(v1::scheduler::Call::ACKNOWLEDGE);
    *call.mutable_acknowledge()->mutable_agent_id() = offer.agent_id();
    call.mutable_acknowledge()->mutable_task_id()->set_value(task_id);
    call.mutable_acknowledge()->set_uuid("0123456789abcdef");
    Call(std::move(call));
  }

  // The n-th agent has the n-th session and the n-th id.
  static SessionId SessionOf(const v1::Offer& offer) {
    const std::string& id = offer.agent_id().value();
    return SessionId{std::stoull(id.substr(id.rfind('S') + 1)) + 2};
  }

  void Call(v1::scheduler::Call call) {
    if (call.type() != v1::scheduler::Call::SUBSCRIBE)
      call.mutable_framework_id()->set_value(framework_id_);
    Take(HandleAndCommit(
        core_, now_,
        SchedulerCallReceived{kScheduler,
                              std::make_shared<const v1::scheduler::Call>(std::move(call)),
                              auth::Anonymous()}));
  }

  void Send(SessionId session, internal::AgentMessage message) {
    Take(HandleAndCommit(
        core_, now_,
        AgentMessageReceived{session,
                             std::make_shared<const internal::AgentMessage>(std::move(message)),
                             auth::Anonymous("127.0.0.1")}));
  }

  void Take(const Effects& effects) {
    for (const Effect& effect : effects) {
      const auto* send = std::get_if<SendToScheduler>(&effect);
      if (send == nullptr) continue;
      if (send->event->has_subscribed())
        framework_id_ = send->event->subscribed().framework_id().value();
      for (const v1::Offer& offer : send->event->offers().offers()) offers_.push_back(offer);
    }
  }

  absl::Time now_ = absl::UnixEpoch();
  MasterCore core_;
  std::string framework_id_;
  std::deque<v1::Offer> offers_;
  uint64_t next_task_ = 0;
};

void BM_TaskCycle(benchmark::State& state) {
  Cluster cluster(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    if (!cluster.RunTask()) {
      state.SkipWithError("No offer stands");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_TaskCycle)->Arg(1)->Arg(100)->Arg(5000)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mesos::master

BENCHMARK_MAIN();
