#include "agent/daemon/agent_flags.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/resources/detect.h"
#include "common/base/status_macros.h"
#include "common/flags/flags.h"
#include "common/net/site_guard.h"
#include "common/operator_api/build_info.h"
#include "common/resources/attributes.h"
#include "common/rpc/host_address.h"
#include "glog/logging.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace mesos::agent {
namespace {

absl::Status CheckOneOf(const std::string& value, std::initializer_list<const char*> allowed) {
  std::string list;
  for (const char* choice : allowed) {
    if (value == choice) return absl::OkStatus();
    absl::StrAppend(&list, list.empty() ? "'" : ", '", choice, "'");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", value, "' is not available in this version; use ", list));
}

absl::Status CheckRecover(const std::string& value) {
  return CheckOneOf(value, {"reconnect", "cleanup"});
}
absl::Status CheckContainerizers(const std::string& value) { return CheckOneOf(value, {"mesos"}); }
absl::Status CheckLauncher(const std::string& value) { return CheckOneOf(value, {"posix"}); }
// Those of Mesos that isolate nothing are what there is here.
absl::Status CheckIsolation(const std::string& value) {
  for (absl::string_view name : absl::StrSplit(value, ',')) {
    const absl::Status known =
        CheckOneOf(std::string(absl::StripAsciiWhitespace(name)),
                   {"posix/cpu", "posix/mem", "filesystem/posix", "process"});
    if (!known.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("'", value, "': ", known.message()));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckReconfigurationPolicy(const std::string& value) {
  return CheckOneOf(value, {"equal", "additive"});
}

absl::Status CheckAttributes(const std::string& value) { return ParseAttributes(value).status(); }

absl::Status CheckEnvironment(const std::string& value) {
  return ParseEnvironmentFlag(value).status();
}

absl::Status CheckNotNegative(const std::string& value) {
  int number = 0;
  if (absl::SimpleAtoi(value, &number) && number >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not 0 or more"));
}

absl::Status CheckFraction(const std::string& value) {
  double number = 0;
  if (absl::SimpleAtod(value, &number) && number >= 0 && number <= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not from 0 to 1"));
}

absl::Status CheckInterval(const std::string& value) {
  RETURN_IF_ERROR(flags::CheckDuration(value));
  if (flags::DurationFlag(value) > absl::ZeroDuration()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("'", value, "' is not longer than 0"));
}

absl::Status CheckSessionTimeout(const std::string& value) {
  RETURN_IF_ERROR(flags::CheckDuration(value));
  return zookeeper::CheckSessionTimeout(flags::DurationFlag(value));
}

}  // namespace
}  // namespace mesos::agent

DEFINE_checked_string(
    master, "",
    "The master, as host:port; or zk://[user:password@]host:port,host:port/path, and it is "
    "whoever leads there; or file:///path/to/file that holds one of them.",
    mesos::agent::CheckMaster);
DEFINE_checked_string(
    zk_session_timeout, "10secs",
    "How long ZooKeeper may hear nothing of this agent before the agent has to look anew for the "
    "leading master.",
    mesos::agent::CheckSessionTimeout);
DEFINE_checked_string(
    ip, "",
    "IP address to listen on. Without it an agent whose master is on this "
    "machine, and that is not told --advertise_ip, listens on 127.0.0.1, and others "
    "on all addresses; the log says which.",
    mesos::rpc::CheckOptionalIp);
DEFINE_string(ip_discovery_command, "",
              "Command whose output is the IP address to listen on, in place of --ip.");
DEFINE_port(port, 5051, "Port to listen on; 0 takes any that is free.");
DEFINE_checked_string(advertise_ip, "",
                      "IP address that others are told, where it differs from --ip.",
                      mesos::rpc::CheckOptionalIp);
DEFINE_port(advertise_port, 0,
            "Port that others are told, where it differs from --port. 0: the port listened on.");
DEFINE_string(
    hostname, "",
    "Host name that others are told. Without it, the name of the IP address that they are "
    "told.");
DEFINE_bool(hostname_lookup, true,
            "Look the name of the IP address up where --hostname does not give one; otherwise the "
            "address stands for it.");
DEFINE_checked_string(allowed_hosts, "",
                      "Host names beside --hostname by which this agent may be called over HTTP, "
                      "and whose pages may call it, as of a proxy: proxy.example.com, "
                      "*.example.com, or * for all. Addresses and localhost need no naming.",
                      mesos::net::CheckAllowedHosts);
DEFINE_string(external_log_file, "",
              "File that another program writes the log to, to be served as /slave/log in place of "
              "that of --log_dir.");
DEFINE_string(work_dir, "",
              "Directory of sandboxes and checkpoints, made where missing. One agent at a time "
              "can use it, and a restarted agent finds its tasks there.");
DEFINE_string(runtime_dir, "/var/run/mesos",
              "Directory of what is of interest only until the next boot: process ids and ends of "
              "containers, the executors' socket.");
DEFINE_bool(http_executor_domain_sockets, false,
            "Tell executors in MESOS_DOMAIN_SOCKET the Unix socket by which they can reach the "
            "agent instead of over TCP. The socket is there in any case.");
DEFINE_string(domain_socket_location, "",
              "Path of the Unix socket that serves executors. Without it, one in --runtime_dir.");
DEFINE_string(launcher_dir, "",
              "Directory of the mesos-launcher program. Without it, the directory of this program, "
              "or ../libexec/mesos from there.");
DEFINE_string(resources, "",
              "What the agent offers, as 'cpus:8;mem:4096;ports:[31000-32000]' or JSON. What is "
              "not named is detected.");
MARK_flag(resources, kPathOrValue);
DEFINE_string(
    frameworks_home, "",
    "Directory in which URIs that are relative paths begin; without it they are refused.");
MARK_flag(frameworks_home, kShownEmpty);
DEFINE_string(default_role, "*", "Role of the resources that name none.");
DEFINE_checked_string(attributes, "",
                      "What the agent tells frameworks of itself, as 'rack:2;zone:west'.",
                      mesos::agent::CheckAttributes);
DEFINE_checked_string(
    recover, "reconnect",
    "What a restarted agent does with the tasks it finds: 'reconnect' keeps them, "
    "'cleanup' kills them, forgets them and exits, as before an upgrade that "
    "cannot keep them.",
    mesos::agent::CheckRecover);
DEFINE_checked_string(reconfiguration_policy, "equal",
                      "What may change of an agent that restarts: with 'equal' nothing; with "
                      "'additive' resources and "
                      "attributes may be added.",
                      mesos::agent::CheckReconfigurationPolicy);
DEFINE_bool(strict, true,
            "Refuse to start where a part of the checkpoint cannot be read. Otherwise what it "
            "belongs to is skipped.");
DEFINE_bool(switch_user, true,
            "Run a task as the user of its command or framework. Needs root. Otherwise it runs as "
            "the agent's user.");
DEFINE_checked_string(
    executor_environment_variables, "",
    "Environment of executors and tasks beside what they bring, as a JSON object.",
    mesos::agent::CheckEnvironment);
MARK_flag(executor_environment_variables, kPathOrValue);
DEFINE_duration(executor_registration_timeout, "1mins",
                "How long a new executor may take to subscribe before it is killed.");
DEFINE_duration(executor_reregistration_timeout, "2secs",
                "How long an executor may take to come back to a restarted agent.");
DEFINE_duration(executor_shutdown_grace_period, "5secs",
                "How long an executor may take to end after it was told to.");
DEFINE_duration(recovery_timeout, "15mins",
                "How long executors wait for a restarted agent before they end themselves.");
DEFINE_duration(registration_backoff_factor, "1secs",
                "The longest wait between two dials while no master can be reached, unless the "
                "master had so many agents that they are to spread their return over longer. A "
                "master that answers but does not take the agent is tried again after waits that "
                "grow to a minute.");
DEFINE_duration(gc_delay, "1weeks",
                "How long sandboxes of ended executors are kept, where the disk has room.");
DEFINE_checked_string(
    gc_disk_headroom, "0.1",
    "The part of the disk that sandboxes are to leave free, from 0 to 1. A sandbox is "
    "kept for gc_delay * max(0, 1 - gc_disk_headroom - what of the disk is used).",
    mesos::agent::CheckFraction);
DEFINE_checked_string(disk_watch_interval, "1mins",
                      "How long after a measurement of the disk the next follows.",
                      mesos::agent::CheckInterval);
DEFINE_int32(max_completed_executors_per_framework, 150,
             "How many ended executors are remembered for each framework.");
static const mesos::flags::CheckedFlag checked_executors("max_completed_executors_per_framework",
                                                         mesos::agent::CheckNotNegative);
DEFINE_checked_string(containerizers, "mesos", "Only 'mesos' is available in this version.",
                      mesos::agent::CheckContainerizers);
DEFINE_checked_string(isolation, "posix/cpu,posix/mem",
                      "Of Mesos' isolators those that isolate nothing, with commas between: "
                      "posix/cpu, posix/mem, filesystem/posix.",
                      mesos::agent::CheckIsolation);
DEFINE_checked_string(launcher, "posix", "Only 'posix' is available in this version.",
                      mesos::agent::CheckLauncher);

namespace mesos::agent {
namespace {

// sockaddr_un has room for so much and a NUL.
constexpr size_t kMaxSocketPath = 107;

// Absolute, made where missing, usable.
absl::StatusOr<std::string> UseDirectory(const char* flag, const std::string& path) {
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  if (!error) std::filesystem::create_directories(absolute, error);
  if (!error && !std::filesystem::is_directory(absolute, error) && !error) {
    error = std::make_error_code(std::errc::not_a_directory);
  }
  if (!error && access(absolute.c_str(), R_OK | W_OK | X_OK) != 0) {
    error = std::error_code(errno, std::generic_category());
  }
  if (error) {
    return absl::FailedPreconditionError(
        absl::StrCat("Failed to use --", flag, "=", path, ": ", error.message(),
                     "; name a directory that this user can write"));
  }
  return absolute.size() > 1 ? std::string(absl::StripSuffix(absolute, "/")) : absolute;
}

absl::StatusOr<std::string> FindLauncher() {
  std::vector<std::string> directories = {FLAGS_launcher_dir};
  if (FLAGS_launcher_dir.empty()) {
    std::error_code error;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
    directories = {self.parent_path(),
                   (self.parent_path() / "../libexec/mesos").lexically_normal()};
  }
  for (const std::string& directory : directories) {
    std::error_code error;
    const std::string path = std::filesystem::absolute(directory, error) / "mesos-launcher";
    if (access(path.c_str(), X_OK) == 0) {
      FLAGS_launcher_dir = directory;  // as /flags shows it
      return path;
    }
  }
  return absl::FailedPreconditionError(absl::StrCat("Found no mesos-launcher in '",
                                                    directories.front(),
                                                    "'; name its directory with --launcher_dir"));
}

// The same for each start of an agent on this work directory, and another for each other directory.
absl::StatusOr<std::string> ExecutorSocket(const std::string& work_directory,
                                           const std::string& runtime_directory) {
  uint64_t hash = 14695981039346656037u;  // FNV-1a
  for (unsigned char c : work_directory) hash = (hash ^ c) * 1099511628211u;
  const std::string path =
      FLAGS_domain_socket_location.empty()
          ? absl::StrCat(runtime_directory, "/agent-", absl::Hex(hash), ".sock")
          : FLAGS_domain_socket_location;
  if (path.size() <= kMaxSocketPath && path.front() == '/') return path;
  return absl::InvalidArgumentError(
      absl::StrCat("The executors' socket '", path, "' needs an absolute path of at most ",
                   kMaxSocketPath, " bytes; name a shorter one with --domain_socket_location"));
}

// The host of "host:port" or "[address]:port".
std::string HostOf(absl::string_view target) {
  absl::string_view host = target.substr(0, target.rfind(':'));
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  return std::string(host);
}

absl::StatusOr<rpc::Addresses> ReadAddresses(const leader::MasterAddress& master) {
  const rpc::HostFacts facts = rpc::SystemHostFacts();
  const bool known = !FLAGS_ip.empty() || !FLAGS_advertise_ip.empty();
  return rpc::ChooseAddresses(
      {.ip = FLAGS_ip,
       .ip_discovery_command = FLAGS_ip_discovery_command,
       .advertise_ip = FLAGS_advertise_ip,
       .hostname = FLAGS_hostname,
       .hostname_lookup = FLAGS_hostname_lookup,
       .alone = !known && !master.zookeeper && rpc::IsThisMachine(HostOf(master.target), facts)},
      facts);
}

absl::Status FillInfo(const std::string& work_directory, v1::AgentInfo* info) {
  absl::StatusOr<ResourceSet> resources =
      DetectResources(FLAGS_resources, FLAGS_default_role, ReadMachineFacts(work_directory));
  if (!resources.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to load flag 'resources': ", resources.status().message()));
  }
  resources->ToProto(info->mutable_resources());
  ASSIGN_OR_RETURN(*info->mutable_attributes(), ParseAttributes(FLAGS_attributes));
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckMaster(const std::string& value) {
  return leader::ParseMasterAddress(value).status();
}

absl::StatusOr<std::map<std::string, std::string>> ParseEnvironmentFlag(const std::string& json) {
  std::map<std::string, std::string> variables;
  if (json.empty()) return variables;
  google::protobuf::Struct object;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &object);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", json, "' is not a JSON object: ", std::string(status.message())));
  }
  for (const auto& [name, value] : object.fields()) {
    if (value.kind_case() != google::protobuf::Value::kStringValue || name.empty() ||
        absl::StrContains(name, "=")) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", json, "': the variable '", name, "' needs a text as its value"));
    }
    variables[name] = value.string_value();
  }
  return variables;
}

absl::StatusOr<AgentConfig> ReadAgentFlags() {
  AgentConfig config;
  ASSIGN_OR_RETURN(config.master, leader::ParseMasterAddress(FLAGS_master));
  config.master.session_timeout = flags::DurationFlag(FLAGS_zk_session_timeout);
  ASSIGN_OR_RETURN(config.addresses, ReadAddresses(config.master));
  config.listen_port = FLAGS_port;
  config.advertise_port = FLAGS_advertise_port;
  config.strict = FLAGS_strict;
  config.log_directory = FLAGS_log_dir;
  config.external_log_file = FLAGS_external_log_file;
  config.reconfiguration_policy = FLAGS_reconfiguration_policy == "additive"
                                      ? ReconfigurationPolicy::kAdditive
                                      : ReconfigurationPolicy::kEqual;
  ASSIGN_OR_RETURN(config.launcher_path, FindLauncher());

  AgentOptions& options = config.options;
  ASSIGN_OR_RETURN(options.work_directory, UseDirectory("work_dir", FLAGS_work_dir));
  ASSIGN_OR_RETURN(options.runtime_directory, UseDirectory("runtime_dir", FLAGS_runtime_dir));
  ASSIGN_OR_RETURN(options.executor_socket,
                   ExecutorSocket(options.work_directory, options.runtime_directory));
  options.announce_domain_socket = FLAGS_http_executor_domain_sockets;
  options.info.set_hostname(config.addresses.hostname);
  RETURN_IF_ERROR(FillInfo(options.work_directory, &options.info));
  options.ip = config.addresses.ip;
  config.site = {.names = {options.info.hostname(), rpc::LocalHostname()},
                 .allowed = net::ParseAllowedHosts(FLAGS_allowed_hosts)};
  options.version = kApiVersion;
  options.cleanup = FLAGS_recover == "cleanup";
  options.launcher_directory = std::filesystem::path(config.launcher_path).parent_path();
  options.frameworks_home = FLAGS_frameworks_home;
  options.switch_user = FLAGS_switch_user;
  ASSIGN_OR_RETURN(options.executor_environment,
                   ParseEnvironmentFlag(FLAGS_executor_environment_variables));
  options.registration_backoff_factor = flags::DurationFlag(FLAGS_registration_backoff_factor);
  options.executor_registration_timeout = flags::DurationFlag(FLAGS_executor_registration_timeout);
  options.executor_reregistration_timeout =
      flags::DurationFlag(FLAGS_executor_reregistration_timeout);
  options.executor_shutdown_grace_period =
      flags::DurationFlag(FLAGS_executor_shutdown_grace_period);
  options.recovery_timeout = flags::DurationFlag(FLAGS_recovery_timeout);
  options.gc_delay = flags::DurationFlag(FLAGS_gc_delay);
  (void)absl::SimpleAtod(FLAGS_gc_disk_headroom, &options.gc_disk_headroom);  // it was checked
  options.disk_watch_interval = flags::DurationFlag(FLAGS_disk_watch_interval);
  options.max_completed_executors_per_framework = FLAGS_max_completed_executors_per_framework;
  return config;
}

}  // namespace mesos::agent
