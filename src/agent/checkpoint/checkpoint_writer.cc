#include "agent/checkpoint/checkpoint_writer.h"

#include <pthread.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace mesos::agent {

CheckpointWriter::CheckpointWriter(Deps deps)
    : executor_(deps.executor),
      file_system_(deps.file_system),
      sync_(deps.sync),
      meta_directory_(std::move(deps.meta_directory)),
      observer_(std::make_shared<const Observer>(std::move(deps.observer))),
      thread_([this] {
        pthread_setname_np(pthread_self(), "checkpoints");
        Run();
      }) {}

CheckpointWriter::~CheckpointWriter() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void CheckpointWriter::Write(CheckpointToken token, std::vector<CheckpointWrite> writes) {
  MutexLock lock(mutex_);
  queued_.push_back({.token = token, .writes = std::move(writes), .status = absl::OkStatus()});
  ++given_;
  changed_.notify_all();
}

void CheckpointWriter::Flush() {
  MutexLock lock(mutex_);
  const uint64_t target = given_;
  lock.Wait(changed_, [&] { return written_ >= target; });
}

void CheckpointWriter::Run() {
  while (true) {
    std::vector<Item> group;
    {
      MutexLock lock(mutex_);
      lock.Wait(changed_, [&] { return stopping_ || !queued_.empty(); });
      if (queued_.empty()) return;
      group.swap(queued_);
    }
    const size_t count = group.size();
    WriteGroup(std::move(group));
    MutexLock lock(mutex_);
    written_ += count;
    changed_.notify_all();
  }
}

void CheckpointWriter::WriteGroup(std::vector<Item> group) {
  std::vector<std::string> paths;
  for (Item& item : group) {
    for (const CheckpointWrite& write : item.writes) {
      item.status = Apply(write);
      if (!item.status.ok()) break;
      if (!write.sync) continue;
      item.needs_sync = true;
      paths.push_back(absl::StrCat(meta_directory_, "/", write.path));
    }
    if (!item.status.ok()) LOG(ERROR) << "Failed to checkpoint: " << item.status.message();
  }
  // What stands before the first item that waits for the disk need not wait with it.
  const Item* const begin = group.data();
  const Item* const end = begin + group.size();
  const Item* const first =
      std::find_if(begin, end, [](const Item& item) { return item.needs_sync; });
  Report(begin, first);
  if (absl::Status status = sync_.Sync(paths); !status.ok()) {
    LOG(ERROR) << "Failed to sync checkpoints: " << status.message();
    for (Item& item : group) {
      if (item.needs_sync && item.status.ok()) item.status = status;
    }
  }
  Report(first, end);
}

absl::Status CheckpointWriter::Apply(const CheckpointWrite& write) {
  const std::string path = absl::StrCat(meta_directory_, "/", write.path);
  auto apply = [&] {
    switch (write.kind) {
      case CheckpointWrite::Kind::kReplace:
        return file_system_.WriteAtomically(path, write.bytes, Sync::kNo);
      case CheckpointWrite::Kind::kAppend:
        return file_system_.Append(path, write.bytes, Sync::kNo);
      case CheckpointWrite::Kind::kSymlink:
        return file_system_.Symlink(write.bytes, path);
      case CheckpointWrite::Kind::kRemove:
        return file_system_.RemoveAll(path);
    }
    return absl::InternalError(absl::StrCat("Unknown kind of checkpoint write of '", path, "'"));
  };
  absl::Status status = apply();
  if (!absl::IsNotFound(status)) return status;
  // Most directories are there, so they are made only when they are missed.
  RETURN_IF_ERROR(file_system_.CreateDirectories(path.substr(0, path.rfind('/'))));
  return apply();
}

void CheckpointWriter::Report(const Item* begin, const Item* end) {
  if (begin == end) return;
  std::vector<std::pair<CheckpointToken, absl::Status>> done;
  for (const Item* item = begin; item != end; ++item) done.emplace_back(item->token, item->status);
  executor_.Post("checkpoints_done", [observer = observer_, done = std::move(done)] {
    for (const auto& [token, status] : done) (*observer)(token, status);
  });
}

}  // namespace mesos::agent
