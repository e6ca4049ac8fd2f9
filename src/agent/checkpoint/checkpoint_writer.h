#pragma once

// Carries out the core's checkpoints on a thread of its own, in order, and syncs all that wait at
// once.
//
//   CheckpointWriter writer({.executor = core_executor, .file_system = *fs, .sync = *sync,
//                            .meta_directory = MetaDirectory(work_dir),
//                            .observer = [&](CheckpointDone done) { ... }});
//   writer.Write(token, writes);
//
// The observer hears of each token on the executor, in order. What fails (a full disk) fails its
// own checkpoint only; the error names the path. Write and Flush from any thread. Destruction first
// writes what is queued; observers of it are still posted.

#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "agent/checkpoint/checkpoint_write.h"
#include "common/base/mutex.h"
#include "common/disk/file_system.h"
#include "common/disk/group_sync.h"
#include "common/runtime/executor.h"

namespace mesos::agent {

class CheckpointWriter {
 public:
  using Observer = std::function<void(CheckpointToken, absl::Status)>;

  struct Deps {
    Executor& executor;
    FileSystem& file_system;
    GroupSync& sync;
    std::string meta_directory;
    Observer observer;
  };

  explicit CheckpointWriter(Deps deps);
  ~CheckpointWriter();

  void Write(CheckpointToken token, std::vector<CheckpointWrite> writes);

  // Waits until everything given before is on disk, or failed.
  void Flush();

 private:
  struct Item {
    CheckpointToken token;
    std::vector<CheckpointWrite> writes;
    absl::Status status;
    bool needs_sync = false;
  };

  void Run();
  void WriteGroup(std::vector<Item> group);
  absl::Status Apply(const CheckpointWrite& write);
  void Report(const Item* begin, const Item* end);

  Executor& executor_;
  FileSystem& file_system_;
  GroupSync& sync_;
  const std::string meta_directory_;
  const std::shared_ptr<const Observer> observer_;

  // Invariant: written_ counts the items that left queued_ and are dealt with; given_ all that ever
  // came.
  Mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> queued_ GUARDED_BY(mutex_);
  uint64_t given_ GUARDED_BY(mutex_) = 0;
  uint64_t written_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: it uses all of the above
};

}  // namespace mesos::agent
