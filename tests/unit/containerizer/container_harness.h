#pragma once

// Real containers in a directory of their own, and their events with deadlines.
//
//   ContainerHarness harness;
//   ContainerSpec spec = harness.Shell("exit 3");
//   harness.containerizer().Launch(spec);
//   ContainerExited exited = harness.AwaitExit(spec.container_id);
//
// Each Await fails the test and gives an empty event after kPatienceSeconds.

#include <signal.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/containerizer/process_containerizer.h"
#include "common/base/mutex.h"
#include "common/runtime/asio_executor.h"
#include "gtest/gtest.h"

namespace mesos::agent {

inline constexpr double kPatienceSeconds = 30;

class ContainerHarness {
 public:
  ContainerHarness() : executor_("test") {
    std::string pattern = ::testing::TempDir() + "/containers-XXXXXX";
    directory_ = mkdtemp(pattern.data());
    // Commands may run as other users, who have to pass through.
    std::filesystem::permissions(directory_, std::filesystem::perms(0755));
    Restart();
  }

  ~ContainerHarness() {
    for (const std::string& id : launched_) containerizer_->Destroy(id);
    for (const std::string& id : launched_) AwaitExit(id);
    containerizer_.reset();
    executor_.Stop();
    std::filesystem::remove_all(directory_);
  }

  // As the agent's death and rebirth: the old object is gone, and a new one knows nothing yet.
  void Restart() {
    containerizer_.reset();
    containerizer_ = std::make_unique<ProcessContainerizer>(
        ProcessContainerizer::Deps{.executor = executor_,
                                   .launcher = {launcher_path_, directory_, descriptor_limit_},
                                   .observer = [this](Event event) { Take(std::move(event)); },
                                   .patience = patience_,
                                   .launchers_killed = &launchers_killed_});
  }

  // Of what is made by the next Restart.
  void set_launcher_path(std::string path) { launcher_path_ = std::move(path); }
  void set_descriptor_limit(uint32_t limit) { descriptor_limit_ = limit; }
  void set_patience(absl::Duration patience) { patience_ = patience; }

  uint64_t launchers_killed() const { return launchers_killed_; }

  Containerizer& containerizer() { return *containerizer_; }
  const std::string& directory() const { return directory_; }

  ContainerSpec Shell(const std::string& command) {
    ContainerSpec spec;
    spec.container_id = "container-" + std::to_string(++last_id_);
    spec.sandbox = directory_ + "/sandboxes/" + spec.container_id;
    spec.runtime_directory = directory_ + "/run/" + spec.container_id;
    spec.command = command;
    spec.environment = {{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"}};
    spec.working_directory = spec.sandbox;
    return spec;
  }

  ContainerSpec Program(std::vector<std::string> arguments) {
    ContainerSpec spec = Shell(arguments.front());
    spec.shell = false;
    spec.arguments = std::move(arguments);
    return spec;
  }

  void Launch(const ContainerSpec& spec) {
    launched_.push_back(spec.container_id);
    containerizer_->Launch(spec);
  }

  void Reattach(const ContainerSpec& spec) {
    containerizer_->Reattach({spec.container_id, spec.runtime_directory});
  }

  ContainerStarted AwaitStart(const std::string& id) { return Await<ContainerStarted>(id); }
  ContainerExited AwaitExit(const std::string& id) { return Await<ContainerExited>(id); }

  // How many events of type E came for `id`.
  template <typename E>
  int Count(const std::string& id) {
    MutexLock lock(mutex_);
    return CountLocked<E>(id);
  }

  // Waits until so many came.
  template <typename E>
  bool AwaitCount(const std::string& id, int count) {
    MutexLock lock(mutex_);
    return lock.WaitFor(arrived_, kPatienceSeconds, [&] { return CountLocked<E>(id) >= count; });
  }

  // Runs it, and gives the wait status of the command.
  std::optional<int32_t> Run(const ContainerSpec& spec) {
    Launch(spec);
    return AwaitExit(spec.container_id).status;
  }

  static std::string ReadFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(file)), {});
  }

  // Opens a named pipe that a command writes to, which tells that it came so far; gives what was
  // written.
  static std::string ReadPipe(const std::string& path) { return ReadFile(path); }

 private:
  template <typename E>
  int CountLocked(const std::string& id) EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    int count = 0;
    for (const Event& event : events_) {
      const E* match = std::get_if<E>(&event);
      if (match != nullptr && match->container_id == id) ++count;
    }
    return count;
  }

  void Take(Event event) {
    MutexLock lock(mutex_);
    events_.push_back(std::move(event));
    arrived_.notify_all();
  }

  template <typename E>
  E Await(const std::string& id) {
    E found;
    MutexLock lock(mutex_);
    const bool came = lock.WaitFor(arrived_, kPatienceSeconds, [&] {
      for (const Event& event : events_) {
        const E* match = std::get_if<E>(&event);
        if (match == nullptr || match->container_id != id) continue;
        found = *match;
        return true;
      }
      return false;
    });
    EXPECT_TRUE(came) << "no event for " << id;
    return found;
  }

  std::string directory_;
  std::string launcher_path_ = MESOS_LAUNCHER_PATH;
  uint32_t descriptor_limit_ = 0;
  absl::Duration patience_ = kLauncherPatience;
  std::atomic<uint64_t> launchers_killed_{0};
  int last_id_ = 0;
  std::vector<std::string> launched_;
  AsioExecutor executor_;

  Mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Event> events_ GUARDED_BY(mutex_);

  std::unique_ptr<ProcessContainerizer> containerizer_;
};

}  // namespace mesos::agent
