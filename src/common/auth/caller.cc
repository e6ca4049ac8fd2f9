#include "common/auth/caller.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace mesos::auth {

absl::string_view BearerToken(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "Bearer ";
  authorization = absl::StripAsciiWhitespace(authorization);
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return {};
  return absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
}

CallerPtr Anonymous() {
  static const CallerPtr* const nobody = new CallerPtr(Caller());
  return *nobody;
}

CallerPtr Anonymous(std::string address) {
  Caller caller;
  caller.address = std::move(address);
  return CallerPtr(std::move(caller));
}

}  // namespace mesos::auth
