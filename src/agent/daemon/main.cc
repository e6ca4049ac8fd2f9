// mesos-agent: flags in, an AgentDaemon, and the signals. SIGTERM and SIGINT end the agent and
// leave its tasks running; SIGUSR1 kills them, signs off from the master, and then ends.

#include <pthread.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/daemon/agent_daemon.h"
#include "agent/daemon/agent_flags.h"
#include "common/base/mutex.h"
#include "common/flags/flags.h"
#include "common/runtime/descriptor_limit.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "mesos-agent: %s\n", std::string(status.message()).c_str());
  return EXIT_FAILURE;
}

// By a signal that waits to be taken.
bool AskedToEnd() {
  sigset_t pending;
  return sigpending(&pending) == 0 &&
         (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

int Run(AgentConfig config) {
  // Blocked before the first thread, so that every thread inherits it and only sigwait takes them.
  // The core's own end comes as SIGUSR2.
  sigset_t handled;
  sigemptyset(&handled);
  for (int signal : {SIGTERM, SIGINT, SIGUSR1, SIGUSR2}) sigaddset(&handled, signal);
  pthread_sigmask(SIG_BLOCK, &handled, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  // A container takes a descriptor, and the usual soft limit is 1024. Tasks keep that.
  const absl::StatusOr<uint32_t> limit_before = RaiseDescriptorLimit();
  if (!limit_before.ok()) return Fail(limit_before.status());
  config.task_descriptor_limit = *limit_before;

  Mutex mutex;
  std::optional<absl::Status> end;
  const pthread_t self = pthread_self();
  AgentDaemon daemon(std::move(config), [&mutex, &end, self](absl::Status status) {
    MutexLock lock(mutex);
    end = std::move(status);
    pthread_kill(self, SIGUSR2);
  });
  if (absl::Status status = daemon.Start(&AskedToEnd); !status.ok()) {
    Fail(status);
    return absl::IsCancelled(status) ? EXIT_SUCCESS : EXIT_FAILURE;
  }

  while (true) {
    int signal = 0;
    sigwait(&handled, &signal);
    if (signal == SIGUSR1) {
      daemon.RequestShutdown("received SIGUSR1");
      continue;
    }
    std::optional<absl::Status> ended;
    {
      MutexLock lock(mutex);
      ended = end;
    }
    if (signal == SIGUSR2 && !ended.has_value()) continue;
    LOG(INFO) << "Agent ends: " << (ended.has_value() ? ended->ToString() : strsignal(signal));
    daemon.Stop();
    return ended.has_value() && !ended->ok() ? Fail(*ended) : EXIT_SUCCESS;
  }
}

}  // namespace
}  // namespace mesos::agent

int main(int argc, char** argv) {
  const mesos::flags::Program program = {
      .name = "mesos-agent",
      .summary =
          "Offers this machine's resources to a Mesos master and runs tasks on them. SIGUSR1 "
          "kills the tasks and signs off; SIGTERM ends the agent and leaves them running.",
      .required = {"master", "work_dir"},
      .daemon = true};
  if (std::optional<int> code = mesos::flags::StartProgram(program, argc, argv)) return *code;
  absl::StatusOr<mesos::agent::AgentConfig> config = mesos::agent::ReadAgentFlags();
  if (!config.ok()) return mesos::agent::Fail(config.status());
  return mesos::agent::Run(*std::move(config));
}
