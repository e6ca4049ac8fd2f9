#pragma once

// Mesos' wish for TLS, which stands in the environment only: LIBPROCESS_SSL_ENABLED, or
// SSL_ENABLED as before 1.0.
//
//   RETURN_IF_ERROR(CheckNoTls([](const char* name) { return getenv(name); }));
//
// Thread-safe: no state.

#include <functional>

#include "absl/status/status.h"

namespace mesos::flags {

// Unimplemented, naming the variable, where it asks for TLS: whoever does must not be served
// without. `lookup` gives nullptr for what is not set.
absl::Status CheckNoTls(const std::function<const char*(const char*)>& lookup);

}  // namespace mesos::flags
