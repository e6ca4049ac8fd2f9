#pragma once

// Where a master is to be found, as every program of the cluster takes it.
//
//   ParseMasterAddress("10.0.0.1:5050");               // also a name, and [::1]:5050
//   ParseMasterAddress("zk://one:2181,two:2181/mesos");  // whoever leads there
//   ParseMasterAddress("file:///etc/mesos/zk");        // a file that holds one of these
//   TargetOfLeader(data);                              // "10.0.0.1:5050"
//
// Thread-safe; pure but for the file.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/zookeeper/url.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::leader {

// Exactly one of target and zookeeper is set.
struct MasterAddress {
  std::string target;  // "host:port", as a dial takes it
  std::optional<zookeeper::Url> zookeeper;
  absl::Duration session_timeout = zookeeper::kDefaultSessionTimeout;

  std::string ToString() const { return zookeeper ? zookeeper->ToString() : target; }
};

// InvalidArgument, naming the text (but no credentials), or the file and what is wrong with it.
absl::StatusOr<MasterAddress> ParseMasterAddress(absl::string_view text);

// Who leads, by the data of the leader's node: MasterInfo as JSON, or serialized as Mesos before
// 0.24 wrote it. InvalidArgument where it is neither.
absl::StatusOr<v1::MasterInfo> ReadMasterInfo(const std::string& data);

// Its address: address.ip and address.port, or what older masters write instead. InvalidArgument
// where there is none.
absl::StatusOr<std::string> TargetOfLeader(const std::string& data);

}  // namespace mesos::leader
