#pragma once

// Where a master is to be found, as every program of the cluster takes it.
//
//   ParseMasterAddress("10.0.0.1:5050");               // also a name, and [::1]:5050
//   ParseMasterAddress("zk://one:2181,two:2181/mesos");  // whoever leads there
//   TargetOfLeader(json);                              // "10.0.0.1:5050"
//
// Pure functions, thread-safe.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/zookeeper/url.h"

namespace mesos::leader {

// Exactly one of the two is set.
struct MasterAddress {
  std::string target;  // "host:port", as a dial takes it
  std::optional<zookeeper::Url> zookeeper;

  std::string ToString() const { return zookeeper ? zookeeper->ToString() : target; }
};

// InvalidArgument, naming the text (but no credentials); Unimplemented for file://, which Mesos
// takes.
absl::StatusOr<MasterAddress> ParseMasterAddress(absl::string_view text);

// The address in a MasterInfo as JSON, as it stands in the leader's node: address.ip and
// address.port, or what older masters write instead. InvalidArgument where there is none.
absl::StatusOr<std::string> TargetOfLeader(const std::string& master_info_json);

}  // namespace mesos::leader
