#pragma once

// Which addresses a daemon listens on, and which address and name it tells others, from its flags.
//
//   ASSIGN_OR_RETURN(Addresses addresses,
//                    ChooseAddresses({.ip = FLAGS_ip, .alone = FLAGS_zk.empty()},
//                                    SystemHostFacts()));
//   Listen(JoinHostPort(addresses.listen_ip, port));
//   addresses.LogExposure(port);
//
// What is looked up is in HostFacts, so that tests can say it. Thread-safe: no state. Looking a
// name up may take seconds.

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mesos::rpc {

// What this machine knows of addresses. Names that cannot be looked up give nothing.
struct HostFacts {
  std::function<std::string()> local_hostname;  // as gethostname(2) gives it
  std::function<std::vector<std::string>(const std::string& name)> addresses_of;
  std::function<std::string(const std::string& ip)> name_of;
  std::function<std::vector<std::string>()> own_addresses;  // of all interfaces
  // Runs a command by /bin/sh; its output, or what is wrong.
  std::function<absl::StatusOr<std::string>(const std::string& command)> output_of;
};
HostFacts SystemHostFacts();

// By Mesos' names; empty is not given.
struct AddressFlags {
  std::string ip = {};
  std::string ip_discovery_command = {};
  std::string advertise_ip = {};
  std::string hostname = {};
  bool hostname_lookup = true;
  // Nobody on another machine is known to need the daemon.
  bool alone = false;
};

struct Addresses {
  std::string listen_ip;  // 0.0.0.0 and :: are all there are
  std::string ip;         // that others are told
  std::string hostname;   // that others are told
  bool loopback_by_default = false;

  // Says in the log who reaches the daemon, and how to change it; a warning where others do, since
  // nobody is authenticated.
  void LogExposure(int port) const;
};

// Where no address is given, a daemon that is alone listens on 127.0.0.1, and others, and those
// that are told --advertise_ip, on all addresses, as Mesos' daemons do. The address that is told is
// the one that is listened on, or, where that stands for all, one of the host name, loopback ones
// last. The name is that of the address, or the address itself where it has none or names are not
// to be looked up. InvalidArgument names the flag; NotFound the host name that has no address.
absl::StatusOr<Addresses> ChooseAddresses(const AddressFlags& flags, const HostFacts& facts);

// Whether `host`, a name or an address, is this machine; false where it cannot be looked up.
bool IsThisMachine(const std::string& host, const HostFacts& facts);

// The machine's name, as gethostname(2) gives it.
std::string LocalHostname();

// InvalidArgument, naming the value, unless it is a numeric IPv4 or IPv6 address, or empty.
absl::Status CheckOptionalIp(const std::string& ip);

}  // namespace mesos::rpc
