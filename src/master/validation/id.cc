#include "master/validation/id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::master {

absl::Status ValidateId(absl::string_view kind, absl::string_view value) {
  if (value.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(kind, " is invalid: ID must not be empty"));
  }
  if (value.size() > limits::kMaxIdBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        kind, " is invalid: ID must not be greater than ", limits::kMaxIdBytes, " characters"));
  }
  if (value == "." || value == "..") {
    return absl::InvalidArgumentError(absl::StrCat("'", value, "' is disallowed"));
  }
  const bool plain = std::none_of(value.begin(), value.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c)) || c == '/' || c == '\\';
  });
  if (!plain) {
    return absl::InvalidArgumentError(absl::StrCat("'", value, "' contains invalid characters"));
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
