#include "master/core/offers/launch.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "glog/logging.h"
#include "master/core/offers/offers.h"
#include "master/core/tasks/tasks.h"
#include "master/validation/offer.h"
#include "master/validation/operation.h"
#include "master/validation/task.h"

namespace mesos::master {
namespace {

void Refuse(World& world, Framework& framework, const v1::TaskInfo& task, v1::TaskState state,
            v1::TaskStatus::Reason reason, absl::string_view message) {
  ++world.stats.tasks_refused;
  LOG(WARNING) << "Refusing task_id=" << task.task_id().value() << " framework_id=" << framework.id
               << ": " << message;
  v1::TaskStatus status = MakeStatus(world, {task.task_id().value(), task.agent_id().value(), state,
                                             reason, std::string(message)});
  CountEnd(world, framework, status, state);
  SendStatus(world, framework, std::move(status));
}

// An operation other than a launch: its framework hears of the refusal by the operation's id.
// Without an id the returned error is the only way to tell.
absl::Status RefuseOperation(World& world, const Framework& framework,
                             const v1::Offer::Operation& operation, v1::OperationState state,
                             const absl::Status& why) {
  const std::string message = std::string(why.message());
  LOG(WARNING) << "Refusing operation " << v1::Offer::Operation::Type_Name(operation.type())
               << " of framework_id=" << framework.id << ": " << message;
  if (!operation.has_id()) return why;
  auto event = NewEvent(v1::scheduler::Event::UPDATE_OPERATION_STATUS);
  v1::OperationStatus* status = event->mutable_update_operation_status()->mutable_status();
  *status->mutable_operation_id() = operation.id();
  status->set_state(state);
  status->set_message(message);
  world.SendToFramework(framework, std::move(event));
  return absl::OkStatus();
}

// The offers are not all valid: what is still offered goes back, and every task is lost before it
// began.
absl::Status RefuseAll(World& world, Framework& framework,
                       const v1::scheduler::Call::Accept& accept, const absl::Status& why) {
  absl::Status untold;
  for (const v1::OfferID& id : accept.offer_ids()) {
    Offer* offer = world.FindOffer(id.value());
    if (offer != nullptr && offer->framework == &framework) {
      DiscardOffer(world, *offer, Rescind::kNo, ReadFilter(world, accept.filters()));
    }
  }
  const v1::TaskState state = framework.partition_aware ? v1::TASK_DROPPED : v1::TASK_LOST;
  for (const v1::Offer::Operation& operation : accept.operations()) {
    const std::vector<const v1::TaskInfo*> tasks = TasksOf(operation);
    for (const v1::TaskInfo* task : tasks) {
      Refuse(world, framework, *task, state, v1::TaskStatus::REASON_INVALID_OFFERS,
             absl::StrCat("Task launched with invalid offers: ", why.message()));
    }
    if (tasks.empty() && operation.type() != v1::Offer::Operation::LAUNCH) {
      untold.Update(RefuseOperation(
          world, framework, operation, v1::OPERATION_DROPPED,
          absl::Status(why.code(),
                       absl::StrCat("Operation attempted with invalid offers: ", why.message()))));
    }
  }
  return untold;
}

v1::Task MakeTask(const Framework& framework, const v1::TaskInfo& info) {
  v1::Task task;
  task.set_name(info.name());
  *task.mutable_task_id() = info.task_id();
  task.mutable_framework_id()->set_value(framework.id);
  if (info.has_executor()) *task.mutable_executor_id() = info.executor().executor_id();
  *task.mutable_agent_id() = info.agent_id();
  task.set_state(v1::TASK_STAGING);
  *task.mutable_resources() = info.resources();
  if (info.has_labels()) *task.mutable_labels() = info.labels();
  if (info.has_discovery()) *task.mutable_discovery() = info.discovery();
  if (info.has_container()) *task.mutable_container() = info.container();
  if (info.has_health_check()) *task.mutable_health_check() = info.health_check();
  if (info.has_kill_policy()) *task.mutable_kill_policy() = info.kill_policy();
  *task.mutable_limits() = info.limits();
  const v1::CommandInfo& command = info.has_command() ? info.command() : info.executor().command();
  if (command.has_user()) task.set_user(command.user());
  return task;
}

// The launches of one ACCEPT, all on one agent from one pool of offered resources.
class Launcher {
 public:
  Launcher(World& world, Framework& framework, Agent& agent, std::string role,
           const ResourceSet& offered)
      : world_(world),
        framework_(framework),
        agent_(agent),
        role_(std::move(role)),
        left_(offered.AllocatedTo(role_)) {}

