#include "master/daemon/registry_flags.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/flags/flags.h"
#include "master/daemon/flag_checks.h"

namespace mesos::master {
namespace {

absl::Status CheckRegistry(const std::string& value) {
  if (value == "auto" || value == "in_memory" || value == "file" || value == "zookeeper" ||
      value == "replicated_log") {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", value, "' is none of zookeeper, file, in_memory"));
}

// "N/duration" as the least time between two of them; zero where it is empty.
absl::StatusOr<absl::Duration> ParseSpacing(const std::string& text) {
  if (text.empty()) return absl::ZeroDuration();
  const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits('/', 1));
  int number = 0;
  if (!absl::SimpleAtoi(parts.first, &number) || number < 1 ||
      !CheckPositiveDuration(parts.second).ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", text, "' is not of the form NUMBER/DURATION (examples: 1/10mins, 2/1hrs)"));
  }
  return flags::DurationFlag(parts.second) / number;
}

absl::Status CheckRateLimit(const std::string& value) { return ParseSpacing(value).status(); }

absl::StatusOr<double> ParsePercentage(const std::string& text) {
  absl::string_view number = text;
  double percentage = 0;
  if (!absl::ConsumeSuffix(&number, "%") || !absl::SimpleAtod(number, &percentage) ||
      !(percentage >= 0 && percentage <= 100)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a percentage from 0% to 100%"));
  }
  return percentage / 100;
}

absl::Status CheckPercentage(const std::string& value) { return ParsePercentage(value).status(); }

}  // namespace
}  // namespace mesos::master

DEFINE_checked_string(
    registry, "auto",
    "Where the master keeps what must outlive it (agents, weights): 'zookeeper', "
    "the default with --zk; 'file', in --work_dir, the default without; or "
    "'in_memory', nowhere. 'auto', and Mesos' 'replicated_log', mean the default.",
    mesos::master::CheckRegistry);
DEFINE_checked_string(registry_fetch_timeout, "1mins",
                      "How long a master that comes to lead tries to read the registry.",
                      mesos::master::CheckPositiveDuration);
DEFINE_checked_string(registry_store_timeout, "20secs",
                      "How long a leading master tries to write the registry before it gives up "
                      "leading.",
                      mesos::master::CheckPositiveDuration);
DEFINE_checked_string(registry_gc_interval, "15mins",
                      "How often agents that are unreachable or gone are looked through, to forget "
                      "those of --registry_max_agent_age and --registry_max_agent_count.",
                      mesos::master::CheckPositiveDuration);
DEFINE_checked_string(registry_max_agent_age, "2weeks",
                      "How long an agent that is unreachable or gone is remembered.",
                      mesos::master::CheckPositiveDuration);
DEFINE_int32(registry_max_agent_count, 102400,
             "How many unreachable agents, and how many gone ones, are remembered.");
static const mesos::flags::CheckedFlag checked_agent_count("registry_max_agent_count",
                                                           mesos::master::CheckNotNegative);
DEFINE_checked_string(agent_removal_rate_limit, "",
                      "How many agents without a sign of life may become unreachable in a time, as "
                      "1/10mins. Without it, any number.",
                      mesos::master::CheckRateLimit);
DEFINE_deprecated_name(slave_removal_rate_limit, agent_removal_rate_limit);
DEFINE_checked_string(recovery_agent_removal_limit, "100%",
                      "Which part of the agents may be missing when --agent_reregister_timeout has "
                      "passed after a failover; where more are, this master gives up leading "
                      "instead of making them unreachable.",
                      mesos::master::CheckPercentage);
DEFINE_deprecated_name(recovery_slave_removal_limit, recovery_agent_removal_limit);
DEFINE_int32(quorum, 0,
             "Taken for configurations made for Mesos, without effect: the registry stands in "
             "ZooKeeper, whose ensemble has a quorum of its own.");
static const mesos::flags::CheckedFlag checked_quorum("quorum", mesos::master::CheckNotNegative);

namespace mesos::master {

absl::StatusOr<RegistryConfig> ReadRegistryFlags(bool elected, const std::string& work_directory,
                                                 MasterOptions* options) {
  RegistryConfig config;
  config.fetch_timeout = flags::DurationFlag(FLAGS_registry_fetch_timeout);
  config.store_timeout = flags::DurationFlag(FLAGS_registry_store_timeout);
  if (FLAGS_registry == "in_memory") {
    config.backend = RegistryBackend::kMemory;
  } else if (FLAGS_registry == "zookeeper" || (FLAGS_registry != "file" && elected)) {
    config.backend = RegistryBackend::kZooKeeper;
  } else {
    config.backend = RegistryBackend::kFile;
    config.path = absl::StrCat(work_directory, "/registry.sqlite");
  }
  if (config.backend == RegistryBackend::kZooKeeper && !elected) {
    return absl::InvalidArgumentError("--registry=zookeeper needs --zk: name the ensemble");
  }
  if (config.backend == RegistryBackend::kFile && elected) {
    return absl::InvalidArgumentError(
        "--registry=file is for a master that stands alone: with --zk the next leader could not "
        "read it; leave --registry away, or say in_memory");
  }
  options->durable_registry = config.backend != RegistryBackend::kMemory;
  options->registry_gc_interval = flags::DurationFlag(FLAGS_registry_gc_interval);
  options->registry_max_agent_age = flags::DurationFlag(FLAGS_registry_max_agent_age);
  options->registry_max_agent_count = FLAGS_registry_max_agent_count;
  ASSIGN_OR_RETURN(options->agent_removal_spacing, ParseSpacing(FLAGS_agent_removal_rate_limit));
  ASSIGN_OR_RETURN(options->recovery_agent_removal_limit,
                   ParsePercentage(FLAGS_recovery_agent_removal_limit));
  return config;
}

}  // namespace mesos::master
