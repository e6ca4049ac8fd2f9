#include "agent/containerizer/accounts.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"

namespace mesos::agent {

absl::StatusOr<launcher::Account> FindAccount(const std::string& name) {
  std::vector<char> buffer(16 << 10);
  passwd entry;
  passwd* found = nullptr;
  int error;
  while ((error = getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
             ERANGE &&
         buffer.size() < (16u << 20)) {
    buffer.resize(buffer.size() * 2);
  }
  if (found == nullptr) {
    if (error == 0 || error == ENOENT || error == ESRCH) {
      return absl::NotFoundError(absl::StrCat("No such user '", name, "'"));
    }
    return absl::UnavailableError(
        absl::StrCat("Failed to look up user '", name, "': ", std::strerror(error)));
  }
  launcher::Account account{entry.pw_uid, entry.pw_gid, {}};
  int count = 64;
  std::vector<gid_t> groups(count);
  while (getgrouplist(entry.pw_name, entry.pw_gid, groups.data(), &count) < 0) {
    // Some implementations leave `count` alone where the room is too small.
    count = std::max<int>(count, groups.size() * 2);
    groups.resize(count);
  }
  account.groups.assign(groups.begin(), groups.begin() + count);
  return account;
}

}  // namespace mesos::agent
