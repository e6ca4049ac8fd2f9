#pragma once

// The master that a driver dials: what the framework names, and what Mesos' drivers take from the
// environment besides.
//
//   ASSIGN_OR_RETURN(leader::MasterAddress master,
//                    FindMaster("zk://one:2181,two:2181/mesos", getenv));
//
// Thread-safe, as far as the lookup is.

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/leader/master_address.h"

namespace mesos::scheduler_driver {

// MESOS_ZK_SESSION_TIMEOUT, as "10secs", is how long ZooKeeper may hear nothing before the driver
// looks for the leader anew. The errors of leader::ParseMasterAddress; InvalidArgument, naming the
// variable, for a bad time; Unimplemented where LIBPROCESS_SSL_ENABLED asks for TLS. `lookup` is
// as getenv(3).
absl::StatusOr<leader::MasterAddress> FindMaster(
    const std::string& master, const std::function<const char*(const char*)>& lookup);

}  // namespace mesos::scheduler_driver
