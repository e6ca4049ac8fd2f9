#pragma once

// What all agents say of themselves, in bytes: in all and by the host that they come from. Anybody
// may register an agent, and what it says is kept in memory and in the registry.
//
//   ASSIGN_OR_RETURN(AgentInfoBudget::Charge charge, budget.Take(ip, info.ByteSizeLong()));
//   agent.info_charge = budget.Add(ip, bytes);      // of one that was taken before
//   budget.bytes();                                 // of the charges that are still held
//
// A charge may outlive the budget. Core-thread-only.

#include <cstddef>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace mesos::master {

class AgentInfoBudget {
 public:
  // Counts for as long as it is held.
  using Charge = std::shared_ptr<const void>;

  // ResourceExhausted, naming the bound, where so many more bytes are too many.
  absl::StatusOr<Charge> Take(const std::string& ip, size_t bytes) const;

  // Whatever there is already. `ip` is empty where it is not known: then they count only in all.
  Charge Add(const std::string& ip, size_t bytes) const;

  size_t bytes() const { return ledger_->bytes; }

 private:
  struct Ledger {
    size_t bytes = 0;
    absl::flat_hash_map<std::string, size_t> by_host;  // without zeros
  };

  const std::shared_ptr<Ledger> ledger_ = std::make_shared<Ledger>();
};

}  // namespace mesos::master
