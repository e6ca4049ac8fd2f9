// mesos-execute: runs a command on a cluster as one task or several, prints each state, and exits
// as the task did.
#include <mesos/scheduler.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <iostream>
#include <optional>
#include <thread>

#include "absl/time/clock.h"
#include "cli/agent_files.h"
#include "cli/execute_plan.h"
#include "cli/execute_scheduler.h"
#include "cli/output_follower.h"
#include "common/flags/flags.h"
#include "common/runtime/asio_executor.h"

DEFINE_string(master, "", "The master, as host:port, or whoever leads at zk://host:port,.../path.");
DEFINE_string(name, "",
              "The task's name and id; of several instances the name has -1, -2, ... added.");
DEFINE_string(command, "", "What to run: a shell command, or with --no-shell a program.");
DEFINE_bool(shell, true, "Run the command by /bin/sh -c.");
DEFINE_string(
    arguments, "",
    "With --no-shell: the program's arguments, as a JSON array of strings, or as words with "
    "spaces between.");
DEFINE_string(env, "",
              "Environment variables: a JSON object of strings, or NAME=value,NAME=value.");
DEFINE_string(resources, "cpus:1;mem:128", "What each task takes, as text or JSON.");
DEFINE_int32(instances, 1, "How many tasks to run.");
DEFINE_int32(task_count, 0, "The same as --instances.");
DEFINE_string(role, "*", "The role whose resources the tasks use.");
DEFINE_string(user, "", "Who runs the command on the agent; by default who runs mesos-execute.");
DEFINE_string(framework_capabilities, "",
              "More capabilities of the framework, with commas between, such as PARTITION_AWARE.");
DEFINE_bool(checkpoint, false, "Let the tasks outlive their agent's process.");
DEFINE_duration(kill_after, "0secs", "Kill a task so long after its TASK_RUNNING; 0: never.");
DEFINE_duration(timeout, "0secs", "After this kill everything and exit with 124; 0: never.");
DEFINE_string(task, "",
              "A TaskInfo as JSON, or /path/to/file that holds one, in place of --name, --command, "
              "--env and --resources.");
DEFINE_bool(follow, false,
            "Print what the tasks write to stdout and stderr as it comes, each to the stream of "
            "that name; the states of the tasks go to stderr then.");
DEFINE_bool(partition_aware, true,
            "Wait for tasks on agents that are cut off, instead of taking them for lost.");
DEFINE_string(principal, "", "The principal of the framework.");
DEFINE_string(
    secret, "",
    "The principal's secret. This version has no authentication, and sends it to nobody.");
DEFINE_string(content_type, "protobuf",
              "'json' or 'protobuf'. Makes no difference to what is run: the driver speaks gRPC.");

