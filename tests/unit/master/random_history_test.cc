// Random histories: schedulers and agents that come, go, launch, end, lie and forget, in any order,
// while the registry is fast or slow. After every event the books must add up (the harness checks),
// the registry must hold what the master knows, and at the end everything must be free again.

#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "master/core/views/snapshot.h"
#include "tests/unit/master/harness.h"

namespace mesos::master {
namespace {

constexpr char kAgentResources[] = "cpus:8;mem:4096";

class RandomHistory {
 public:
  explicit RandomHistory(uint32_t seed) : random_(seed) {}

  void Run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) Step();
    Drain();
  }

 private:
  // A scheduler with what it believes.
  struct Scheduler {
    explicit Scheduler(SchedulerSession& session_in) : session(&session_in) {}
    SchedulerSession* session;
    std::vector<v1::Offer> offers;
    std::vector<v1::TaskStatus> updates;  // not acknowledged
    bool open = true;
  };
  // An agent with what runs there.
  struct Worker {
    explicit Worker(AgentSession& session_in) : session(&session_in) {}
    AgentSession* session;
    std::vector<v1::Task> tasks;
    std::vector<v1::FrameworkInfo> frameworks;
    bool open = true;
  };

  size_t Pick(size_t size) { return std::uniform_int_distribution<size_t>(0, size - 1)(random_); }
  bool Chance(int percent) { return Pick(100) < static_cast<size_t>(percent); }

  void Step() {
    switch (Pick(14)) {
      case 0:
        if (schedulers_.size() < 4) schedulers_.emplace_back(master_.Subscribe(Info()));
        break;
      case 1:
        if (workers_.size() < 4) AddWorker();
        break;
      case 2:
        if (Chance(20)) CloseScheduler();
        break;
      case 3:
        if (Chance(30)) CloseWorker();
        break;
      case 4:
        ReturnScheduler();
        break;
      case 5:
        ReturnWorker();
        break;
      case 6:
      case 7:
        Launch();
        break;
      case 8:
        Decline();
        break;
      case 9:
        Update();
        break;
      case 10:
        Acknowledge();
        break;
      case 11:
        master_.Advance(absl::Seconds(Pick(Chance(5) ? 100 : 4) + 1));
        break;
      case 12:
        Disturb();
        break;
      case 13:
        HoldWrites();
        break;
    }
    TakeMessages();
    if (master_.held_writes() == 0) CheckRegistry();
  }

  static v1::FrameworkInfo Info() {
    v1::FrameworkInfo info = Harness::FrameworkInfo("a");
    info.add_roles("b");
    return info;
  }

  void HoldWrites() {
    master_.hold_writes = Chance(50);
    for (size_t i = Pick(4); i > 0 && master_.held_writes() > 0; --i) master_.CommitWrite();
    if (!master_.hold_writes) master_.CommitWrites();
  }

  // With nothing under way, the registry has who is here or awaited as admitted, and who was given
  // up as unreachable.
  void CheckRegistry() {
    const std::shared_ptr<const Snapshot> snapshot = master_.TakeSnapshot();
    std::set<std::string> known;
    for (size_t i = 0; i < snapshot->agents.size(); ++i) {
      if (snapshot->agents[i] != nullptr) known.insert(snapshot->agents[i]->id());
    }
    for (const auto& info : *snapshot->awaited_agents) known.insert(info->id().value());
    std::set<std::string> admitted;
    size_t unreachable = 0;
    for (const auto& [id, agent] : master_.registry().agents()) {
      if (agent.standing == AgentStanding::kAdmitted) admitted.insert(id);
      if (agent.standing == AgentStanding::kUnreachable) ++unreachable;
    }
    EXPECT_EQ(known, admitted);
    EXPECT_EQ(snapshot->unreachable_agents, unreachable);
  }

  void AddWorker() {
    master_.hold_writes = false;
    master_.CommitWrites();
    workers_.emplace_back(
        master_.RegisterAgent(kAgentResources, absl::StrCat("host", workers_.size() + Pick(2))));
  }

  void CloseScheduler() {
    if (schedulers_.empty()) return;
    Scheduler& scheduler = schedulers_[Pick(schedulers_.size())];
    if (!scheduler.open || scheduler.session->closed) return;
    master_.Close(*scheduler.session);
    scheduler.open = false;
  }

