#include "scheduler_driver/driver_defaults.h"

#include <limits.h>
#include <pwd.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace mesos::scheduler_driver {
namespace {

// The effective user's name; its number where it has none.
std::string CurrentUser() {
  std::vector<char> buffer(16 << 10);
  passwd entry;
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr) {
    return found->pw_name;
  }
  return std::to_string(geteuid());
}

}  // namespace

void FillFrameworkDefaults(v1::FrameworkInfo& framework) {
  if (framework.user().empty()) framework.set_user(CurrentUser());
  if (framework.hostname().empty()) {
    char name[HOST_NAME_MAX + 1] = "";
    if (gethostname(name, sizeof(name)) == 0) framework.set_hostname(name);
  }
}

}  // namespace mesos::scheduler_driver
