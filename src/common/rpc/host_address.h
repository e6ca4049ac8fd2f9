#pragma once

// Which address and name a daemon tells others, where the operator does not say. Thread-safe: no
// state.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace mesos::rpc {

// "address:port" with IPv6 in brackets.
std::string JoinHostPort(absl::string_view ip, int port);

// InvalidArgument, naming the value, unless it is a numeric IPv4 or IPv6 address.
absl::Status CheckIp(const std::string& ip);

// The machine's name, as gethostname(2) gives it.
std::string LocalHostname();

// An address by which others reach what listens on `listen_ip`: that address itself, or, where it
// stands for all of them (0.0.0.0, ::), one that `hostname` resolves to, loopback ones last.
// NotFound, naming the host, where it does not resolve.
absl::StatusOr<std::string> ReachableIp(const std::string& listen_ip, const std::string& hostname);

}  // namespace mesos::rpc
