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
// to 2181.
absl::StatusOr<Url> ParseUrl(absl::string_view text);

}  // namespace mesos::zookeeper
