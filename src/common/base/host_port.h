#pragma once

// An address with its port as text, as in URLs and in Mesos' pids.

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace mesos {

// "10.0.0.1:5050"; IPv6 stands in brackets: "[::1]:5050".
inline std::string JoinHostPort(absl::string_view host, int port) {
  if (absl::StrContains(host, ':')) return absl::StrCat("[", host, "]:", port);
  return absl::StrCat(host, ":", port);
}

}  // namespace mesos
