#include "tests/sim/framework_node.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/sim/master_node.h"
#include "tests/sim/sim_containers.h"
#include "tests/sim/wire.h"

namespace mesos::sim {
namespace {

using v1::scheduler::Call;

void AddScalar(v1::TaskInfo* task, const v1::Offer& offer, const std::string& name,
               int64_t thousandths) {
  v1::Resource* resource = task->add_resources();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(thousandths / 1000.0);
  if (offer.has_allocation_info()) {
    *resource->mutable_allocation_info() = offer.allocation_info();
  }
}

// What the check finds is the agent's machine to draw.
void AddHealthCheck(v1::TaskInfo* task) {
  v1::HealthCheck& check = *task->mutable_health_check();
  check.set_type(v1::HealthCheck::COMMAND);
  check.mutable_command()->set_value("check");
  check.set_delay_seconds(1);
  check.set_interval_seconds(1);
  check.set_timeout_seconds(absl::ToDoubleSeconds(kCheckTimeout));
  check.set_grace_period_seconds(0);
  check.set_consecutive_failures(kConsecutiveFailures);
}

}  // namespace

FrameworkNode::FrameworkNode(Deps deps, const std::string& name, FrameworkBehaviour behaviour)
    : world_(deps.world),
      net_(deps.net),
      ledger_(deps.ledger),
      find_master_(std::move(deps.find_master)),
      bounds_(deps.bounds),
      behaviour_(behaviour),
      node_(world_.AddNode(name)) {}

void FrameworkNode::Start() {
  world_.Restart(node_);
  scheduler_driver::DriverOptions options;
  options.framework.set_name(world_.Name(node_));
  options.framework.set_user("root");
  options.framework.set_checkpoint(true);
  options.framework.set_failover_timeout(absl::ToDoubleSeconds(behaviour_.failover_timeout));
  auto add = [&options](v1::FrameworkInfo::Capability::Type type) {
    options.framework.add_capabilities()->set_type(type);
  };
  if (behaviour_.multi_role) {
    options.framework.add_roles("role-" + world_.Name(node_));
    options.framework.add_roles("shared/" + world_.Name(node_));
    add(v1::FrameworkInfo::Capability::MULTI_ROLE);
  } else {
    options.framework.set_role("single");
  }
  if (behaviour_.partition_aware) add(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  if (behaviour_.task_killing) add(v1::FrameworkInfo::Capability::TASK_KILLING_STATE);
  if (!framework_id_.empty()) options.framework.mutable_id()->set_value(framework_id_);
  options.implicit_acknowledgements = behaviour_.implicit_acknowledgements;
  options.seed = world_.random().Next();
  options.max_kept_calls = bounds_.kept_calls;
  executor_ = std::make_unique<SimExecutor>(world_, node_);
  dialer_ =
      MakeDialer<SchedulerDialer>(world_, net_, node_, *executor_, find_master_, kSchedulerService);
  core_ = std::make_unique<scheduler_driver::DriverCore>(options);
  armed_ = absl::InfiniteFuture();
  suppressed_ = false;
  Handle(scheduler_driver::Start{});
  world_.After(node_, absl::Seconds(1), [this] { Chores(); });
}

void FrameworkNode::Crash() {
  if (core_ == nullptr) return;
  world_.Crash(node_);
  net_.NodeDown(node_, /*polite=*/true);
  core_.reset();
  sessions_.clear();
  dialer_.reset();
  executor_.reset();
}

void FrameworkNode::Settle() { settling_ = true; }

void FrameworkNode::Handle(scheduler_driver::Event event) {
  // A callback that makes a call does so while effects are carried out: its event waits for its
  // turn.
  waiting_.push_back(std::move(event));
  if (handling_) return;
  handling_ = true;
  while (!waiting_.empty()) {
    scheduler_driver::Event next = std::move(waiting_.front());
    waiting_.pop_front();
    for (const scheduler_driver::Effect& effect : core_->Handle(world_.now(), std::move(next))) {
      CarryOut(effect);
    }
  }
  handling_ = false;
  ArmDeadline();
}

void FrameworkNode::OpenSession(SessionId session) {
  rpc::StreamObserver<v1::scheduler::Event> observer;
  observer.opened = [this, session] { Handle(scheduler_driver::SessionOpened{session}); };
  observer.message = [this, session](std::shared_ptr<const v1::scheduler::Event> event) {
    Handle(scheduler_driver::EventReceived{session, std::move(event)});
  };
  observer.closed = [this, session](absl::Status status) {
    if (sessions_.count(session) == 0) return;
    DropSession(session);
    Handle(scheduler_driver::SessionClosed{session, std::move(status)});
  };
  sessions_[session] = dialer_->Dial(*executor_, std::move(observer));
}

void FrameworkNode::DropSession(SessionId session) {
  auto dropped = sessions_.extract(session);
  if (dropped.empty()) return;
  executor_->Post("drop_session",
                  [stream = std::move(dropped.mapped())]() mutable { stream.reset(); });
}

void FrameworkNode::CarryOut(const scheduler_driver::Effect& effect) {
  using namespace scheduler_driver;  // NOLINT: the effects' names
  if (auto* open = std::get_if<scheduler_driver::OpenSession>(&effect)) {
    OpenSession(open->session);
  } else if (auto* send = std::get_if<SendCall>(&effect)) {
    if (auto it = sessions_.find(send->session); it != sessions_.end())
      it->second->Send(send->call);
  } else if (auto* close = std::get_if<CloseSession>(&effect)) {
    if (auto it = sessions_.find(close->session); it != sessions_.end())
      it->second->Close(absl::OkStatus());
  } else if (auto* abandon = std::get_if<AbandonSession>(&effect)) {
    DropSession(abandon->session);
  } else if (auto* registered = std::get_if<Registered>(&effect)) {
    framework_id_ = registered->framework_id.value();
    world_.Note(node_, "registered");
    Reconcile(/*implicit=*/false);
  } else if (std::holds_alternative<Reregistered>(effect)) {
    world_.Note(node_, "reregistered");
    Reconcile(world_.random().Below(3) == 0);
  } else if (auto* offers = std::get_if<ResourceOffers>(&effect)) {
    OnOffers(*offers->event);
  } else if (auto* update = std::get_if<StatusUpdate>(&effect)) {
    OnUpdate(update->status);
  } else if (auto* rejected = std::get_if<CallRejected>(&effect)) {
    world_.Note(node_, absl::StrCat("rejected: ", rejected->message));
    if (rejected->type == Call::KILL || rejected->type == Call::ACKNOWLEDGE) {
      ++bounds_met_["kept calls"];
    }
  } else if (auto* error = std::get_if<Error>(&effect)) {
    world_.Note(node_, absl::StrCat("error: ", error->message));
    ledger_.Fail(absl::StrCat(world_.Name(node_), " got an error: ", error->message));
  }
}

void FrameworkNode::OnOffers(const v1::scheduler::Event& event) {
  for (const v1::Offer& offer : event.offers().offers()) {
    if (settling_) continue;  // holds what it gets, so that a leak would show
    const bool done = launched_ >= behaviour_.tasks;
    if (!done && world_.random().Uniform() >= behaviour_.decline_chance) {
      LaunchOn(offer);
    } else {
      Decline(offer, world_.random().Below(3) == 0 ? 5.0 : world_.random().Uniform());
    }
  }
}

void FrameworkNode::LaunchOn(const v1::Offer& offer) {
  Call call;
  call.set_type(Call::ACCEPT);
  *call.mutable_accept()->add_offer_ids() = offer.id();
  call.mutable_accept()->mutable_filters()->set_refuse_seconds(world_.random().Uniform() * 2);
  v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
  operation->set_type(v1::Offer::Operation::LAUNCH);
  Amount left = AmountOf(offer.resources());
  const uint64_t most = 1 + world_.random().Below(3);
  for (uint64_t i = 0; i < most && launched_ < behaviour_.tasks; ++i) {
    const Amount amount{100 + static_cast<int64_t>(world_.random().Below(15)) * 100,
                        (32 + static_cast<int64_t>(world_.random().Below(200))) * 1000};
    if (!amount.Within(left)) continue;
    left.cpus -= amount.cpus;
    left.mem -= amount.mem;
    *operation->mutable_launch()->add_task_infos() = NewTask(offer, amount);
  }
  if (operation->launch().task_infos().empty()) {
    Decline(offer, 1);
    return;
  }
  Make(std::move(call));
}

v1::TaskInfo FrameworkNode::NewTask(const v1::Offer& offer, Amount amount) {
  v1::TaskInfo task;
  const std::string id = absl::StrCat(world_.Name(node_), "-task-", ++launched_);
  task.set_name(id);
  task.mutable_task_id()->set_value(id);
  *task.mutable_agent_id() = offer.agent_id();
  AddScalar(&task, offer, "cpus", amount.cpus);
  AddScalar(&task, offer, "mem", amount.mem);
  const int64_t milliseconds =
      absl::ToInt64Milliseconds(world_.random().Jitter(behaviour_.longest_task));
  const bool stubborn = world_.random().Below(5) == 0;
  const int exit_code = world_.random().Below(4) == 0 ? 3 : 0;
  task.mutable_command()->set_value(
      absl::StrCat("sim ", milliseconds, " ", exit_code, stubborn ? " stubborn" : ""));
  v1::Environment::Variable* variable =
      task.mutable_command()->mutable_environment()->add_variables();
  variable->set_name(kTaskVariable);
  variable->set_value(id);
  if (world_.random().Below(3) == 0) AddHealthCheck(&task);
  open_tasks_[id] = offer.agent_id().value();
  ledger_.Launched(id, framework_id_, offer.agent_id().value(), amount);
  if (world_.random().Uniform() < behaviour_.kill_chance) {
    world_.After(node_, world_.random().Jitter(behaviour_.longest_task), [this, id] { Kill(id); });
  }
  return task;
}

void FrameworkNode::Decline(const v1::Offer& offer, double refuse_seconds) {
  Call call;
  call.set_type(Call::DECLINE);
  *call.mutable_decline()->add_offer_ids() = offer.id();
  call.mutable_decline()->mutable_filters()->set_refuse_seconds(refuse_seconds);
  Make(std::move(call));
}

void FrameworkNode::Kill(const std::string& task) {
  auto it = open_tasks_.find(task);
  if (it == open_tasks_.end()) return;
  ledger_.KillAsked(task);
  Call call;
  call.set_type(Call::KILL);
  call.mutable_kill()->mutable_task_id()->set_value(task);
  call.mutable_kill()->mutable_agent_id()->set_value(it->second);
  if (world_.random().Below(2) == 0) {
    call.mutable_kill()->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(
        absl::ToInt64Nanoseconds(world_.random().Jitter(absl::Seconds(5))));
  }
  Make(std::move(call));
}

void FrameworkNode::Reconcile(bool implicit) {
  Call call;
  call.set_type(Call::RECONCILE);
  call.mutable_reconcile();
  if (!implicit) {
    if (open_tasks_.empty()) return;
    for (const auto& [task, agent] : open_tasks_) {
      Call::Reconcile::Task* entry = call.mutable_reconcile()->add_tasks();
      entry->mutable_task_id()->set_value(task);
      entry->mutable_agent_id()->set_value(agent);
    }
  }
  Make(std::move(call));
}

void FrameworkNode::OnUpdate(const std::shared_ptr<const v1::TaskStatus>& status) {
  const std::string& id = status->task_id().value();
  world_.Note(node_, absl::StrCat("told ", id, " ", v1::TaskState_Name(status->state()), " ",
                                  status->message()));
  ledger_.Told(id, *status);
  if (IsTerminal(status->state())) open_tasks_.erase(id);
  Handle(scheduler_driver::StatusUpdateReturned{status});
  if (!behaviour_.implicit_acknowledgements && status->has_uuid()) {
    auto copy = *status;
    world_.After(node_, world_.random().Jitter(absl::Seconds(2)),
                 [this, copy] { Acknowledge(copy); });
  }
}

void FrameworkNode::Acknowledge(const v1::TaskStatus& status) {
  Call call;
  call.set_type(Call::ACKNOWLEDGE);
  *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
  *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
  call.mutable_acknowledge()->set_uuid(status.uuid());
  Make(std::move(call));
}

void FrameworkNode::Make(Call call) {
  Handle(scheduler_driver::CallMade{std::make_shared<Call>(std::move(call))});
}

// Once a second or so: what a scheduler does of its own accord.
void FrameworkNode::Chores() {
  if (core_->registered()) {
    if (settling_) {
      if (suppressed_) {
        Call call;
        call.set_type(Call::REVIVE);
        call.mutable_revive();
        Make(std::move(call));
        suppressed_ = false;
      }
      for (const auto& [task, agent] : std::map<std::string, std::string>(open_tasks_)) {
        if (world_.random().Below(10) == 0) Kill(task);
      }
      if (world_.random().Below(10) == 0) Reconcile(/*implicit=*/false);
    } else if (world_.random().Uniform() < behaviour_.suppress_chance) {
      Call call;
      call.set_type(suppressed_ ? Call::REVIVE : Call::SUPPRESS);
      if (suppressed_) {
        call.mutable_revive();
      } else {
        call.mutable_suppress();
      }
      suppressed_ = !suppressed_;
      Make(std::move(call));
    } else if (world_.random().Below(20) == 0) {
      Reconcile(world_.random().Below(2) == 0);
    }
  }
  world_.After(node_, absl::Milliseconds(500) + world_.random().Jitter(absl::Seconds(1)),
               [this] { Chores(); });
}

void FrameworkNode::ArmDeadline() {
  const absl::Time next = core_->NextDeadline();
  if (next >= armed_ || next == absl::InfiniteFuture()) return;
  armed_ = next;
  world_.At(node_, next, [this, next] {
    if (armed_ == next) armed_ = absl::InfiniteFuture();
    if (core_->NextDeadline() <= world_.now()) {
      Handle(scheduler_driver::Tick{});
    } else {
      ArmDeadline();
    }
  });
}

}  // namespace mesos::sim
