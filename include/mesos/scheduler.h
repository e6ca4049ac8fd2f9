#pragma once

// The driver interface of a framework's scheduler: derive from Scheduler, hand it to a
// MesosSchedulerDriver, run the driver.
//
//   class Hello : public mesos::Scheduler { ... };
//
//   Hello scheduler;
//   mesos::FrameworkInfo framework;
//   framework.set_user("");                       // "" is the user that runs this process
//   framework.set_name("hello");
//   mesos::MesosSchedulerDriver driver(&scheduler, framework, "localhost:5050");
//   return driver.run() == mesos::DRIVER_STOPPED ? 0 : 1;
//
//   NOT_STARTED ──start──▶ RUNNING ──stop──▶ STOPPED
//                             │                 ▲
//                             └──abort, error──▶ ABORTED ──stop──┘
//
// Threads: all callbacks of one driver come one after the other on one thread, which the driver
// owns. The driver's methods may be called from any thread, also from within a callback; join(),
// run() and the destructor may not be called from within one. Methods never wait for the master.
//
// Ownership: the scheduler outlives the driver. Neither is copied.
//
// Delivery: the driver reconnects with jittered back-off whenever it loses the master. What a
// method does while there is no master stands at the method. Calls that were handed to a connection
// that then broke are lost without notice, except acknowledgements: an update that the master did
// not see acknowledged comes again.
//
// This header names neither gRPC nor Abseil; a framework needs protobuf and this library only.

#include <mesos/mesos.h>
#include <mesos/v1/scheduler/scheduler.pb.h>

#include <memory>
#include <string>
#include <vector>

namespace mesos {

class SchedulerDriver;

// Callbacks. Each may call the driver; none should take long, for the next waits for it.
class Scheduler {
 public:
  virtual ~Scheduler() = default;

  // The master took the framework for the first time in this driver's life, also where
  // `framework_id` was given in FrameworkInfo to take over from another instance. Comes before
  // every other callback but error().
  virtual void registered(SchedulerDriver* driver, const FrameworkID& framework_id,
                          const MasterInfo& master) = 0;

  // The master, this one or a new one, took the framework again after disconnected(). Offers of
  // before are void. Tasks may have changed meanwhile: reconcileTasks() tells.
  virtual void reregistered(SchedulerDriver* driver, const MasterInfo& master) {}

  // The connection to the master is lost; the driver seeks it until it is stopped. Tasks run on.
  virtual void disconnected(SchedulerDriver* driver) {}

  // Resources that the framework may use: launchTasks(), acceptOffers() or declineOffer() each
  // offer. An offer stays this framework's until then, or until it is rescinded. Never empty.
  virtual void resourceOffers(SchedulerDriver* driver, const std::vector<Offer>& offers) = 0;

  // The offer is void: its agent is gone, it timed out, or the master needs it. Using it
  // nevertheless gives TASK_LOST or TASK_DROPPED. May also come for an offer that was used a moment
  // ago.
  virtual void offerRescinded(SchedulerDriver* driver, const OfferID& offer_id) {}

  // The state of a task changed, or is told again. Updates of a task come in order; each that
  // carries a uuid comes until it is acknowledged, so the same may come twice. With implicit
  // acknowledgements the driver acknowledges when this returns (not where it aborted the driver);
  // with explicit ones the framework calls acknowledgeStatusUpdate(). Updates without a uuid come
  // from the master or the driver itself (an invalid task, a reconciliation) and want no
  // acknowledgement.
  virtual void statusUpdate(SchedulerDriver* driver, const TaskStatus& status) = 0;

  // An executor of the framework sent bytes. Best effort: not repeated, may be lost.
  virtual void frameworkMessage(SchedulerDriver* driver, const ExecutorID& executor_id,
                                const AgentID& agent_id, const std::string& data) {}

  // The master removed the agent. Its tasks are told by statusUpdate().
  virtual void agentLost(SchedulerDriver* driver, const AgentID& agent_id) {
    slaveLost(driver, agent_id);
  }

