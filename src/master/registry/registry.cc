#include "master/registry/registry.h"

#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "internal/registry.pb.h"

namespace mesos::master {
namespace {

constexpr absl::string_view kAgents = "agents/";
constexpr absl::string_view kWeights = "weights/";
constexpr int kFormat = 1;

std::string AgentEntry(const std::string& id) { return absl::StrCat(kAgents, id); }
std::string WeightEntry(const std::string& role) { return absl::StrCat(kWeights, role); }

template <typename Record>
absl::Status Parse(const std::string& name, const std::string& value, Record& record) {
  if (!record.ParsePartialFromString(value) || !record.has_version()) {
    return absl::DataLossError(absl::StrCat("the registry's entry '", name,
                                            "' is damaged: restore the registry from a copy"));
  }
  if (record.version() > kFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the registry's entry '", name, "' has format ", record.version(),
        ", and this version knows up to ", kFormat, ": start the newer version that wrote it"));
  }
  if (!record.IsInitialized()) {
    return absl::DataLossError(absl::StrCat("the registry's entry '", name, "' lacks ",
                                            record.InitializationErrorString()));
  }
  return absl::OkStatus();
}

internal::RegistryAgent::State ToRecord(AgentStanding standing) {
  switch (standing) {
    case AgentStanding::kAdmitted:
      return internal::RegistryAgent::ADMITTED;
    case AgentStanding::kUnreachable:
      return internal::RegistryAgent::UNREACHABLE;
    case AgentStanding::kGone:
      return internal::RegistryAgent::GONE;
  }
  return internal::RegistryAgent::UNKNOWN;
}

std::optional<AgentStanding> FromRecord(internal::RegistryAgent::State state) {
  switch (state) {
    case internal::RegistryAgent::ADMITTED:
      return AgentStanding::kAdmitted;
    case internal::RegistryAgent::UNREACHABLE:
      return AgentStanding::kUnreachable;
    case internal::RegistryAgent::GONE:
      return AgentStanding::kGone;
    case internal::RegistryAgent::UNKNOWN:
      break;
  }
  return std::nullopt;
}

std::string Serialize(const RegisteredAgent& agent) {
  internal::RegistryAgent record;
  record.set_version(kFormat);
  *record.mutable_info() = *agent.info;
  record.set_state(ToRecord(agent.standing));
  if (agent.standing != AgentStanding::kAdmitted)
    record.set_since_nanoseconds(absl::ToUnixNanos(agent.since));
  return record.SerializeAsString();
}

std::string Serialize(double weight) {
  internal::RegistryWeight record;
  record.set_version(kFormat);
  record.set_weight(weight);
  return record.SerializeAsString();
}

}  // namespace

absl::StatusOr<Registry> Registry::FromEntries(const std::map<std::string, std::string>& entries) {
  Registry registry;
  for (const auto& [name, value] : entries) RETURN_IF_ERROR(registry.Read(name, value));
  return registry;
}

absl::Status Registry::Read(const std::string& name, const std::string& value) {
  absl::string_view key = name;
  if (absl::ConsumePrefix(&key, kAgents)) {
    internal::RegistryAgent record;
    RETURN_IF_ERROR(Parse(name, value, record));
    const std::optional<AgentStanding> standing = FromRecord(record.state());
    if (!standing || record.info().id().value() != key) {
      return absl::DataLossError(
          absl::StrCat("the registry's entry '", name, "' is not of that agent"));
    }
    agents_[std::string(key)] = {std::make_shared<const v1::AgentInfo>(record.info()), *standing,
                                 *standing == AgentStanding::kAdmitted
                                     ? absl::InfinitePast()
                                     : absl::FromUnixNanos(record.since_nanoseconds())};
    return absl::OkStatus();
  }
  if (absl::ConsumePrefix(&key, kWeights)) {
    internal::RegistryWeight record;
    RETURN_IF_ERROR(Parse(name, value, record));
    weights_[std::string(key)] = record.weight();
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the registry's entry '", name,
                   "' is not known to this version: start the newer version that wrote it"));
}

std::vector<store::Change> Registry::Apply(const std::vector<RegistryOperation>& operations) {
  std::set<std::string> changed_agents;
  std::set<std::string> changed_weights;
  const auto mark = [&](const std::string& id, AgentStanding standing, absl::Time since) {
    auto it = agents_.find(id);
    if (it == agents_.end() || it->second.standing == standing) return;
    it->second.standing = standing;
    it->second.since = since;
    changed_agents.insert(id);
  };
  for (const RegistryOperation& operation : operations) {
    if (const auto* admit = std::get_if<AdmitAgent>(&operation)) {
      const std::string& id = admit->info->id().value();
      agents_[id] = {admit->info, AgentStanding::kAdmitted, absl::InfinitePast()};
      changed_agents.insert(id);
    } else if (const auto* unreachable = std::get_if<MarkUnreachable>(&operation)) {
      mark(unreachable->agent_id, AgentStanding::kUnreachable, unreachable->since);
    } else if (const auto* gone = std::get_if<MarkGone>(&operation)) {
      mark(gone->agent_id, AgentStanding::kGone, gone->since);
    } else if (const auto* forget = std::get_if<ForgetAgent>(&operation)) {
      if (agents_.erase(forget->agent_id) > 0) changed_agents.insert(forget->agent_id);
    } else if (const auto* set = std::get_if<SetWeight>(&operation)) {
      if (set->weight) {
        weights_[set->role] = *set->weight;
      } else {
        weights_.erase(set->role);
      }
      changed_weights.insert(set->role);
    }
  }
  std::vector<store::Change> changes;
  for (const std::string& id : changed_agents) {
    auto it = agents_.find(id);
    changes.push_back({AgentEntry(id),
                       it == agents_.end() ? std::nullopt : std::optional(Serialize(it->second))});
  }
  for (const std::string& role : changed_weights) {
    auto it = weights_.find(role);
    changes.push_back({WeightEntry(role),
                       it == weights_.end() ? std::nullopt : std::optional(Serialize(it->second))});
  }
  return changes;
}

}  // namespace mesos::master
