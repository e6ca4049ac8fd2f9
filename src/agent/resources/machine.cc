#include "agent/resources/machine.h"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace mesos::agent {

MachineFacts ReadMachineFacts(const std::string& work_dir) {
  MachineFacts facts;
  if (const long cpus = sysconf(_SC_NPROCESSORS_ONLN); cpus > 0) {
    facts.cpus = cpus;
  } else {
    PLOG(WARNING) << "The number of cpus cannot be read";
  }
  struct sysinfo info;
  if (sysinfo(&info) == 0) {
    facts.memory_bytes = static_cast<uint64_t>(info.totalram) * info.mem_unit;
  } else {
    PLOG(WARNING) << "The size of main memory cannot be read";
  }
  struct statvfs disk;
  if (statvfs(work_dir.c_str(), &disk) == 0) {
    facts.disk_bytes = static_cast<uint64_t>(disk.f_blocks) * disk.f_frsize;
  } else {
    PLOG(WARNING) << "The size of the file system cannot be read: work_dir=" << work_dir;
  }
  return facts;
}

absl::StatusOr<double> DiskUsage(const std::string& path) {
  struct statvfs disk;
  if (statvfs(path.c_str(), &disk) != 0) return absl::ErrnoToStatus(errno, path);
  if (disk.f_blocks == 0) return absl::UnavailableError(absl::StrCat(path, ": it has no size"));
  return static_cast<double>(disk.f_blocks - disk.f_bfree) / static_cast<double>(disk.f_blocks);
}

}  // namespace mesos::agent
