#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/disk/group_sync.h"
#include "common/disk/posix_descriptor.h"
#include "common/disk/posix_error.h"

namespace mesos {
namespace {

// A sync of the whole file system that took longer than this had to write what is not ours.
constexpr absl::Duration kSlow = absl::Seconds(1);

// How long files are synced each by itself after that.
constexpr absl::Duration kAvoidance = absl::Seconds(10);

// So many at once: the file system's journal commits them together.
constexpr size_t kThreads = 8;

absl::Status SyncOne(const std::string& path) {
  // O_NOFOLLOW: a link's own entry is synced with its directory, its target is none of ours.
  const PosixDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!file.open()) {
    if (errno == ENOENT || errno == ELOOP) return absl::OkStatus();
    return PosixError("open", path, errno);
  }
  if (fsync(file.value()) != 0) return PosixError("sync", path, errno);
  return absl::OkStatus();
}

class PosixGroupSync : public GroupSync {
 public:
  PosixGroupSync(std::string root, PosixDescriptor directory)
      : root_(std::move(root)), directory_(std::move(directory)) {}

  absl::Status Sync(const std::vector<std::string>& paths) override {
    if (paths.empty()) return absl::OkStatus();
    const absl::Time begin = absl::Now();
    if (begin < avoid_until_) return SyncEach(WithParents(paths));
    if (syncfs(directory_.value()) != 0) return PosixError("sync the file system of", root_, errno);
    if (absl::Now() - begin > kSlow) avoid_until_ = absl::Now() + kAvoidance;
    return absl::OkStatus();
  }

 private:
  // Each path once, with the directories between it and the root.
  std::vector<std::string> WithParents(const std::vector<std::string>& paths) const {
    std::set<std::string> all = {root_};
    for (std::string path : paths) {
      while (path.size() > root_.size() && absl::StartsWith(path, root_) &&
             all.insert(path).second) {
        path = path.substr(0, path.rfind('/'));
      }
    }
    return {all.begin(), all.end()};
  }

  static absl::Status SyncEach(const std::vector<std::string>& paths) {
    std::vector<absl::Status> statuses(paths.size());
    std::atomic<size_t> next = 0;
    auto work = [&] {
      for (size_t i = next++; i < paths.size(); i = next++) statuses[i] = SyncOne(paths[i]);
    };
    std::vector<std::thread> threads;
    for (size_t i = 1; i < std::min(kThreads, paths.size()); ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    for (absl::Status& status : statuses) RETURN_IF_ERROR(std::move(status));
    return absl::OkStatus();
  }

  const std::string root_;
  const PosixDescriptor
      directory_;  // stays open: errors of writing are told once to each that holds one
  absl::Time avoid_until_ = absl::InfinitePast();
};

}  // namespace

absl::StatusOr<std::unique_ptr<GroupSync>> NewPosixGroupSync(const std::string& root) {
  PosixDescriptor directory(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.open()) return PosixError("open directory", root, errno);
  return std::make_unique<PosixGroupSync>(root, std::move(directory));
}

}  // namespace mesos