  void CloseWorker() {
    if (workers_.empty()) return;
    Worker& worker = workers_[Pick(workers_.size())];
    if (!worker.open || worker.session->closed) return;
    master_.Close(*worker.session);
    worker.open = false;
  }

  void ReturnScheduler() {
    if (schedulers_.empty()) return;
    Scheduler& scheduler = schedulers_[Pick(schedulers_.size())];
    if (scheduler.open && !scheduler.session->closed && !Chance(10)) return;
    v1::FrameworkInfo info = Info();
    info.mutable_id()->set_value(scheduler.session->framework_id);
    SchedulerSession& session = master_.TrySubscribe(info);
    if (session.closed) {
      scheduler = Scheduler(master_.Subscribe(Info()));
    } else {
      session.framework_id = info.id().value();
      scheduler = Scheduler(session);
    }
  }

  void ReturnWorker() {
    if (workers_.empty()) return;
    Worker& worker = workers_[Pick(workers_.size())];
    if (worker.open && !worker.session->closed && !Chance(10)) return;
    internal::AgentMessage message;
    internal::ReregisterAgent* reregister = message.mutable_reregister_agent();
    *reregister->mutable_info() = Harness::AgentInfo(kAgentResources);
    reregister->mutable_info()->mutable_id()->set_value(worker.session->agent_id);
    reregister->set_version("1.12.0");
    for (const v1::FrameworkInfo& info : worker.frameworks) *reregister->add_frameworks() = info;
    for (const v1::Task& task : worker.tasks) {
      if (!Chance(10)) *reregister->add_tasks() = task;
    }
    AgentSession& session = master_.NewAgentSession();
    session.agent_id = worker.session->agent_id;
    master_.Send(session, message);
    worker.session = &session;
    worker.open = !session.closed;
  }

  void Launch() {
    if (schedulers_.empty()) return;
    Scheduler& scheduler = schedulers_[Pick(schedulers_.size())];
    if (scheduler.offers.empty() || scheduler.session->closed || !scheduler.open) return;
    const v1::Offer offer = scheduler.offers.back();
    scheduler.offers.pop_back();
    std::vector<v1::TaskInfo> tasks;
    for (size_t i = 0; i <= Pick(3); ++i) {
      const std::string id = Chance(5) ? "same" : absl::StrCat("t", next_task_++);
      const std::string resources = Chance(5) ? "cpus:100;mem:1" : "cpus:1;mem:128";
      tasks.push_back(Chance(30)
                          ? Harness::ExecutorTask(id, absl::StrCat("e", Pick(2)), offer, resources)
                          : Harness::CommandTask(id, offer, resources));
    }
    master_.Launch(*scheduler.session, {offer}, tasks, Chance(50) ? 0 : 5);
  }

  void Decline() {
    if (schedulers_.empty()) return;
    Scheduler& scheduler = schedulers_[Pick(schedulers_.size())];
    if (scheduler.offers.empty() || scheduler.session->closed || !scheduler.open) return;
    master_.Decline(*scheduler.session, scheduler.offers.back(), static_cast<double>(Pick(10)));
    scheduler.offers.pop_back();
  }

  void Update() {
    if (workers_.empty()) return;
    Worker& worker = workers_[Pick(workers_.size())];
    if (worker.tasks.empty() || !worker.open || worker.session->closed) return;
    const size_t at = Pick(worker.tasks.size());
    v1::Task& task = worker.tasks[at];
    const v1::TaskState state = Chance(50) ? v1::TASK_RUNNING : v1::TASK_FINISHED;
    task.set_state(state);
    master_.SendUpdate(*worker.session, task.framework_id().value(), task.task_id().value(), state,
                       Chance(20) ? v1::TASK_FAILED : state);
    if (state == v1::TASK_FINISHED) worker.tasks.erase(worker.tasks.begin() + static_cast<int>(at));
  }

  void Acknowledge() {
    for (Scheduler& scheduler : schedulers_) {
      if (scheduler.updates.empty() || scheduler.session->closed || !scheduler.open) continue;
      master_.Acknowledge(*scheduler.session, scheduler.updates.back());
      scheduler.updates.pop_back();
    }
  }

