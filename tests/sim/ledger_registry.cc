#include "tests/sim/ledger_registry.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/overloaded.h"

namespace mesos::sim {
namespace {

using master::AgentStanding;

const char* Name(std::optional<AgentStanding> standing) {
  if (!standing) return "absent";
  switch (*standing) {
    case AgentStanding::kAdmitted:
      return "admitted";
    case AgentStanding::kUnreachable:
      return "unreachable";
    case AgentStanding::kGone:
      return "gone";
  }
  return "?";
}

std::string Epoch(uint64_t epoch) { return absl::StrCat("the leader of epoch ", epoch); }

}  // namespace

RegistryLedger::Wish RegistryLedger::WishOf(const master::RegistryOperation& operation) {
  const auto mark = [](const std::string& agent, AgentStanding standing) {
    return Wish{agent, [standing](Standing before) { return before ? standing : before; }};
  };
  return std::visit(
      Overloaded{
          [](const master::AdmitAgent& admit) {
            return Wish{admit.info->id().value(),
                        [](Standing) { return Standing(AgentStanding::kAdmitted); }};
          },
          [&](const master::MarkUnreachable& unreachable) {
            return mark(unreachable.agent_id, AgentStanding::kUnreachable);
          },
          [&](const master::MarkGone& gone) { return mark(gone.agent_id, AgentStanding::kGone); },
          [](const master::ForgetAgent& forget) {
            return Wish{forget.agent_id, [](Standing) { return Standing(); }};
          },
          [](const master::SetWeight&) { return Wish{}; },
      },
      operation);
}

RegistryLedger::Standing RegistryLedger::Find(const Standings& standings,
                                              const std::string& agent) {
  auto it = standings.find(agent);
  return it == standings.end() ? Standing() : Standing(it->second);
}

void RegistryLedger::Recovered(uint64_t epoch, const master::Registry& contents) {
  Reign reign;
  for (const auto& [id, agent] : contents.agents()) reign.found[id] = agent.standing;
  reign.kept = reign.found;
  auto [it, fresh] = reigns_.emplace(epoch, std::move(reign));
  if (!fresh) violation_(absl::StrCat("epoch ", epoch, " is given twice"));
  // One that hears late that it leads is deposed from the beginning.
  if (std::next(it) != reigns_.end()) it->second.last_token = 0;
  if (it == reigns_.begin()) return;
  Reign& before = std::prev(it)->second;
  if (!before.last_token)
    before.last_token = before.wishes.empty() ? 0 : before.wishes.rbegin()->first;
  CheckInherited(epoch, before, it->second);
}

void RegistryLedger::CheckInherited(uint64_t epoch, const Reign& before, const Reign& after) {
  std::set<std::string> agents;
  for (const auto& [id, standing] : before.kept) agents.insert(id);
  for (const auto& [id, standing] : after.found) agents.insert(id);
  for (const std::string& agent : agents) {
    const Standing kept = Find(before.kept, agent);
    const Standing found = Find(after.found, agent);
    bool explained = found == kept;
    // Each prefix of what was asked for may have been written.
    Standing possible = kept;
    for (const auto& [token, wishes] : before.wishes) {
      if (token > before.last_token) break;
      for (const Wish& wish : wishes) {
        if (wish.agent != agent) continue;
        possible = wish.change(possible);
        explained |= found == possible;
      }
    }
    if (!explained) {
      violation_(absl::StrCat(Epoch(epoch), " finds agent ", agent, " ", Name(found),
                              ", which was kept as ", Name(kept)));
    }
  }
}

void RegistryLedger::Asked(uint64_t epoch, uint64_t token,
                           const std::vector<master::RegistryOperation>& operations) {
  auto it = reigns_.find(epoch);
  if (it == reigns_.end()) return;
  std::vector<Wish>& wishes = it->second.wishes[token];
  for (const master::RegistryOperation& operation : operations) {
    wishes.push_back(WishOf(operation));
    const std::string& agent = wishes.back().agent;
    if (std::holds_alternative<master::AdmitAgent>(operation) &&
        Find(it->second.kept, agent) == AgentStanding::kGone) {
      violation_(absl::StrCat(Epoch(epoch), " admits agent ", agent, ", which is gone"));
    }
  }
}

void RegistryLedger::Kept(uint64_t epoch, uint64_t token) {
  auto it = reigns_.find(epoch);
  if (it == reigns_.end()) return;
  Reign& reign = it->second;
  auto wishes = reign.wishes.extract(token);
  if (wishes.empty()) {
    violation_(absl::StrCat(Epoch(epoch), " is told of a write that it did not ask for"));
    return;
  }
  for (const Wish& wish : wishes.mapped()) {
    if (wish.agent.empty()) continue;
    const Standing after = wish.change(Find(reign.kept, wish.agent));
    if (after != master::AgentStanding::kAdmitted) reign.taken.erase(wish.agent);
    if (after) {
      reign.kept[wish.agent] = *after;
    } else {
      reign.kept.erase(wish.agent);
    }
  }
  if (!reign.last_token) return;
  // Told only now. Was it written before the next leader came, that one has found it.
  if (token > *reign.last_token) {
    violation_(absl::StrCat(Epoch(epoch),
                            " is told that a write is kept, which it asked for after "
                            "another had come to lead"));
  } else {
    CheckInherited(std::next(it)->first, reign, std::next(it)->second);
  }
}

void RegistryLedger::CheckAdmitted(uint64_t epoch, const std::string& agent) {
  auto it = reigns_.find(epoch);
  if (it == reigns_.end()) return;
  it->second.taken.insert(agent);
  if (const Standing kept = Find(it->second.kept, agent); kept != AgentStanding::kAdmitted) {
    violation_(absl::StrCat(Epoch(epoch), " tells agent ", agent,
                            " that it is registered, but it is kept as ", Name(kept)));
  }
}

void RegistryLedger::AgentTaken(uint64_t epoch, const std::string& agent,
                                const std::string& machine) {
  const auto [it, fresh] = machines_.emplace(agent, machine);
  if (it->second != machine) {
    violation_(
        absl::StrCat("agent id ", agent, " of ", it->second, " is given to ", machine, ", too"));
  }
  CheckAdmitted(epoch, agent);
}

void RegistryLedger::AgentTakenBack(uint64_t epoch, const std::string& agent) {
  CheckAdmitted(epoch, agent);
}

void RegistryLedger::LossTold(uint64_t epoch, const std::string& agent) {
  auto it = reigns_.find(epoch);
  if (it == reigns_.end() || Find(it->second.kept, agent) != AgentStanding::kAdmitted) return;
  violation_(absl::StrCat(Epoch(epoch), " tells that agent ", agent,
                          " is lost, but it is kept as admitted"));
}

bool RegistryLedger::Settled(uint64_t epoch, const std::string& agent) const {
  auto it = reigns_.find(epoch);
  if (it == reigns_.end()) return false;
  const Reign& reign = it->second;
  for (const auto& [token, wishes] : reign.wishes) {
    for (const Wish& wish : wishes) {
      if (wish.agent == agent) return false;
    }
  }
  return Find(reign.kept, agent) != AgentStanding::kAdmitted || reign.taken.count(agent) > 0;
}

bool RegistryLedger::MayReturn(const std::string& agent) const {
  if (reigns_.empty()) return false;
  const Standing kept = Find(reigns_.rbegin()->second.kept, agent);
  return kept == AgentStanding::kAdmitted || kept == AgentStanding::kUnreachable;
}

}  // namespace mesos::sim
