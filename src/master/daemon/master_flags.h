#pragma once

// The flags of mesos-master, by Mesos' names, checked and read into what the core takes.
//
//   ASSIGN_OR_RETURN(MasterConfig config, ReadMasterFlags());   // after StartProgram
//
// Call once, from main. Errors name the flag and the value.

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "common/net/site_guard.h"
#include "common/rpc/host_address.h"
#include "common/zookeeper/url.h"
#include "master/allocator/allocator.h"
#include "master/core/master_core.h"
#include "master/daemon/registry_flags.h"

namespace mesos::master {

struct MasterConfig {
  rpc::Addresses addresses;
  int listen_port = 0;
  int advertise_port = 0;  // 0: the port that is listened on
  bool publish_per_framework_metrics = true;
  net::SiteNames site;                      // for requests over HTTP
  std::string log_file;                     // the newest; empty where it logs to stderr alone
  std::optional<zookeeper::Url> zookeeper;  // of the election; none: the master stands alone
  absl::Duration zookeeper_session_timeout;
  RegistryConfig registry;
  std::string work_directory;  // of a registry in a file
  MasterOptions options;       // without id, port and start_time
  AllocatorOptions allocator;
};

absl::StatusOr<MasterConfig> ReadMasterFlags();

}  // namespace mesos::master
