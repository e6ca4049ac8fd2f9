#include "master/registry/registry.h"

#include <cmath>
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

// Of an agent that is away for good or comes back with all that it says of itself.
std::shared_ptr<const v1::AgentInfo> OnlyItsName(const v1::AgentInfo& info) {
  auto name = std::make_shared<v1::AgentInfo>();
  *name->mutable_id() = info.id();
  name->set_hostname(info.hostname());
  if (info.has_port()) name->set_port(info.port());
  return name;
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
  if (absl::ConsumePrefix(&key, kAgents)) return ReadAgent(std::string(key), name, value);
  if (absl::ConsumePrefix(&key, kWeights)) {
    internal::RegistryWeight record;
    RETURN_IF_ERROR(Parse(name, value, record));
    if (!std::isfinite(record.weight()) || record.weight() <= 0) {
      return absl::DataLossError(absl::StrCat("the registry's entry '", name, "' has the weight ",
                                              record.weight(),
                                              ", which is none: restore the registry from a copy"));
    }
    weights_[std::string(key)] = record.weight();
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the registry's entry '", name,
                   "' is not known to this version: start the newer version that wrote it"));
}

absl::Status Registry::ReadAgent(const std::string& id, const std::string& name,
                                 const std::string& value) {
  internal::RegistryAgent record;
  RETURN_IF_ERROR(Parse(name, value, record));
  const std::optional<AgentStanding> standing = FromRecord(record.state());
  if (!standing || id.empty() || record.info().id().value() != id) {
    return absl::DataLossError(absl::StrCat("the registry's entry '", name,
                                            "' is not of that agent: restore the registry from a "
                                            "copy"));
  }
  RegisteredAgent& agent = agents_[id];
  agent = {std::make_shared<const v1::AgentInfo>(record.info()), *standing, absl::InfinitePast(),
           name.size() + value.size()};
  if (*standing != AgentStanding::kAdmitted) {
    agent.info = OnlyItsName(*agent.info);
    agent.since = absl::FromUnixNanos(record.since_nanoseconds());
  }
  bytes_ += agents_[id].entry_bytes;
  return absl::OkStatus();
}

store::Change Registry::ChangeOfAgent(const std::string& id) {
  store::Change change{AgentEntry(id), std::nullopt};
  auto it = agents_.find(id);
  if (it == agents_.end()) return change;
  change.value = Serialize(it->second);
  bytes_ -= it->second.entry_bytes;
  it->second.entry_bytes = change.name.size() + change.value->size();
  bytes_ += it->second.entry_bytes;
  return change;
}

std::vector<store::Change> Registry::Apply(const std::vector<RegistryOperation>& operations) {
  std::set<std::string> changed_agents;
  std::set<std::string> changed_weights;
  const auto mark = [&](const std::string& id, AgentStanding standing, absl::Time since) {
    auto it = agents_.find(id);
    if (it == agents_.end() || it->second.standing == standing) return;
    it->second.info = OnlyItsName(*it->second.info);
    it->second.standing = standing;
    it->second.since = since;
    changed_agents.insert(id);
  };
  for (const RegistryOperation& operation : operations) {
    if (const auto* admit = std::get_if<AdmitAgent>(&operation)) {
      const std::string& id = admit->info->id().value();
      RegisteredAgent& agent = agents_[id];
      agent = {admit->info, AgentStanding::kAdmitted, absl::InfinitePast(), agent.entry_bytes};
      changed_agents.insert(id);
    } else if (const auto* unreachable = std::get_if<MarkUnreachable>(&operation)) {
      mark(unreachable->agent_id, AgentStanding::kUnreachable, unreachable->since);
    } else if (const auto* gone = std::get_if<MarkGone>(&operation)) {
      mark(gone->agent_id, AgentStanding::kGone, gone->since);
    } else if (const auto* forget = std::get_if<ForgetAgent>(&operation)) {
      auto it = agents_.find(forget->agent_id);
      if (it == agents_.end()) continue;
      bytes_ -= it->second.entry_bytes;
      agents_.erase(it);
      changed_agents.insert(forget->agent_id);
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
  for (const std::string& id : changed_agents) changes.push_back(ChangeOfAgent(id));
  for (const std::string& role : changed_weights) {
    auto it = weights_.find(role);
    changes.push_back({WeightEntry(role),
                       it == weights_.end() ? std::nullopt : std::optional(Serialize(it->second))});
  }
  return changes;
}

}  // namespace mesos::master
