#pragma once

// How a connection shows what it speaks. Thread-safe: no state.

#include <algorithm>

#include "absl/strings/string_view.h"

namespace mesos::net {

enum class Preface { kUndecided, kHttp1, kHttp2 };

// What the first bytes of a connection say. HTTP/2 opens with "PRI * HTTP/2.0" (RFC 9113, 3.4),
// which no request of HTTP/1.1 can be.
inline Preface DetectPreface(absl::string_view bytes) {
  constexpr absl::string_view kHttp2 = "PRI * HTTP/2.0";
  const size_t common = std::min(bytes.size(), kHttp2.size());
  if (bytes.substr(0, common) != kHttp2.substr(0, common)) return Preface::kHttp1;
  return common == kHttp2.size() ? Preface::kHttp2 : Preface::kUndecided;
}

}  // namespace mesos::net
