#pragma once

// What every leader asked the registry to keep, held against what the next one finds there, and
// against what agents and schedulers were told.
//
//   RegistryLedger registry([&](const std::string& what) { ledger.Fail(what); });
//   registry.Recovered(epoch, contents);         // a leader begins its reign
//   registry.Asked(epoch, token, operations);    // it wants that kept
//   registry.Kept(epoch, token);                 // it was told that it is
//   registry.AgentTaken(epoch, agent, machine);  // it tells an agent that it is registered
//
// Rules:
// - an epoch belongs to one leader
// - a leader finds all that was kept for the one before it, and nothing but what that one asked for
//   before: what a deposed leader asks for later never stands there
// - who is gone never comes back; an agent id belongs to one machine
// - an agent is told that it is registered, and schedulers that its tasks are lost, only once the
//   registry has kept that

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "master/registry/registry.h"

namespace mesos::sim {

class RegistryLedger {
 public:
  using Violation = std::function<void(const std::string&)>;

  explicit RegistryLedger(Violation violation) : violation_(std::move(violation)) {}

  void Recovered(uint64_t epoch, const master::Registry& contents);
  void Asked(uint64_t epoch, uint64_t token,
             const std::vector<master::RegistryOperation>& operations);
  void Kept(uint64_t epoch, uint64_t token);

  void AgentTaken(uint64_t epoch, const std::string& agent, const std::string& machine);
  void AgentTakenBack(uint64_t epoch, const std::string& agent);
  // A scheduler is told that a task has ended, or is out of reach, with its agent.
  void LossTold(uint64_t epoch, const std::string& agent);

  // Whether the leader of the epoch knows by now what became of the agent: it is back, or given up,
  // and nothing about it is being written.
  bool Settled(uint64_t epoch, const std::string& agent) const;

  // Whether the newest leader's registry has the agent as one that may still be there.
  bool MayReturn(const std::string& agent) const;

  // The medium was lost, and all that it kept.
  void Forget() { reigns_.clear(); }

  uint64_t newest_epoch() const { return reigns_.empty() ? 0 : reigns_.rbegin()->first; }

 private:
  // Absent: not in the registry.
  using Standing = std::optional<master::AgentStanding>;
  struct Wish {
    std::string agent;
    std::function<Standing(Standing)> change;
  };
  using Standings = std::map<std::string, master::AgentStanding>;
  struct Reign {
    Standings found;  // at its beginning
    Standings kept;
    // Asked for and not known to be kept, in order.
    std::map<uint64_t, std::vector<Wish>> wishes;
    std::set<std::string> taken;
    // Set once the next leader has come: what is asked for after this token never stands.
    std::optional<uint64_t> last_token;
  };

  static Wish WishOf(const master::RegistryOperation& operation);
  static Standing Find(const Standings& standings, const std::string& agent);
  // What the leader of the epoch found follows from what the one before it had.
  void CheckInherited(uint64_t epoch, const Reign& before, const Reign& after);
  void CheckAdmitted(uint64_t epoch, const std::string& agent);

  Violation violation_;
  std::map<uint64_t, Reign> reigns_;             // by epoch
  std::map<std::string, std::string> machines_;  // by agent id
};

}  // namespace mesos::sim
