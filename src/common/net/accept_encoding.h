#pragma once

// The Accept-Encoding header. Thread-safe: no state.

#include "absl/strings/string_view.h"

namespace mesos::net {

// Whether `header` allows `coding` (e.g. "gzip"): by name or by "*", with a q value above zero. An
// empty header asks for nothing.
bool AcceptsEncoding(absl::string_view header, absl::string_view coding);

}  // namespace mesos::net
