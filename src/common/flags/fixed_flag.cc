#include "common/flags/fixed_flag.h"

#include "absl/strings/str_cat.h"

namespace mesos::flags {

absl::Status CheckFixed(const std::string& value, const std::string& only,
                        const std::string& feature) {
  if (value == only) return absl::OkStatus();
  return absl::UnimplementedError(
      absl::StrCat("'", value, "': this version has no ", feature, "; only '", only, "' is taken"));
}

}  // namespace mesos::flags
