#include "common/operator_api/build_info.h"

#include "absl/time/time.h"
#include "common/flags/flags.h"

namespace mesos {

const BuildInfo& ThisBuild() {
  static const auto* build = [] {
    const absl::Time time = absl::FromUnixSeconds(MESOS_BUILD_TIME);
    return new BuildInfo{flags::Version(), absl::ToDoubleSeconds(time - absl::UnixEpoch()),
                         absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone()),
                         MESOS_BUILD_USER, MESOS_GIT_SHA};
  }();
  return *build;
}

}  // namespace mesos
