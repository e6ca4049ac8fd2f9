#pragma once

// Who calls, and by which right it says so.
//
//   CallerPtr caller = Anonymous("10.0.0.7");
//   caller->address;
//
// Whatever reaches a core from outside carries the caller whom the gate (gate.h) found; it cannot
// be left out, as a CallerPtr is never null and has no default. Immutable, so thread-safe.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace mesos::auth {

// What a request, or the opening of a session, brings along.
struct Credentials {
  std::string address;        // of the peer; empty on a Unix socket
  std::string authorization;  // the header or the metadata of that name, as sent
};

// The token of "Bearer TOKEN"; empty where `authorization` is of another kind.
absl::string_view BearerToken(absl::string_view authorization);

// How a caller proved that it is the principal.
enum class Proof {
  kNone,  // it did not: it is anonymous
};

struct Caller {
  std::string principal;  // empty: anonymous
  std::string address;    // of the peer; empty on a Unix socket
  Proof proof = Proof::kNone;
};

class CallerPtr {
 public:
  explicit CallerPtr(Caller caller) : caller_(std::make_shared<const Caller>(std::move(caller))) {}

  const Caller& operator*() const { return *caller_; }
  const Caller* operator->() const { return caller_.get(); }

 private:
  std::shared_ptr<const Caller> caller_;
};

// The one without an address is shared.
CallerPtr Anonymous();
CallerPtr Anonymous(std::string address);

}  // namespace mesos::auth
