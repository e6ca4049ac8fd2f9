#pragma once

// What a master must remember, as data: which agents were admitted and what became of them, and
// what the operator set. Pure.
//
//   ASSIGN_OR_RETURN(Registry registry, Registry::FromEntries(contents.entries));
//   std::vector<store::Change> changes = registry.Apply({AdmitAgent{info}, ...});
//
//            AdmitAgent                MarkUnreachable
//   (none) ────────────▶ admitted ◀──────────────────────▶ unreachable
//              │            AdmitAgent (it came back)          │
//              └── MarkGone ──▶ gone ◀── MarkGone ─────────────┘
//        ForgetAgent removes it from any state
//
// An operation changes the registry in memory and says which entries of the store change with it,
// so that a write costs by its change. One entry an agent ("agents/<id>") and a weight
// ("weights/<role>"). What a later master adds brings a new operation and a new prefix; entries of
// a prefix that is not known are refused: a master that forgot them would do harm.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

enum class AgentStanding { kAdmitted, kUnreachable, kGone };

struct RegisteredAgent {
  // With id; of kUnreachable and kGone nothing more than id, hostname and port.
  std::shared_ptr<const v1::AgentInfo> info;
  AgentStanding standing = AgentStanding::kAdmitted;
  absl::Time since = absl::InfinitePast();  // of kUnreachable and kGone
  size_t entry_bytes = 0;                   // its name and value in the store
};

// ---- Operations. One that finds nothing to change changes nothing.

// A new agent, one that came back, or new facts about one.
struct AdmitAgent {
  std::shared_ptr<const v1::AgentInfo> info;  // with id
};
struct MarkUnreachable {
  std::string agent_id;
  absl::Time since;
};
struct MarkGone {
  std::string agent_id;
  absl::Time since;
};
struct ForgetAgent {
  std::string agent_id;
};
// nullopt: as if it had never been set.
struct SetWeight {
  std::string role;
  std::optional<double> weight;
};
using RegistryOperation =
    std::variant<AdmitAgent, MarkUnreachable, MarkGone, ForgetAgent, SetWeight>;

class Registry {
 public:
  // DataLoss, naming the entry, where one cannot be read; FailedPrecondition where a newer version
  // wrote one.
  static absl::StatusOr<Registry> FromEntries(const std::map<std::string, std::string>& entries);

  // In order; later operations see what earlier ones did. At most one change an entry.
  std::vector<store::Change> Apply(const std::vector<RegistryOperation>& operations);

  const std::map<std::string, RegisteredAgent>& agents() const { return agents_; }
  const std::map<std::string, double>& weights() const { return weights_; }

  // What the entries of the agents take in the store: their names and values.
  size_t bytes() const { return bytes_; }

 private:
  absl::Status Read(const std::string& name, const std::string& value);
  absl::Status ReadAgent(const std::string& id, const std::string& name, const std::string& value);
  // The entry as it is now, for the store.
  store::Change ChangeOfAgent(const std::string& id);

  std::map<std::string, RegisteredAgent> agents_;  // by id
  std::map<std::string, double> weights_;          // by role
  size_t bytes_ = 0;                               // the sum of entry_bytes
};

}  // namespace mesos::master
