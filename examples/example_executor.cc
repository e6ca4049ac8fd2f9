// A custom executor: it runs no processes, but says what it is told. custom_executor_framework
// talks to it.
//
// A task runs until it is killed, or until the message "finish TASK". Every message is answered:
// "ping X" by "pong X", anything else by "unknown X".
#include <mesos/executor.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>

namespace {

class ExampleExecutor : public mesos::Executor {
 public:
  void registered(mesos::ExecutorDriver*, const mesos::ExecutorInfo& executor,
                  const mesos::FrameworkInfo& framework, const mesos::AgentInfo& agent) override {
    std::printf("registered executor %s of framework %s on %s\n",
                executor.executor_id().value().c_str(), framework.id().value().c_str(),
                agent.hostname().c_str());
    std::fflush(stdout);
  }

  void reregistered(mesos::ExecutorDriver*, const mesos::AgentInfo&) override {
    std::printf("reregistered\n");
    std::fflush(stdout);
  }

  void launchTask(mesos::ExecutorDriver* driver, const mesos::TaskInfo& task) override {
    tasks_[task.task_id().value()] = task.task_id();
    Tell(driver, task.task_id(), mesos::TASK_STARTING, "");
    Tell(driver, task.task_id(), mesos::TASK_RUNNING, task.data());
  }

  void killTask(mesos::ExecutorDriver* driver, const mesos::TaskID& task_id) override {
    End(driver, task_id.value(), mesos::TASK_KILLED);
  }

  void frameworkMessage(mesos::ExecutorDriver* driver, const std::string& data) override {
    std::printf("message %s\n", data.c_str());
    std::fflush(stdout);
    if (data.rfind("ping ", 0) == 0) {
      driver->sendFrameworkMessage("pong " + data.substr(5));
    } else if (data.rfind("finish ", 0) == 0) {
      End(driver, data.substr(7), mesos::TASK_FINISHED);
    } else {
      driver->sendFrameworkMessage("unknown " + data);
    }
  }

  void shutdown(mesos::ExecutorDriver* driver) override {
    while (!tasks_.empty()) End(driver, tasks_.begin()->first, mesos::TASK_KILLED);
    driver->stop();
  }

  void error(mesos::ExecutorDriver*, const std::string& message) override {
    std::fprintf(stderr, "example_executor: %s\n", message.c_str());
  }

 private:
  void End(mesos::ExecutorDriver* driver, const std::string& id, mesos::TaskState state) {
    const auto it = tasks_.find(id);
    if (it == tasks_.end()) return;
    Tell(driver, it->second, state, "");
    tasks_.erase(it);
  }

  static void Tell(mesos::ExecutorDriver* driver, const mesos::TaskID& task_id,
                   mesos::TaskState state, const std::string& data) {
    mesos::TaskStatus status;
    *status.mutable_task_id() = task_id;
    status.set_state(state);
    if (!data.empty()) status.set_data(data);
    driver->sendStatusUpdate(status);
  }

  std::map<std::string, mesos::TaskID> tasks_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1) {
    std::printf("A custom executor; a Mesos agent starts it for custom_executor_framework.\n");
    return std::strcmp(argv[1], "--help") == 0 ? 0 : 2;
  }
  ExampleExecutor executor;
  mesos::MesosExecutorDriver driver(&executor);
  return driver.run() == mesos::DRIVER_STOPPED ? 0 : 1;
}
