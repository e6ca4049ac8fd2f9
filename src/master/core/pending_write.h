#pragma once

// What the core goes on with once the registry has a write: data, one struct for each kind of
// continuation. See transitions.h.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "master/core/agents/agent_info_budget.h"
#include "master/core/events.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// Why an agent leaves, and so what its tasks become (see the table in agent_ends.cc).
enum class AgentEnd {
  kRemoved,         // it unregistered, or another took its address
  kUnreachable,     // no sign of life
  kGoneByOperator,  // the operator says that it never comes back
};

// A new agent is in the registry under `agent_id`; the one at its address, if any, is out of it.
struct NewAgentAdmitted {
  AgentMessageReceived received;
  std::string agent_id;
  std::shared_ptr<const v1::AgentInfo> info;  // with id
  std::optional<std::string> replaced;
  AgentInfoBudget::Charge charge;  // for `info`, until an agent has it
};

// An agent that was unreachable, or unknown, is in the registry again.
struct FormerAgentAdmitted {
  AgentMessageReceived received;
  std::shared_ptr<const v1::AgentInfo> info;  // with id
  AgentInfoBudget::Charge charge;             // for `info`, until an agent has it

  const std::string& agent_id() const { return info->id().value(); }
};

struct AgentEndRecorded {
  std::string agent_id;
  AgentEnd end;
  absl::Time since;
  std::string message;            // what the schedulers read in the status of each task
  std::vector<CallToken> answer;  // operators who asked for it
};

// Agents that were unreachable or gone for long.
struct AgentsForgotten {
  std::vector<std::string> agent_ids;
};

struct WeightsRecorded {
  std::map<std::string, double> weights;
  CallToken answer;
};

// Nothing waits for it.
struct Noted {};

using PendingWrite = std::variant<NewAgentAdmitted, FormerAgentAdmitted, AgentEndRecorded,
                                  AgentsForgotten, WeightsRecorded, Noted>;

}  // namespace mesos::master