namespace {

using mesos::cli::ExecuteFlags;
using mesos::cli::ExecutePlan;
using mesos::cli::ExecuteScheduler;
using mesos::cli::OutputFollower;

constexpr int kTimedOut = 124;  // as timeout(1)
constexpr int kBadUsage = 2;
constexpr absl::Duration kNoteAfter = absl::Seconds(3);
constexpr absl::Duration kTick = absl::Milliseconds(100);

// Signals and the clock, on a thread of its own. The signals are blocked in every other thread.
class Watcher {
 public:
  Watcher() {
    sigemptyset(&signals_);
    for (int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  mesos::Status Run(mesos::MesosSchedulerDriver& driver, ExecuteScheduler& scheduler) {
    const mesos::Status started = driver.start();
    if (started != mesos::DRIVER_RUNNING) return started;
    std::thread thread([&] { Watch(driver, scheduler); });
    const mesos::Status status = driver.join();
    done_ = true;
    pthread_kill(thread.native_handle(), SIGUSR1);  // wakes it
    thread.join();
    return status;
  }

 private:
  void Watch(mesos::MesosSchedulerDriver& driver, ExecuteScheduler& scheduler) {
    const absl::Time start = absl::Now();
    const absl::Duration limit = mesos::flags::DurationFlag(FLAGS_timeout);
    absl::Time note_at = start + kNoteAfter;
    while (!done_) {
      const timespec timeout = absl::ToTimespec(kTick);
      const int signal = sigtimedwait(&signals_, nullptr, &timeout);
      if (done_) return;
      if (signal == SIGINT || signal == SIGTERM) {
        if (interrupted_) _exit(128 + signal);
        interrupted_ = true;
        scheduler.Cancel(&driver, 128 + signal,
                         "Interrupted: killing the tasks; once more to leave them");
      }
      const absl::Time now = absl::Now();
      if (limit > absl::ZeroDuration() && now >= start + limit) {
        scheduler.Cancel(&driver, kTimedOut,
                         "Timed out after " + FLAGS_timeout + ": killing the tasks");
      }
      scheduler.Tick(&driver, now);
      if (now < note_at) continue;
      note_at = absl::InfiniteFuture();
      if (const std::string missing = scheduler.WhatIsMissing(); !missing.empty()) {
        std::cerr << "mesos-execute: still waiting: " << missing << " (master "
                  << mesos::flags::WithoutSecrets(FLAGS_master) << ")" << std::endl;
      }
    }
  }

  sigset_t signals_;
  std::atomic<bool> done_{false};
  bool interrupted_ = false;
};

ExecuteFlags TakeFlags() {
  ExecuteFlags flags;
  flags.name = FLAGS_name;
  flags.command = FLAGS_command;
  flags.shell = FLAGS_shell;
  flags.arguments = FLAGS_arguments;
  flags.environment = FLAGS_env;
  flags.resources = FLAGS_resources;
  flags.role = FLAGS_role;
  flags.user = FLAGS_user;
  flags.capabilities = FLAGS_framework_capabilities;
  flags.partition_aware = FLAGS_partition_aware;
  flags.principal = FLAGS_principal;
  flags.content_type = FLAGS_content_type;
  flags.task = FLAGS_task;
  flags.instances = FLAGS_task_count != 0 ? FLAGS_task_count : FLAGS_instances;
  flags.checkpoint = FLAGS_checkpoint;
  return flags;
}

}  // namespace

int main(int argc, char** argv) {
  // Mesos' spelling of the switch.
  static char no_shell[] = "--no-shell";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--noshell") == 0) argv[i] = no_shell;
  }
  const mesos::flags::Program program = {
      .name = "mesos-execute",
      .summary =
          "Runs a command on a Mesos cluster, prints each state of its task, and exits as the "
          "task did: with the command's exit status, 128 + the signal that ended it, or 1.",
      .required = {"master"}};
  Watcher watcher;
  if (std::optional<int> code = mesos::flags::StartProgram(program, argc, argv)) return *code;
  absl::StatusOr<ExecutePlan> plan = mesos::cli::MakePlan(TakeFlags());
  if (!plan.ok()) {
    std::cerr << "mesos-execute: " << plan.status().message() << std::endl;
    return kBadUsage;
  }
  if (!FLAGS_secret.empty()) {
    std::cerr << "mesos-execute: --secret is sent to nobody: this version has no authentication"
              << std::endl;
  }
  mesos::AsioExecutor reader("reader");
  std::optional<OutputFollower> follower;
  if (FLAGS_follow) follower.emplace(mesos::cli::ReadFromAgents(reader), std::cout, std::cerr);
  ExecuteScheduler::Options options;
  const absl::Duration kill_after = mesos::flags::DurationFlag(FLAGS_kill_after);
  if (kill_after > absl::ZeroDuration()) options.kill_after = kill_after;
  if (follower.has_value()) options.follower = &*follower;
  ExecuteScheduler scheduler(*plan, options, FLAGS_follow ? std::cerr : std::cout);
  {
    mesos::MesosSchedulerDriver driver(&scheduler, plan->framework, FLAGS_master);
    watcher.Run(driver, scheduler);
  }
  if (follower.has_value()) follower->Finish();
  std::cout.flush();
  return scheduler.exit_status();
}