  // The old spelling of agentLost(); comes where that is not overridden.
  virtual void slaveLost(SchedulerDriver* driver, const AgentID& agent_id) {}

  // An executor ended with `status` as wait(2) gives it. Its tasks are told by statusUpdate(). Best
  // effort.
  virtual void executorLost(SchedulerDriver* driver, const ExecutorID& executor_id,
                            const AgentID& agent_id, int status) {}

  // The master refused a call, and the driver goes on. Beyond Mesos, where refused calls vanish; by
  // default a warning is logged.
  virtual void callRejected(SchedulerDriver* driver, v1::scheduler::Call::Type type,
                            const std::string& message);

  // The driver cannot go on (the framework was refused, removed, or replaced by another instance)
  // and is ABORTED already. The last callback.
  virtual void error(SchedulerDriver* driver, const std::string& message) = 0;
};

// What a Scheduler sees of its driver. Every method returns the driver's status after it; where the
// driver is not RUNNING the method does nothing. Thread-safe.
class SchedulerDriver {
 public:
  virtual ~SchedulerDriver() = default;

  // Connects. Errors (a master's address that has no such form, an option of Mesos that this
  // version does not have) come as error() and ABORTED. A driver starts once.
  virtual Status start() = 0;

  // Ends the driver after what was called before has been written. Without `failover` the framework
  // is torn down: the master kills its tasks and forgets it. With it the framework stays for its
  // failover_timeout, so that another instance with its id takes over. Without a connection neither
  // reaches the master: it will treat the framework as failed over. No callback starts after it
  // returns (one that runs is not interrupted). After abort() it only sets STOPPED. Idempotent.
  virtual Status stop(bool failover = false) = 0;

  // As stop(true), but the status is ABORTED; an update whose callback runs now is not
  // acknowledged.
  virtual Status abort() = 0;

  // Waits until the driver is stopped or aborted and its last callback has returned. From within a
  // callback it returns at once.
  virtual Status join() = 0;

  // start(), then join().
  virtual Status run() = 0;

  // Asks the allocator for resources. Masters are free to ignore it. Dropped while disconnected.
  virtual Status requestResources(const std::vector<Request>& requests) = 0;

  // Launches tasks on the sum of `offers`, all of one agent; what the tasks leave is declined with
  // `filters`. No tasks decline the offers. A task that is not launched gets a statusUpdate() with
  // TASK_ERROR, TASK_LOST or TASK_DROPPED; while disconnected all do (REASON_MASTER_DISCONNECTED).
  virtual Status launchTasks(const std::vector<OfferID>& offers, const std::vector<TaskInfo>& tasks,
                             const Filters& filters = Filters()) = 0;
  virtual Status launchTasks(const OfferID& offer, const std::vector<TaskInfo>& tasks,
                             const Filters& filters = Filters()) = 0;

  // Applies operations in order to the sum of `offers`, all of one agent. As launchTasks()
  // otherwise. An operation with an id is an error: this interface has no callback that could tell
  // its state.
  virtual Status acceptOffers(const std::vector<OfferID>& offers,
                              const std::vector<Offer::Operation>& operations,
                              const Filters& filters = Filters()) = 0;

  // Gives an offer back; `filters.refuse_seconds` (5 by default) is for how long the same resources
  // are not to be offered again. Offers do not outlive a connection: dropped while disconnected.
  virtual Status declineOffer(const OfferID& offer, const Filters& filters = Filters()) = 0;

  // Clears the filters and the suppression of `roles` (of all roles where empty). While
  // disconnected the next registration carries it.
  virtual Status reviveOffers() = 0;
  virtual Status reviveOffers(const std::vector<std::string>& roles) = 0;

  // No offers for `roles` (all roles where empty) until they are revived; holds over reconnections.
  virtual Status suppressOffers() = 0;
  virtual Status suppressOffers(const std::vector<std::string>& roles) = 0;

  // Asks for the end of a task; TASK_KILLED tells, or what the task became instead. An unknown task
  // is answered as reconcileTasks() answers. While disconnected it is kept until the next
  // registration. Idempotent.
  virtual Status killTask(const TaskID& task_id) = 0;

