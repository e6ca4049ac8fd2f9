#include "cli/output_follower.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace mesos::cli {

OutputFollower::OutputFollower(ReadFile read, std::ostream& out, std::ostream& err)
    : read_(std::move(read)), out_(out), err_(err), thread_([this] { Run(); }) {}

OutputFollower::~OutputFollower() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

void OutputFollower::Follow(const std::string& id, Task task) {
  Followed followed;
  for (const auto& [name, to] : {std::pair("stdout", &out_), std::pair("stderr", &err_)}) {
    auto file = std::make_shared<File>();
    file->id = id;
    file->agent = task.agent;
    file->path = absl::StrCat(task.sandbox, "/", name);
    file->to = to;
    followed.files.push_back(std::move(file));
  }
  MutexLock lock(mutex_);
  tasks_.insert_or_assign(id, std::move(followed));
  changed_.notify_all();
}

void OutputFollower::Ended(const std::string& id) {
  MutexLock lock(mutex_);
  auto it = tasks_.find(id);
  if (it == tasks_.end()) return;
  it->second.ended = true;
  changed_.notify_all();
}

void OutputFollower::Finish() {
  {
    MutexLock lock(mutex_);
    finishing_ = true;
    for (auto& [id, task] : tasks_) task.ended = true;
    changed_.notify_all();
  }
  thread_.join();
}

void OutputFollower::Run() {
  while (true) {
    std::vector<std::pair<std::shared_ptr<File>, bool>> files;
    {
      MutexLock lock(mutex_);
      if (stopped_ || (finishing_ && tasks_.empty())) return;
      for (const auto& [id, task] : tasks_) {
        for (const auto& file : task.files) files.emplace_back(file, task.ended);
      }
    }
    bool moved = false;
    for (auto& [file, ended] : files) moved = Read(*file, ended) || moved;
    MutexLock lock(mutex_);
    const size_t before = tasks_.size();
    std::erase_if(tasks_, [](const auto& entry) {
      return std::all_of(entry.second.files.begin(), entry.second.files.end(),
                         [](const auto& file) { return file->done; });
    });
    if (moved || tasks_.size() != before) continue;
    // Another task may end meanwhile, but the next round comes soon enough.
    lock.WaitFor(changed_, absl::ToDoubleSeconds(kInterval),
                 [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_ || finishing_; });
  }
}

bool OutputFollower::Read(File& file, bool ended) {
  if (file.done) return false;
  const absl::StatusOr<std::string> piece = read_(file.agent, file.path, file.offset);
  if (!piece.ok()) {
    Failed(file, piece.status(), ended);
    return false;
  }
  file.failing_since = absl::InfiniteFuture();
  file.done = piece->empty() && ended;
  if (piece->empty()) return false;
  file.offset += piece->size();
  file.to->write(piece->data(), static_cast<std::streamsize>(piece->size()));
  file.to->flush();
  return true;
}

void OutputFollower::Failed(File& file, const absl::Status& status, bool ended) {
  // Before the sandbox stands, and where there never was one.
  if (absl::IsNotFound(status)) {
    file.done = ended;
    return;
  }
  const absl::Time now = absl::Now();
  if (!std::exchange(file.warned, true)) {
    err_ << "mesos-execute: the output of task '" << file.id
         << "' cannot be read: " << status.message() << std::endl;
  }
  if (!ended) {
    file.failing_since = absl::InfiniteFuture();
    return;
  }
  file.failing_since = std::min(file.failing_since, now);
  file.done = now - file.failing_since >= kPatience;
}

}  // namespace mesos::cli
