#include "tests/sim/sim_containers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace mesos::sim {
namespace {

constexpr int32_t kTermStatus = 15;
constexpr int32_t kKillStatus = 9;

struct Behaviour {
  absl::Duration duration = absl::Milliseconds(10);
  int32_t exit_code = 0;
  bool stubborn = false;
};

Behaviour ParseCommand(const std::string& command) {
  Behaviour behaviour;
  const std::vector<std::string> words = absl::StrSplit(command, ' ', absl::SkipEmpty());
  int64_t milliseconds;
  if (words.size() >= 2 && absl::SimpleAtoi(words[1], &milliseconds)) {
    behaviour.duration = absl::Milliseconds(milliseconds);
  }
  if (words.size() >= 3 && !absl::SimpleAtoi(words[2], &behaviour.exit_code)) {
    behaviour.exit_code = 1;
  }
  behaviour.stubborn = words.size() >= 4 && words[3] == "stubborn";
  return behaviour;
}

}  // namespace

void SimContainers::Detach() {
  listener_ = Listener{};
  for (auto& [id, container] : running_) container.attached = false;
}

void SimContainers::Launch(const agent::ContainerSpec& spec) {
  const std::string id = spec.container_id;
  const absl::Duration startup =
      absl::Milliseconds(1) + world_.random().Jitter(absl::Milliseconds(10));
  if (world_.random().Uniform() < failure_chance_) {
    world_.After(agent_, startup, [this, id] {
      Tell({id, std::nullopt, "no such file or directory", true});
    });
    return;
  }
  const Behaviour behaviour = ParseCommand(spec.command);
  auto task = spec.environment.find(kTaskVariable);
  runs_.push_back({id, task == spec.environment.end() ? "" : task->second, world_.now(), {}, {}});
  Container& container = running_[id];
  container.run = runs_.size() - 1;
  container.stubborn = behaviour.stubborn;
  const int32_t pid = ++last_pid_;
  container.pid = pid;
  world_.Note(agent_, absl::StrCat("container ", id, " starts, pid ", pid));
  if (watcher_.started) watcher_.started(runs_.back());
  world_.After(agent_, startup, [this, id, pid] {
    if (running_.count(id) > 0 && listener_.started) listener_.started({id, pid});
  });
  EndAt(id, world_.now() + startup + behaviour.duration, behaviour.exit_code << 8);
}

void SimContainers::Reattach(const std::string& container_id) {
  if (auto it = running_.find(container_id); it != running_.end()) {
    it->second.attached = true;
    const int32_t pid = it->second.pid;
    world_.After(agent_, absl::Milliseconds(1), [this, container_id, pid] {
      if (running_.count(container_id) > 0 && listener_.started)
        listener_.started({container_id, pid});
    });
    return;
  }
  agent::ContainerExited exited{container_id, std::nullopt, "the container is not there", false};
  if (auto it = terminations_.find(container_id); it != terminations_.end()) {
    exited.status = it->second.status;
    exited.message = it->second.message;
  }
  world_.After(agent_, absl::Milliseconds(1), [this, exited] { Tell(exited); });
}

void SimContainers::Kill(const std::string& container_id, absl::Duration grace) {
  auto it = running_.find(container_id);
  if (it == running_.end()) return;
  Container& container = it->second;
  if (!container.stubborn) {
    EndAt(container_id, world_.now() + absl::Milliseconds(1), kTermStatus);
    return;
  }
  const absl::Time kill_at = world_.now() + std::max(grace, absl::ZeroDuration());
  if (kill_at >= container.kill_at) return;
  container.kill_at = kill_at;
  EndAt(container_id, kill_at, kKillStatus);
}

void SimContainers::Destroy(const std::string& container_id) {
  if (running_.count(container_id) == 0) return;
  EndAt(container_id, world_.now() + absl::Milliseconds(1), kKillStatus);
}

void SimContainers::MachineCrash() {
  for (auto& [id, container] : running_) {
    runs_[container.run].ended = world_.now();
    if (watcher_.ended) watcher_.ended(runs_[container.run]);
  }
  for (const auto& [id, termination] : terminations_) {
    if (watcher_.forgotten) watcher_.forgotten(runs_[termination.run]);
  }
  running_.clear();
  terminations_.clear();
  Detach();
}

std::vector<std::string> SimContainers::Running() const {
  std::vector<std::string> ids;
  for (const auto& [id, container] : running_) ids.push_back(id);
  return ids;
}

void SimContainers::EndAt(const std::string& container_id, absl::Time when, int32_t status) {
  Container& container = running_[container_id];
  const uint64_t ticket = ++tickets_;
  container.end_ticket = ticket;
  world_.AfterAlways(when - world_.now(), [this, container_id, ticket, status] {
    auto it = running_.find(container_id);
    if (it != running_.end() && it->second.end_ticket == ticket) End(container_id, status);
  });
}

void SimContainers::End(const std::string& container_id, int32_t status) {
  auto it = running_.find(container_id);
  const bool attached = it->second.attached;
  const size_t position = it->second.run;
  ContainerRun& run = runs_[position];
  run.ended = world_.now();
  run.status = status;
  running_.erase(it);
  terminations_[container_id] = {status, "", position};
  world_.Note(agent_, absl::StrCat("container ", container_id, " ends, status ", status));
  if (watcher_.ended) watcher_.ended(run);
  if (!attached) return;
  // Of the agent's process, which may be paused.
  world_.After(agent_, absl::ZeroDuration(), [this, container_id, status] {
    Tell({container_id, status, "", false});
  });
}

void SimContainers::Tell(agent::ContainerExited exited) {
  if (listener_.exited) listener_.exited(std::move(exited));
}

}  // namespace mesos::sim