  // Acknowledges an update by its uuid and agent; without a uuid nothing happens. Explicit
  // acknowledgements only: a driver with implicit ones reports an error() and aborts. Any thread,
  // any time after the update; while disconnected it is kept until the next registration.
  // Idempotent.
  virtual Status acknowledgeStatusUpdate(const TaskStatus& status) = 0;

  // Bytes to an executor of this framework. Best effort; dropped while disconnected.
  virtual Status sendFrameworkMessage(const ExecutorID& executor_id, const AgentID& agent_id,
                                      const std::string& data) = 0;

  // Asks for the state of the tasks named (by task_id, and agent_id where known), or of all where
  // empty. Answers come as statusUpdate() without uuid. Dropped while disconnected: call it from
  // reregistered().
  virtual Status reconcileTasks(const std::vector<TaskStatus>& statuses) = 0;

  // Replaces the framework's description: everything of `framework` but user, checkpoint and
  // principal can change; an id is taken from the driver where absent and must be the framework's
  // where given. Suppressed roles and offer constraints are replaced too. While disconnected the
  // next registration carries it.
  virtual Status updateFramework(const FrameworkInfo& framework,
                                 const std::vector<std::string>& suppressed_roles = {},
                                 const v1::scheduler::OfferConstraints& offer_constraints = {}) = 0;
};

// The driver. `master` is host:port, IPv4:port or [IPv6]:port. See the top of this file.
class MesosSchedulerDriver : public SchedulerDriver {
 public:
  // Keeps nothing of its arguments but `scheduler`. With `framework.id` set it takes over that
  // framework.
  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                       const std::string& master);
  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                       const std::string& master, bool implicit_acknowledgements);

  // Registration starts with `suppressed_roles`.
  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                       const std::vector<std::string>& suppressed_roles, const std::string& master,
                       bool implicit_acknowledgements = true);

  // Authentication is not part of this version: start() gives error() and ABORTED.
  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                       const std::string& master, bool implicit_acknowledgements,
                       const Credential& credential);
  MesosSchedulerDriver(Scheduler* scheduler, const FrameworkInfo& framework,
                       const std::string& master, const Credential& credential);

  MesosSchedulerDriver(const MesosSchedulerDriver&) = delete;
  MesosSchedulerDriver& operator=(const MesosSchedulerDriver&) = delete;

  // As stop(true) where the driver runs still; waits for the callback that runs now.
  ~MesosSchedulerDriver() override;

  Status start() override;
  Status stop(bool failover = false) override;
  Status abort() override;
  Status join() override;
  Status run() override;
  Status requestResources(const std::vector<Request>& requests) override;
  Status launchTasks(const std::vector<OfferID>& offers, const std::vector<TaskInfo>& tasks,
                     const Filters& filters = Filters()) override;
  Status launchTasks(const OfferID& offer, const std::vector<TaskInfo>& tasks,
                     const Filters& filters = Filters()) override;
  Status acceptOffers(const std::vector<OfferID>& offers,
                      const std::vector<Offer::Operation>& operations,
                      const Filters& filters = Filters()) override;
  Status declineOffer(const OfferID& offer, const Filters& filters = Filters()) override;
  Status reviveOffers() override;
  Status reviveOffers(const std::vector<std::string>& roles) override;
  Status suppressOffers() override;
  Status suppressOffers(const std::vector<std::string>& roles) override;
  Status killTask(const TaskID& task_id) override;
  Status acknowledgeStatusUpdate(const TaskStatus& status) override;
  Status sendFrameworkMessage(const ExecutorID& executor_id, const AgentID& agent_id,
                              const std::string& data) override;
  Status reconcileTasks(const std::vector<TaskStatus>& statuses) override;
  Status updateFramework(const FrameworkInfo& framework,
                         const std::vector<std::string>& suppressed_roles = {},
                         const v1::scheduler::OfferConstraints& offer_constraints = {}) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos
