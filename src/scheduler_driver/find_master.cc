#include "scheduler_driver/find_master.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/flags/duration.h"
#include "common/flags/tls.h"

namespace mesos::scheduler_driver {

absl::StatusOr<leader::MasterAddress> FindMaster(
    const std::string& master, const std::function<const char*(const char*)>& lookup) {
  constexpr char kSessionTimeout[] = "MESOS_ZK_SESSION_TIMEOUT";
  RETURN_IF_ERROR(flags::CheckNoTls(lookup));
  ASSIGN_OR_RETURN(leader::MasterAddress address, leader::ParseMasterAddress(master));
  const char* text = lookup(kSessionTimeout);
  if (text == nullptr || *text == '\0') return address;
  const absl::StatusOr<absl::Duration> timeout = flags::ParseDuration(text);
  absl::Status valid = timeout.status();
  if (valid.ok()) valid = zookeeper::CheckSessionTimeout(*timeout);
  if (!valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(kSessionTimeout, "='", text, "': ", valid.message()));
  }
  address.session_timeout = *timeout;
  return address;
}

}  // namespace mesos::scheduler_driver
