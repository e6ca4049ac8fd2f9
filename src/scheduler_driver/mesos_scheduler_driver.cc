// Behind include/mesos/scheduler.h: turns methods into the core's events, and its effects into
// callbacks.

#include <mesos/scheduler.h>

#include <cstdlib>
#include <optional>
#include <random>
#include <utility>

#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/core_host/core_host.h"
#include "common/leader/leader_dialer.h"
#include "glog/logging.h"
#include "scheduler_driver/core/driver_core.h"
#include "scheduler_driver/dial.h"
#include "scheduler_driver/driver_defaults.h"
#include "scheduler_driver/find_master.h"

namespace mesos {
namespace {

namespace core = scheduler_driver;
using v1::scheduler::Call;

struct DriverTraits {
  using Core = core::DriverCore;
  using Options = core::DriverOptions;
  using Event = core::Event;
  using Effect = core::Effect;
  using SessionOpened = core::SessionOpened;
  using SessionClosed = core::SessionClosed;
  using EventReceived = core::EventReceived;
  using Paused = core::Paused;
  using Tick = core::Tick;
  using OpenSession = core::OpenSession;
  using SendCall = core::SendCall;
  using CloseSession = core::CloseSession;
  using AbandonSession = core::AbandonSession;
  using Finished = core::Finished;
  using In = v1::scheduler::Event;
  using Out = Call;
  static constexpr char kThreadName[] = "sched-driver";
  static constexpr char kCallbackThreadName[] = "sched-callback";
};

std::shared_ptr<Call> NewCall(Call::Type type) {
  auto call = std::make_shared<Call>();
  call->set_type(type);
  return call;
}

}  // namespace

void Scheduler::callRejected(SchedulerDriver*, Call::Type type, const std::string& message) {
  LOG(WARNING) << "the master refused a call type=" << Call::Type_Name(type) << ": " << message;
}

class MesosSchedulerDriver::Impl {
 public:
  Impl(SchedulerDriver* driver, Scheduler* scheduler, core::DriverOptions options,
       const std::string& master)
      : driver_(driver),
        scheduler_(scheduler),
        host_(std::move(options), core::DialLeader(master), [this](core::Effect& effect) {
          std::visit([this](auto& e) { Deliver(e); }, effect);
        }) {}

  ~Impl() {
    MutexLock lock(mutex_);
    if (status_ != DRIVER_RUNNING && status_ != DRIVER_NOT_STARTED) return;  // the core was told
    status_ = DRIVER_STOPPED;
    host_.DiscardCallbacks();
    host_.Post(core::Stop{.failover = true});
  }

  Status Start() {
    MutexLock lock(mutex_);
    if (status_ != DRIVER_NOT_STARTED) return status_;
    status_ = DRIVER_RUNNING;
    host_.Post(core::Start{});
    return status_;
  }

  Status Stop(bool failover) {
    MutexLock lock(mutex_);
    if (status_ == DRIVER_ABORTED) {
      status_ = DRIVER_STOPPED;
      return DRIVER_ABORTED;
    }
    if (status_ != DRIVER_RUNNING) return status_;
    status_ = DRIVER_STOPPED;
    host_.DiscardCallbacks();
    if (host_.OnCallbackThread()) {
      stop_after_callback_ = failover;  // the update of this callback is acknowledged before
    } else {
      host_.Post(core::Stop{failover});
    }
    return status_;
  }

  Status Abort() {
    MutexLock lock(mutex_);
    if (status_ != DRIVER_RUNNING) return status_;
    status_ = DRIVER_ABORTED;
    host_.DiscardCallbacks();
    host_.Post(core::Abort{});
    return status_;
  }

  Status Join() {
    {
      MutexLock lock(mutex_);
      if (status_ == DRIVER_NOT_STARTED) return status_;
    }
    if (!host_.OnCallbackThread()) host_.Join();
    MutexLock lock(mutex_);
    return status_;
  }

  Status Make(std::shared_ptr<Call> call) {
    MutexLock lock(mutex_);
    if (status_ == DRIVER_RUNNING) host_.Post(core::CallMade{std::move(call)});
    return status_;
  }

 private:
  void Deliver(core::Registered& e) {
    scheduler_->registered(driver_, e.framework_id, e.master);
    Done();
  }
  void Deliver(core::Reregistered& e) {
    scheduler_->reregistered(driver_, e.master);
    Done();
  }
  void Deliver(core::Disconnected&) {
    scheduler_->disconnected(driver_);
    Done();
  }
  void Deliver(core::ResourceOffers& e) {
    const auto& offers = e.event->offers().offers();
    scheduler_->resourceOffers(driver_, {offers.begin(), offers.end()});
    Done();
  }
  void Deliver(core::OfferRescinded& e) {
    scheduler_->offerRescinded(driver_, e.offer_id);
    Done();
  }
  void Deliver(core::StatusUpdate& e) {
    scheduler_->statusUpdate(driver_, *e.status);
    host_.Post(core::StatusUpdateReturned{std::move(e.status)});
    Done();
  }
  void Deliver(core::FrameworkMessage& e) {
    const auto& message = e.event->message();
    scheduler_->frameworkMessage(driver_, message.executor_id(), message.agent_id(),
                                 message.data());
    Done();
  }
  void Deliver(core::AgentLost& e) {
    scheduler_->agentLost(driver_, e.agent_id);
    Done();
  }
  void Deliver(core::ExecutorLost& e) {
    scheduler_->executorLost(driver_, e.executor_id, e.agent_id, e.status);
    Done();
  }
  void Deliver(core::CallRejected& e) {
    scheduler_->callRejected(driver_, e.type, e.message);
    Done();
  }
  void Deliver(core::Error& e) {
    {
      MutexLock lock(mutex_);
      if (status_ != DRIVER_RUNNING) return;
      status_ = DRIVER_ABORTED;
    }
    scheduler_->error(driver_, e.message);
  }
  void Deliver(core::Finished&) {}
  // The host keeps these for itself.
  void Deliver(core::OpenSession&) {}
  void Deliver(core::SendCall&) {}
  void Deliver(core::CloseSession&) {}
  void Deliver(core::AbandonSession&) {}

  // A callback has returned.
  void Done() {
    MutexLock lock(mutex_);
    if (!stop_after_callback_.has_value()) return;
    host_.Post(core::Stop{*std::exchange(stop_after_callback_, std::nullopt)});
  }

  SchedulerDriver* const driver_;
  Scheduler* const scheduler_;

  Mutex mutex_;
  Status status_ ABSL_GUARDED_BY(mutex_) = DRIVER_NOT_STARTED;
  // The argument of a stop() within the callback that runs now.
  std::optional<bool> stop_after_callback_ ABSL_GUARDED_BY(mutex_);

  CoreHost<DriverTraits> host_;  // last: its threads use the rest
};

namespace {

core::DriverOptions Options(const FrameworkInfo& framework, const std::string& master,
                            const std::vector<std::string>& suppressed_roles,
                            bool implicit_acknowledgements, const Credential* credential) {
  core::DriverOptions options;
  options.framework = framework;
  core::FillFrameworkDefaults(options.framework);
  options.suppressed_roles = suppressed_roles;
  options.implicit_acknowledgements = implicit_acknowledgements;
  options.seed = std::random_device{}() | (static_cast<uint64_t>(std::random_device{}()) << 32);
  if (auto target = core::FindMaster(master, getenv); !target.ok()) {
    options.refusal = std::string(target.status().message());
  } else if (credential != nullptr) {
    options.refusal =
        "credential of principal '" + credential->principal() +
        "': this version does not authenticate frameworks; start the driver without one";
  }
  return options;
}

}  // namespace

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master)
    : MesosSchedulerDriver(scheduler, framework, master, true) {}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master,
                                           bool implicit_acknowledgements)
    : MesosSchedulerDriver(scheduler, framework, std::vector<std::string>(), master,
                           implicit_acknowledgements) {}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::vector<std::string>& suppressed_roles,
                                           const std::string& master,
                                           bool implicit_acknowledgements)
    : impl_(std::make_unique<Impl>(
          this, scheduler,
          Options(framework, master, suppressed_roles, implicit_acknowledgements, nullptr),
          master)) {}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master,
                                           bool implicit_acknowledgements,
                                           const Credential& credential)
    : impl_(std::make_unique<Impl>(
          this, scheduler, Options(framework, master, {}, implicit_acknowledgements, &credential),
          master)) {}

MesosSchedulerDriver::MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                                           const std::string& master, const Credential& credential)
    : MesosSchedulerDriver(scheduler, framework, master, true, credential) {}

MesosSchedulerDriver::~MesosSchedulerDriver() = default;

Status MesosSchedulerDriver::start() { return impl_->Start(); }
Status MesosSchedulerDriver::stop(bool failover) { return impl_->Stop(failover); }
Status MesosSchedulerDriver::abort() { return impl_->Abort(); }
Status MesosSchedulerDriver::join() { return impl_->Join(); }

Status MesosSchedulerDriver::run() {
  const Status status = start();
  return status == DRIVER_RUNNING ? join() : status;
}

