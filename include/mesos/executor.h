#pragma once

// The driver interface of a custom executor: derive from Executor, hand it to a
// MesosExecutorDriver, run the driver. The agent starts the executor's process and says by its
// environment whom to connect to.
//
//   class MyExecutor : public mesos::Executor { ... };
//
//   int main() {
//     MyExecutor executor;
//     mesos::MesosExecutorDriver driver(&executor);
//     return driver.run() == mesos::DRIVER_STOPPED ? 0 : 1;
//   }
//
//   NOT_STARTED ──start──▶ RUNNING ──stop──▶ STOPPED
//                             │                 ▲
//                             └──abort, error──▶ ABORTED ──stop──┘
//
// Environment: MESOS_DOMAIN_SOCKET or LIBMESOS_AGENT_SOCKET (path of the agent's Unix socket), else
// MESOS_AGENT_ENDPOINT (its address); MESOS_FRAMEWORK_ID, MESOS_EXECUTOR_ID, MESOS_SLAVE_ID;
// MESOS_CHECKPOINT (1 where the framework checkpoints),
// MESOS_RECOVERY_TIMEOUT, MESOS_SUBSCRIPTION_BACKOFF_MAX and MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD
// (durations such as 15mins).
//
// An agent that goes away and comes back within the recovery timeout is told again of every task
// and update that it did not acknowledge. Where it stays away, or the framework does not
// checkpoint, shutdown() comes. After shutdown() the executor has the grace period to stop its
// tasks, send their updates and stop the driver; then the process and its group are killed.
//
// Threads and ownership: as in mesos/scheduler.h.

#include <mesos/mesos.h>

#include <memory>
#include <string>

namespace mesos {

// An inline namespace keeps the binary names of these classes apart from those inside the library.
inline namespace api {

class ExecutorDriver;

// Callbacks. Each may call the driver; none should take long, for the next waits for it.
class Executor {
 public:
  virtual ~Executor() = default;

  // The agent took the executor. Comes before every other callback but error() and shutdown().
  virtual void registered(ExecutorDriver* driver, const ExecutorInfo& executor,
                          const FrameworkInfo& framework, const AgentInfo& agent) = 0;

  // The agent, restarted, took the executor again.
  virtual void reregistered(ExecutorDriver* driver, const AgentInfo& agent) {}

  // The agent is gone, perhaps for a restart. Tasks go on; updates are kept.
  virtual void disconnected(ExecutorDriver* driver) {}

  // Start the task and tell of it by sendStatusUpdate(). Tasks of a group come one by one.
  virtual void launchTask(ExecutorDriver* driver, const TaskInfo& task) = 0;

  // Stop the task and tell of it by sendStatusUpdate(). May come more than once, and for an ended
  // task.
  virtual void killTask(ExecutorDriver* driver, const TaskID& task_id) = 0;

  // As killTask(), with the policy that the scheduler gave with the kill, if any; by default
  // killTask().
  virtual void killTaskWithPolicy(ExecutorDriver* driver, const TaskID& task_id,
                                  const KillPolicy& policy) {
    killTask(driver, task_id);
  }

  // The scheduler sent bytes. Best effort.
  virtual void frameworkMessage(ExecutorDriver* driver, const std::string& data) {}

  // Stop all tasks, send their last updates, call driver->stop(). No task comes any more.
  virtual void shutdown(ExecutorDriver* driver) = 0;

  // The driver cannot go on and is ABORTED already. The last callback.
  virtual void error(ExecutorDriver* driver, const std::string& message) = 0;
};

// What an Executor sees of its driver. Every method returns the driver's status after it; where the
// driver is not RUNNING the method does nothing. Thread-safe.
class ExecutorDriver {
 public:
  virtual ~ExecutorDriver() = default;

  // Connects. A missing or malformed environment variable comes as error(), which names it, and
  // ABORTED.
  virtual Status start() = 0;

  // Ends the driver after what was sent before has been written. Where the agent is away and has
  // not acknowledged everything, it waits for the agent, at most for the recovery timeout.
  // Idempotent.
  virtual Status stop() = 0;

  // Ends the driver at once: no callback starts after it returns.
  virtual Status abort() = 0;

  // Waits until the driver is stopped or aborted and its last callback has returned. From within a
  // callback it returns at once.
  virtual Status join() = 0;

  // start(), then join().
  virtual Status run() = 0;

  // Tells the scheduler of a task's state: `status` needs task_id and state; ids, source, timestamp
  // and uuid are the driver's to fill in. Delivered in order, and again until the agent
  // acknowledges, also over an agent's restart. TASK_STAGING is an error() that aborts.
  virtual Status sendStatusUpdate(const TaskStatus& status) = 0;

  // Bytes to the scheduler. Best effort; dropped while the agent is away.
  virtual Status sendFrameworkMessage(const std::string& data) = 0;
};

class MesosExecutorDriver : public ExecutorDriver {
 public:
  explicit MesosExecutorDriver(Executor* executor);
  MesosExecutorDriver(const MesosExecutorDriver&) = delete;
  MesosExecutorDriver& operator=(const MesosExecutorDriver&) = delete;

  // As abort() where the driver runs still; waits for the callback that runs now.
  ~MesosExecutorDriver() override;

  Status start() override;
  Status stop() override;
  Status abort() override;
  Status join() override;
  Status run() override;
  Status sendStatusUpdate(const TaskStatus& status) override;
  Status sendFrameworkMessage(const std::string& data) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace api
}  // namespace mesos
