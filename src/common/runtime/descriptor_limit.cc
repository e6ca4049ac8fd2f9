#include "common/runtime/descriptor_limit.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace mesos {
namespace {

// With fewer a daemon would run into the limit before it serves anybody.
constexpr rlim_t kLeastDescriptors = 64;

}  // namespace

absl::StatusOr<uint32_t> RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::InternalError(
        absl::StrCat("cannot read the limit of open files: ", std::strerror(errno)));
  }
  const auto before =
      static_cast<uint32_t>(std::min<rlim_t>(limit.rlim_cur, std::numeric_limits<uint32_t>::max()));
  rlimit raised = limit;
  raised.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) {
    limit = raised;
  } else {
    PLOG(WARNING) << "Cannot raise the limit of open files from " << limit.rlim_cur;
  }
  if (limit.rlim_cur >= kLeastDescriptors) return before;
  return absl::ResourceExhaustedError(absl::StrCat(
      "the limit of open files is ", limit.rlim_cur, ", and at least ", kLeastDescriptors,
      " are needed; raise it with 'ulimit -n' or, in a unit of systemd, LimitNOFILE"));
}

}  // namespace mesos