Status MesosSchedulerDriver::requestResources(const std::vector<Request>& requests) {
  auto call = NewCall(Call::REQUEST);
  call->mutable_request()->mutable_requests()->Add(requests.begin(), requests.end());
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::launchTasks(const std::vector<OfferID>& offers,
                                         const std::vector<TaskInfo>& tasks,
                                         const Filters& filters) {
  Offer::Operation operation;
  operation.set_type(Offer::Operation::LAUNCH);
  operation.mutable_launch()->mutable_task_infos()->Add(tasks.begin(), tasks.end());
  return acceptOffers(offers, {std::move(operation)}, filters);
}

Status MesosSchedulerDriver::launchTasks(const OfferID& offer, const std::vector<TaskInfo>& tasks,
                                         const Filters& filters) {
  return launchTasks(std::vector<OfferID>{offer}, tasks, filters);
}

Status MesosSchedulerDriver::acceptOffers(const std::vector<OfferID>& offers,
                                          const std::vector<Offer::Operation>& operations,
                                          const Filters& filters) {
  auto call = NewCall(Call::ACCEPT);
  auto* accept = call->mutable_accept();
  accept->mutable_offer_ids()->Add(offers.begin(), offers.end());
  accept->mutable_operations()->Add(operations.begin(), operations.end());
  *accept->mutable_filters() = filters;
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::declineOffer(const OfferID& offer, const Filters& filters) {
  auto call = NewCall(Call::DECLINE);
  *call->mutable_decline()->add_offer_ids() = offer;
  *call->mutable_decline()->mutable_filters() = filters;
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::reviveOffers() { return reviveOffers({}); }

Status MesosSchedulerDriver::reviveOffers(const std::vector<std::string>& roles) {
  auto call = NewCall(Call::REVIVE);
  if (!roles.empty()) call->mutable_revive()->mutable_roles()->Add(roles.begin(), roles.end());
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::suppressOffers() { return suppressOffers({}); }

Status MesosSchedulerDriver::suppressOffers(const std::vector<std::string>& roles) {
  auto call = NewCall(Call::SUPPRESS);
  if (!roles.empty()) call->mutable_suppress()->mutable_roles()->Add(roles.begin(), roles.end());
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::killTask(const TaskID& task_id) {
  auto call = NewCall(Call::KILL);
  *call->mutable_kill()->mutable_task_id() = task_id;
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::acknowledgeStatusUpdate(const TaskStatus& status) {
  auto call = NewCall(Call::ACKNOWLEDGE);
  auto* acknowledge = call->mutable_acknowledge();
  *acknowledge->mutable_agent_id() = status.agent_id();
  *acknowledge->mutable_task_id() = status.task_id();
  if (status.has_agent_id()) acknowledge->set_uuid(status.uuid());
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::sendFrameworkMessage(const ExecutorID& executor_id,
                                                  const AgentID& agent_id,
                                                  const std::string& data) {
  auto call = NewCall(Call::MESSAGE);
  *call->mutable_message()->mutable_executor_id() = executor_id;
  *call->mutable_message()->mutable_agent_id() = agent_id;
  call->mutable_message()->set_data(data);
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::reconcileTasks(const std::vector<TaskStatus>& statuses) {
  auto call = NewCall(Call::RECONCILE);
  call->mutable_reconcile();
  size_t bytes = 0;
  for (const auto& status : statuses) {
    // Of many tasks several calls are made.
    if (bytes > limits::kPartBytes) {
      impl_->Make(std::exchange(call, NewCall(Call::RECONCILE)));
      bytes = 0;
    }
    auto* task = call->mutable_reconcile()->add_tasks();
    *task->mutable_task_id() = status.task_id();
    if (status.has_agent_id()) *task->mutable_agent_id() = status.agent_id();
    bytes += task->ByteSizeLong();
  }
  return impl_->Make(std::move(call));
}

Status MesosSchedulerDriver::updateFramework(
    const FrameworkInfo& framework, const std::vector<std::string>& suppressed_roles,
    const v1::scheduler::OfferConstraints& offer_constraints) {
  auto call = NewCall(Call::UPDATE_FRAMEWORK);
  auto* update = call->mutable_update_framework();
  *update->mutable_framework_info() = framework;
  update->mutable_suppressed_roles()->Add(suppressed_roles.begin(), suppressed_roles.end());
  if (offer_constraints.role_constraints_size() > 0) {
    *update->mutable_offer_constraints() = offer_constraints;
  }
  return impl_->Make(std::move(call));
}

}  // namespace mesos
