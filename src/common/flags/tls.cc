#include "common/flags/tls.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace mesos::flags {

absl::Status CheckNoTls(const std::function<const char*(const char*)>& lookup) {
  for (const char* name : {"LIBPROCESS_SSL_ENABLED", "SSL_ENABLED"}) {
    const char* given = lookup(name);
    if (given == nullptr || *given == '\0') continue;
    const std::string value = absl::AsciiStrToLower(given);
    if (value == "false" || value == "0") return absl::OkStatus();
    return absl::UnimplementedError(
        absl::StrCat("environment variable '", name, "=", given,
                     "': this version has no TLS; take the variable away, and keep the ports "
                     "within a network that you trust"));
  }
  return absl::OkStatus();
}

}  // namespace mesos::flags