  // Things that happen rarely, or should not.
  void Disturb() {
    if (schedulers_.empty() || workers_.empty()) return;
    Scheduler& scheduler = schedulers_[Pick(schedulers_.size())];
    Worker& worker = workers_[Pick(workers_.size())];
    if (Chance(10) && scheduler.open && !scheduler.session->closed) {
      master_.Call(*scheduler.session,
                   master_.MakeCall(*scheduler.session, SchedulerCall::TEARDOWN));
    } else if (Chance(10) && worker.open && !worker.session->closed) {
      internal::AgentMessage message;
      message.mutable_unregister_agent();
      master_.Send(*worker.session, message);
    } else if (Chance(10)) {
      v1::master::Call call;
      call.set_type(v1::master::Call::MARK_AGENT_GONE);
      call.mutable_mark_agent_gone()->mutable_agent_id()->set_value(worker.session->agent_id);
      master_.Handle(OperatorCallReceived{CallToken{1'000'000 + next_task_++},
                                          std::make_shared<const v1::master::Call>(call),
                                          auth::Anonymous()});
    } else if (worker.open && !worker.session->closed) {
      internal::AgentMessage message;
      message.mutable_executor_exited()->mutable_framework_id()->set_value(
          scheduler.session->framework_id);
      message.mutable_executor_exited()->mutable_executor_id()->set_value(
          absl::StrCat("e", Pick(2)));
      message.mutable_executor_exited()->set_status(0);
      master_.Send(*worker.session, message);
    }
  }

  void TakeMessages() {
    for (Scheduler& scheduler : schedulers_) {
      for (const auto& event : scheduler.session->received) {
        for (const v1::Offer& offer : event->offers().offers()) scheduler.offers.push_back(offer);
        if (event->update().status().has_uuid())
          scheduler.updates.push_back(event->update().status());
      }
      scheduler.session->received.clear();
    }
    for (Worker& worker : workers_) {
      for (const auto& message : worker.session->received) {
        if (!message->has_run_tasks()) continue;
        Run(worker, message->run_tasks());
      }
      worker.session->received.clear();
    }
  }

  void Run(Worker& worker, const internal::RunTasks& run) {
    bool known = false;
    for (const v1::FrameworkInfo& info : worker.frameworks)
      known |= info.id().value() == run.framework().id().value();
    if (!known) worker.frameworks.push_back(run.framework());
    for (const v1::TaskInfo& info : run.tasks()) {
      v1::Task task;
      task.set_name(info.name());
      *task.mutable_task_id() = info.task_id();
      *task.mutable_framework_id() = run.framework().id();
      *task.mutable_agent_id() = info.agent_id();
      *task.mutable_resources() = info.resources();
      task.set_state(v1::TASK_STAGING);
      worker.tasks.push_back(task);
    }
  }

  // Everybody leaves: what is left must be nothing.
  void Drain() {
    master_.hold_writes = false;
    master_.CommitWrites();
    for (Scheduler& scheduler : schedulers_) {
      v1::master::Call call;
      call.set_type(v1::master::Call::TEARDOWN);
      call.mutable_teardown()->mutable_framework_id()->set_value(scheduler.session->framework_id);
      (void)master_.Operate(call, nullptr);
    }
    master_.Advance(absl::Minutes(30));
    EXPECT_EQ(master_.Stats().tasks, 0u);
    EXPECT_EQ(master_.Stats().offers, 0u);
    EXPECT_EQ(master_.Stats().frameworks, 0u);
    const v1::master::Response response = master_.Read(v1::master::Call::GET_AGENTS);
    for (const auto& agent : response.get_agents().agents()) {
      EXPECT_EQ(agent.allocated_resources_size(), 0) << agent.ShortDebugString();
    }
  }

  std::mt19937 random_;
  Harness master_;
  std::vector<Scheduler> schedulers_;
  std::vector<Worker> workers_;
  uint64_t next_task_ = 0;
};

TEST(RandomHistoryTest, TheBooksAlwaysAddUp) {
  for (uint32_t seed = 1; seed <= 60 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed=", seed));
    RandomHistory(seed).Run(400);
  }
}

}  // namespace
}  // namespace mesos::master
