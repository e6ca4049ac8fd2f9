#include "tests/e2e/faults/shifted_clock.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <utility>

#include "glog/logging.h"

namespace mesos::e2e {

ShiftedClock::ShiftedClock(std::string path) : path_(std::move(path)) {
  const int fd = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  PCHECK(fd >= 0 && ftruncate(fd, sizeof(int64_t)) == 0) << "cannot make " << path_;
  void* memory = mmap(nullptr, sizeof(int64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  PCHECK(memory != MAP_FAILED) << "cannot map " << path_;
  close(fd);
  shift_ = static_cast<std::atomic<int64_t>*>(memory);
}

ShiftedClock::~ShiftedClock() { munmap(shift_, sizeof(int64_t)); }

void ShiftedClock::ShiftBy(absl::Duration shift) {
  shift_->store(absl::ToInt64Nanoseconds(shift), std::memory_order_relaxed);
}

std::map<std::string, std::string> ShiftedClock::Environment() const {
  return {{"LD_PRELOAD", MESOS_CLOCK_SHIFT_LIBRARY}, {"CLOCK_SHIFT_FILE", path_}};
}

}  // namespace mesos::e2e
