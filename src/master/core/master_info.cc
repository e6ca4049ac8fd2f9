#include "master/core/master_info.h"

#include <arpa/inet.h>

#include "absl/strings/str_cat.h"
#include "common/base/host_port.h"

namespace mesos::master {

v1::MasterInfo MakeMasterInfo(const MasterOptions& options) {
  v1::MasterInfo info;
  info.set_id(options.id);
  // The old field holds an IPv4 address as it lies in memory (network order).
  in_addr address{};
  if (inet_pton(AF_INET, options.ip.c_str(), &address) == 1) {
    info.set_ip(address.s_addr);
  } else {
    info.set_ip(0);
  }
  info.set_port(static_cast<uint32_t>(options.port));
  info.set_pid(absl::StrCat("master@", JoinHostPort(options.ip, options.port)));
  info.set_hostname(options.hostname);
  info.set_version(options.version);
  info.mutable_address()->set_hostname(options.hostname);
  info.mutable_address()->set_ip(options.ip);
  info.mutable_address()->set_port(options.port);
  info.add_capabilities()->set_type(v1::MasterInfo::Capability::AGENT_UPDATE);
  return info;
}

}  // namespace mesos::master
