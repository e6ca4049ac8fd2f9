#pragma once

// Where a ZooKeeper ensemble is, and which folder of it is ours.
//
//   ASSIGN_OR_RETURN(Url url, ParseUrl("zk://user:secret@one:2181,two:2181/mesos"));
//   url.servers                                   // "one:2181,two:2181"
//   url.path                                      // "/mesos"
//   url.credentials                               // "user:secret", for the digest scheme
//   url.ToString()                                // without the credentials: for logs

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace mesos::zookeeper {

struct Url {
  std::string servers;
  std::string path;
  std::string credentials;  // empty: none

  std::string ToString() const;
};

// Whether `text` means ZooKeeper: it begins with zk://.
bool IsUrl(absl::string_view text);

// InvalidArgument, naming what is wrong and showing the form, never the secret. The port defaults
// to 2181; there is no default path, and as in Mesos the root is none. Space around it is passed
// over, so that it may come from a file.
absl::StatusOr<Url> ParseUrl(absl::string_view text);

// As Mesos' masters and clients have it.
inline constexpr absl::Duration kDefaultSessionTimeout = absl::Seconds(10);

// Whether a session may ask for this, in milliseconds as ZooKeeper counts; its servers agree to
// what they are configured for (4 s to 40 s with their own defaults).
absl::Status CheckSessionTimeout(absl::Duration timeout);

}  // namespace mesos::zookeeper
