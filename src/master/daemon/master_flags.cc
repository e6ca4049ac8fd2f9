#include "master/daemon/master_flags.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"
#include "common/flags/flags.h"
#include "common/net/site_guard.h"
#include "common/operator_api/build_info.h"
#include "common/rpc/host_address.h"
#include "glog/logging.h"
#include "master/daemon/flag_checks.h"

namespace mesos::master {
namespace {

absl::Status CheckOptionalDuration(const std::string& value) {
  return value.empty() ? absl::OkStatus() : flags::CheckDuration(value);
}

absl::StatusOr<std::map<std::string, double>> ParseWeights(const std::string& text) {
  std::map<std::string, double> weights;
  for (absl::string_view entry : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::vector<std::string> parts = absl::StrSplit(entry, absl::MaxSplits('=', 1));
    double weight = 0;
    if (parts.size() != 2 || parts[0].empty() || !absl::SimpleAtod(parts[1], &weight) ||
        !std::isfinite(weight) || weight <= 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", entry, "' is not of the form role=weight with a weight above 0 (example: web=2.5)"));
    }
    if (!weights.emplace(parts[0], weight).second) {
      return absl::InvalidArgumentError(absl::StrCat("role '", parts[0], "' is there twice"));
    }
  }
  return weights;
}

absl::Status CheckWeights(const std::string& value) { return ParseWeights(value).status(); }

absl::Status CheckZooKeeper(const std::string& value) {
  return value.empty() ? absl::OkStatus() : zookeeper::ParseUrl(value).status();
}

// What ZooKeeper's servers agree to with their own defaults, in thousandths of seconds as they
// count.
absl::Status CheckSessionTimeout(const std::string& value) {
  RETURN_IF_ERROR(CheckPositiveDuration(value));
  const absl::Duration timeout = flags::DurationFlag(value);
  if (timeout >= absl::Milliseconds(100) && timeout <= absl::Hours(1)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not from 100ms to 1hrs"));
}

constexpr char kWhatElse[] =
    "; name a directory of your own, or go without a registry by --registry=in_memory";

// Makes the directory where it is missing.
absl::Status UseDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
    return absl::FailedPreconditionError(
        absl::StrCat("--work_dir=", path, ": cannot make it: ", std::strerror(errno), kWhatElse));
  }
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
    return absl::FailedPreconditionError(
        absl::StrCat("--work_dir=", path, ": it is not a directory"));
  }
  if (access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("--work_dir=", path, ": cannot be used: ", std::strerror(errno), kWhatElse));
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace mesos::master

DEFINE_checked_string(
    ip, "",
    "IP address to listen on. Without it a master with --zk or --advertise_ip "
    "listens on all addresses, and one that stands alone on 127.0.0.1; the log says which.",
    mesos::rpc::CheckOptionalIp);
DEFINE_string(ip_discovery_command, "",
              "Command whose output is the IP address to listen on, in place of --ip.");
DEFINE_port(port, 5050, "Port to listen on; 0 takes any that is free.");
DEFINE_string(
    hostname, "",
    "Host name that others are told. Without it, the name of the IP address that they are "
    "told.");
DEFINE_bool(hostname_lookup, true,
            "Look the name of the IP address up where --hostname does not give one; otherwise the "
            "address stands for it.");
DEFINE_checked_string(advertise_ip, "",
                      "IP address that others are told, where it differs from --ip.",
                      mesos::rpc::CheckOptionalIp);
DEFINE_port(advertise_port, 0,
            "Port that others are told, where it differs from --port. 0: the port listened on.");
DEFINE_checked_string(allowed_hosts, "",
                      "Host names beside --hostname by which this master may be called over HTTP, "
                      "and whose pages may call it, as of a proxy: proxy.example.com, "
                      "*.example.com, or * for all. Addresses and localhost need no naming.",
                      mesos::net::CheckAllowedHosts);
DEFINE_string(
    external_log_file, "",
    "File that another program writes the log to, to be served as /master/log in place of "
    "that of --log_dir.");
DEFINE_string(cluster, "", "Human readable name of the cluster.");
DEFINE_string(work_dir, "/var/lib/mesos",
              "Directory for what the master keeps on disk (see --registry); made where missing.");
DEFINE_checked_string(zk, "",
                      "The ZooKeeper ensemble that elects the leading master, as "
                      "zk://[user:password@]host:port,host:port/path. Without it the master stands "
                      "alone and always leads.",
                      mesos::master::CheckZooKeeper);
DEFINE_checked_string(
    zk_session_timeout, "10secs",
    "How long ZooKeeper may hear nothing of this master before it elects another.",
    mesos::master::CheckSessionTimeout);
DEFINE_checked_string(agent_ping_timeout, "15secs",
                      "How long an agent may take to answer each ping.",
                      mesos::master::CheckPositiveDuration);
DEFINE_int32(max_agent_ping_timeouts, 5,
             "How many pings in a row an agent may miss before it is unreachable.");
DEFINE_deprecated_name(slave_ping_timeout, agent_ping_timeout);
DEFINE_deprecated_name(max_slave_ping_timeouts, max_agent_ping_timeouts);
static const mesos::flags::CheckedFlag checked_ping_timeouts("max_agent_ping_timeouts",
                                                             mesos::master::CheckPositive);
DEFINE_checked_string(agent_reregister_timeout, "10mins",
                      "How long a known agent may take to come back before it is unreachable.",
                      mesos::master::CheckPositiveDuration);
DEFINE_deprecated_name(slave_reregister_timeout, agent_reregister_timeout);
DEFINE_checked_string(offer_timeout, "",
                      "How long an offer stands before it is rescinded. Without it, forever.",
                      mesos::master::CheckOptionalDuration);
DEFINE_checked_string(allocation_interval, "1secs",
                      "How often all agents are looked at for offers. What becomes free is offered "
                      "at once in any case.",
                      mesos::master::CheckPositiveDuration);
DEFINE_checked_string(weights, "", "Weights of roles, as role=weight,role=weight; 1 where absent.",
                      mesos::master::CheckWeights);
DEFINE_int32(max_operator_event_stream_subscribers, mesos::limits::kMaxEventSubscribers,
             "How many operators may follow the events; of more, the oldest is closed.");
static const mesos::flags::CheckedFlag checked_subscribers("max_operator_event_stream_subscribers",
                                                           mesos::master::CheckPositive);
DEFINE_int32(max_completed_frameworks, 50, "How many completed frameworks are remembered.");
static const mesos::flags::CheckedFlag checked_frameworks("max_completed_frameworks",
                                                          mesos::master::CheckNotNegative);
DEFINE_int32(max_completed_tasks_per_framework, 1000,
             "How many completed tasks are remembered for each framework.");
static const mesos::flags::CheckedFlag checked_tasks("max_completed_tasks_per_framework",
                                                     mesos::master::CheckNotNegative);
DEFINE_int32(max_unreachable_tasks_per_framework, 1000,
             "How many unreachable tasks are remembered for each framework.");
static const mesos::flags::CheckedFlag checked_unreachable("max_unreachable_tasks_per_framework",
                                                           mesos::master::CheckNotNegative);

DEFINE_bool(publish_per_framework_metrics, true,
            "Whether metrics show figures of each framework by itself.");

namespace mesos::master {

absl::StatusOr<MasterConfig> ReadMasterFlags() {
  MasterConfig config;
  config.listen_port = FLAGS_port;
  config.advertise_port = FLAGS_advertise_port;
  config.publish_per_framework_metrics = FLAGS_publish_per_framework_metrics;
  // glog keeps a link of this name to the newest file.
  if (!FLAGS_log_dir.empty()) config.log_file = absl::StrCat(FLAGS_log_dir, "/mesos-master.INFO");
  if (!FLAGS_external_log_file.empty()) config.log_file = FLAGS_external_log_file;

  if (!FLAGS_zk.empty()) {
    ASSIGN_OR_RETURN(config.zookeeper, zookeeper::ParseUrl(FLAGS_zk));
  }
  config.zookeeper_session_timeout = flags::DurationFlag(FLAGS_zk_session_timeout);

  MasterOptions& options = config.options;
  ASSIGN_OR_RETURN(config.addresses,
                   rpc::ChooseAddresses({.ip = FLAGS_ip,
                                         .ip_discovery_command = FLAGS_ip_discovery_command,
                                         .advertise_ip = FLAGS_advertise_ip,
                                         .hostname = FLAGS_hostname,
                                         .hostname_lookup = FLAGS_hostname_lookup,
                                         .alone = FLAGS_zk.empty()},
                                        rpc::SystemHostFacts()));
  options.hostname = config.addresses.hostname;
  options.ip = config.addresses.ip;
  config.site = {.names = {options.hostname, rpc::LocalHostname()},
                 .allowed = net::ParseAllowedHosts(FLAGS_allowed_hosts)};
  options.version = kApiVersion;
  options.cluster = FLAGS_cluster;
  options.agent_ping_timeout = flags::DurationFlag(FLAGS_agent_ping_timeout);
  options.max_agent_ping_timeouts = FLAGS_max_agent_ping_timeouts;
  options.agent_reregister_timeout = flags::DurationFlag(FLAGS_agent_reregister_timeout);
  if (!FLAGS_offer_timeout.empty()) {
    options.offer_timeout = flags::DurationFlag(FLAGS_offer_timeout);
  }
  options.allocation_interval = flags::DurationFlag(FLAGS_allocation_interval);
  options.max_event_subscribers = FLAGS_max_operator_event_stream_subscribers;
  options.max_completed_frameworks = FLAGS_max_completed_frameworks;
  options.max_completed_tasks_per_framework = FLAGS_max_completed_tasks_per_framework;
  options.max_unreachable_tasks_per_framework = FLAGS_max_unreachable_tasks_per_framework;
  ASSIGN_OR_RETURN(config.registry,
                   ReadRegistryFlags(config.zookeeper.has_value(), FLAGS_work_dir, &options));
  if (config.registry.backend == RegistryBackend::kFile) {
    RETURN_IF_ERROR(UseDirectory(FLAGS_work_dir));
    config.work_directory = FLAGS_work_dir;
  }
  ASSIGN_OR_RETURN(config.allocator.weights, ParseWeights(FLAGS_weights));
  return config;
}

}  // namespace mesos::master