  void Launch(const v1::TaskInfo& wanted) {
    auto owned = std::make_unique<v1::TaskInfo>(wanted);
    v1::TaskInfo& task = *owned;
    NormalizeTask(framework_.id, role_, &task);
    const auto find_task = [this](absl::string_view id) { return Presence(id); };
    const auto find_executor = [this](absl::string_view id) -> const v1::ExecutorInfo* {
      const Executor* executor = FindExecutor(agent_, framework_, id);
      return executor == nullptr ? nullptr : executor->info.get();
    };
    absl::StatusOr<LaunchResources> needs = ValidateTask(
        task, LaunchContext{framework_.id, agent_.id, left_, find_task, find_executor});
    if (!needs.ok()) {
      Refuse(world_, framework_, wanted, v1::TASK_ERROR, v1::TaskStatus::REASON_TASK_INVALID,
             needs.status().message());
      return;
    }
    left_ -= needs->task;
    left_ -= needs->executor;
    if (task.has_executor() &&
        FindExecutor(agent_, framework_, task.executor().executor_id().value()) == nullptr) {
      AddExecutor(world_,
                  {framework_, agent_, std::make_shared<const v1::ExecutorInfo>(task.executor()),
                   role_, needs->executor.Unallocated()});
    }
    AddTask(world_,
            {framework_, agent_, MakeTask(framework_, task), role_, needs->task.Unallocated()});
    ++world_.stats.tasks_launched;
    VLOG(1) << "Launching task_id=" << task.task_id().value() << " framework_id=" << framework_.id
            << " agent_id=" << agent_.id << " resources=" << needs->task.ToString();
    const size_t bytes = task.ByteSizeLong();
    if (bytes_ + bytes > limits::kPartBytes) SendPart();
    bytes_ += bytes;
    run_->mutable_tasks()->AddAllocated(owned.release());
    launched_ = true;
  }

  // Sends what was launched and gives back what is left.
  void Finish(const v1::Filters& filters) {
    SendPart();
    std::optional<OfferFilter> filter;
    if (!launched_) {
      filter = ReadFilter(world_, filters);
    } else if (const absl::Duration refusal = RefuseDuration(filters);
               refusal > absl::ZeroDuration()) {
      // Who launches may have the rest again at once.
      filter = OfferFilter{world_.now + refusal};
    }
    Return(world_, framework_, agent_, role_, left_.Unallocated(), filter);
  }

 private:
  TaskPresence Presence(absl::string_view task_id) const {
    if (FindTask(framework_, task_id) != nullptr) return TaskPresence::kActive;
    if (framework_.unreachable_tasks.Contains(task_id)) return TaskPresence::kUnreachable;
    return TaskPresence::kUnknown;
  }

  // An ACCEPT may be nearly as large as a message, and what becomes of it larger.
  void SendPart() {
    if (run_->tasks_size() == 0) return;
    *run_->mutable_framework() = *framework_.info;
    world_.SendToAgent(agent_, std::move(command_));
    command_ = std::make_shared<internal::MasterMessage>();
    run_ = command_->mutable_run_tasks();
    bytes_ = 0;
  }

  World& world_;
  Framework& framework_;
  Agent& agent_;
  const std::string role_;
  ResourceSet left_;  // with allocation_info
  bool launched_ = false;

  // What is to be sent next, with tasks of `bytes_`.
  std::shared_ptr<internal::MasterMessage> command_ = std::make_shared<internal::MasterMessage>();
  internal::RunTasks* run_ = command_->mutable_run_tasks();
  size_t bytes_ = 0;
};

absl::Status Perform(World& world, Framework& framework, const v1::Offer::Operation& operation,
                     Launcher& launcher) {
  const absl::Status valid = ValidateOperation(operation);
  if (valid.ok()) {
    for (const v1::TaskInfo& task : operation.launch().task_infos()) launcher.Launch(task);
    return absl::OkStatus();
  }
  const std::vector<const v1::TaskInfo*> tasks = TasksOf(operation);
  const v1::TaskStatus::Reason reason = operation.type() == v1::Offer::Operation::LAUNCH_GROUP
                                            ? v1::TaskStatus::REASON_TASK_GROUP_INVALID
                                            : v1::TaskStatus::REASON_TASK_INVALID;
  for (const v1::TaskInfo* task : tasks) {
    Refuse(world, framework, *task, v1::TASK_ERROR, reason, valid.message());
  }
  if (!tasks.empty()) return absl::OkStatus();
  return RefuseOperation(world, framework, operation, v1::OPERATION_ERROR, valid);
}

}  // namespace

absl::Status Accept(World& world, Framework& framework, const v1::scheduler::Call::Accept& accept) {
  const absl::Status valid = ValidateOffers(
      accept.offer_ids(), framework.id, [&](absl::string_view id) -> std::optional<OfferFacts> {
        const Offer* offer = world.FindOffer(id);
        if (offer == nullptr) return std::nullopt;
        return OfferFacts{offer->framework->id, offer->agent->id, offer->role};
      });
  if (!valid.ok()) {
    return RefuseAll(world, framework, accept, valid);
  }
  const Offer& first = *world.FindOffer(accept.offer_ids(0).value());
  Agent& agent = *first.agent;
  const std::string role = first.role;
  ResourceSet offered;
  for (const v1::OfferID& id : accept.offer_ids()) {
    offered += TakeOffer(world, *world.FindOffer(id.value()));
    ++world.stats.offers_accepted;
    ++framework.counters.offers_accepted;
  }
  Launcher launcher(world, framework, agent, role, offered);
  absl::Status untold;
  for (const v1::Offer::Operation& operation : accept.operations()) {
    ++framework.counters.operations[operation.type()];
    untold.Update(Perform(world, framework, operation, launcher));
  }
  launcher.Finish(accept.filters());
  return untold;
}

}  // namespace mesos::master
