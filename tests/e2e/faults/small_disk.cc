#include "tests/e2e/faults/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::e2e {
namespace {

std::string Filling(const std::string& path) { return path + "/filling"; }

}  // namespace

void UseOwnMounts() {
  if (unshare(CLONE_NEWNS) == 0) mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
}

SmallDisk::SmallDisk(std::string path, int megabytes) : path_(std::move(path)) {
  std::filesystem::create_directories(path_);
  const std::string options = absl::StrCat("size=", megabytes, "m,mode=0755");
  mounted_ = mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
}

// Lazily: what still runs there must not keep it.
SmallDisk::~SmallDisk() {
  if (mounted_) umount2(path_.c_str(), MNT_DETACH);
}

void SmallDisk::Fill() {
  const int fd = open(Filling(path_).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  // To the last page, which small writes would still find.
  for (size_t piece = 1 << 20; piece >= 4096;) {
    const std::string zeros(piece, '\0');
    if (write(fd, zeros.data(), zeros.size()) != static_cast<ssize_t>(piece)) piece /= 16;
  }
  close(fd);
}

void SmallDisk::Free() { unlink(Filling(path_).c_str()); }

}  // namespace mesos::e2e
