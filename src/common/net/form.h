#pragma once

// Percent-encoding, query strings and application/x-www-form-urlencoded bodies.

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/net/http_message.h"

namespace mesos::net {

// InvalidArgument, naming the place, where a '%' has no two hex digits behind it or a NUL byte
// comes out. `plus_is_space` as in queries and forms.
absl::StatusOr<std::string> PercentDecode(absl::string_view text, bool plus_is_space);

// "a=1&b=2". InvalidArgument as above, or with more than limits::kMaxFormFields fields.
absl::StatusOr<Fields> ParseForm(absl::string_view text);

}  // namespace mesos::net
