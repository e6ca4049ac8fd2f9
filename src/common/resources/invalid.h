#pragma once

// Invalid("Bad value '", text, "'"): InvalidArgument whose message is the parts, one after the
// other.

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mesos {

template <typename... Parts>
absl::Status Invalid(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

}  // namespace mesos
