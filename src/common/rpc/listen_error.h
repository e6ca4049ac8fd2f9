#pragma once

// Why a server cannot listen: gRPC only says that it could not. Thread-safe: no state.

#include <string>

#include "absl/status/status.h"

namespace mesos::rpc {

// Tries `address` ("host:port" or "unix:/path") once more with plain sockets, for the error's name.
absl::Status ExplainListenError(const std::string& address);

}  // namespace mesos::rpc
