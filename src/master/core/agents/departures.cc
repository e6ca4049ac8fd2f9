#include "master/core/agents/departures.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"
#include "master/core/agents/agent_ends.h"
#include "master/core/agents/agent_health.h"
#include "master/core/agents/agents.h"
#include "master/core/agents/awaited_agents.h"
#include "master/core/agents/registry_collection.h"
#include "master/core/agents/transitions.h"

namespace mesos::master {
namespace {

constexpr char kGoneMessage[] = "Agent has been marked gone";

RegistryOperation OperationOf(const AgentEndRecorded& ending) {
  switch (ending.end) {
    case AgentEnd::kRemoved:
      return ForgetAgent{ending.agent_id};
    case AgentEnd::kUnreachable:
      return MarkUnreachable{ending.agent_id, ending.since};
    case AgentEnd::kGoneByOperator:
      return MarkGone{ending.agent_id, ending.since};
  }
  LOG(FATAL) << "Not an AgentEnd: " << static_cast<int>(ending.end);
}

void BeginEnd(World& world, AgentEndRecorded ending) {
  CancelRemoval(world, ending.agent_id);
  BeginTransition(world, ending.agent_id);
  RegistryOperation operation = OperationOf(ending);
  WriteToRegistry(world, {std::move(operation)}, std::move(ending));
}

void EndSession(World& world, const Agent& agent, const AgentEndRecorded& ended) {
  switch (ended.end) {
    case AgentEnd::kRemoved:
      world.Emit(CloseAgentSession{agent.session, absl::OkStatus()});
      return;
    case AgentEnd::kUnreachable:
      world.Emit(
          CloseAgentSession{agent.session, absl::DeadlineExceededError(absl::StrCat(
                                               "Agent ", agent.id, " answered no ping for ",
                                               absl::FormatDuration(TotalPingTimeout(world))))});
      return;
    case AgentEnd::kGoneByOperator:
      ShutDownAgent(world, agent.session, ended.message);
      return;
  }
}

}  // namespace

void UnregisterAgent(World& world, Agent& agent) {
  if (InTransition(world, agent.id)) return;
  BeginEnd(world,
           {agent.id,
            AgentEnd::kRemoved,
            world.now,
            absl::StrCat("Agent ", agent.info->hostname(), " removed: the agent unregistered"),
            {}});
}

void BeginUnreachable(World& world, const std::string& agent_id) {
  if (!IsAdmitted(world, agent_id)) return;
  LOG(INFO) << "Marking unreachable agent_id=" << agent_id;
  BeginEnd(world, {agent_id, AgentEnd::kUnreachable, world.now, "health check timed out", {}});
}

std::optional<absl::Status> MarkAgentGone(World& world, const std::string& agent_id,
                                          CallToken call) {
  if (world.gone_agents.Contains(agent_id)) return absl::OkStatus();
  if (auto it = world.transitions.find(agent_id); it != world.transitions.end()) {
    it->second.gone_calls.push_back(call);
    return std::nullopt;
  }
  if (!IsAdmitted(world, agent_id) && !world.unreachable_agents.Contains(agent_id)) {
    return absl::NotFoundError(absl::StrCat("Agent '", agent_id, "' not found"));
  }
  BeginEnd(world, {agent_id, AgentEnd::kGoneByOperator, world.now, kGoneMessage, {call}});
  return std::nullopt;
}

void OnEndRecorded(World& world, const AgentEndRecorded& recorded) {
  const std::string& agent_id = recorded.agent_id;
  if (Agent* agent = world.FindAgent(agent_id)) {
    if (agent->connected()) EndSession(world, *agent, recorded);
    RemoveAgent(world, *agent, recorded.end, recorded.since, recorded.message);
  } else if (world.awaited_agents.contains(agent_id)) {
    EndAwaitedAgent(world, agent_id, recorded.end, recorded.since);
  } else {
    EndUnreachableAgent(world, agent_id, recorded.since, recorded.message);
  }
  for (const CallToken call : recorded.answer) {
    world.Emit(AnswerOperatorCall{call, absl::OkStatus(), nullptr});
  }
  EndTransition(world, agent_id);
  CollectIfCrowded(world);
}

}  // namespace mesos::master
