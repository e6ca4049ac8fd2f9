#include "master/core/agents/agent_health.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "common/base/limits.h"
#include "master/core/agents/departures.h"
#include "master/core/agents/transitions.h"

namespace mesos::master {
namespace {

void RunRemovals(World& world) {
  while (std::optional<std::string> agent_id = world.removals.Pop(world.now)) {
    if (!InTransition(world, *agent_id)) BeginUnreachable(world, *agent_id);
  }
  world.deadlines.Cancel(std::exchange(world.next_removal, DeadlineId::kNone));
  if (world.removals.Next() != absl::InfiniteFuture()) {
    world.next_removal = world.deadlines.Arm(world.removals.Next(), RemovalPermit{});
  }
}

}  // namespace

absl::Duration TotalPingTimeout(const World& world) {
  return world.options.agent_ping_timeout * world.options.max_agent_ping_timeouts;
}

int64_t ReturnSpreadMilliseconds(const World& world) {
  const size_t agents = world.stats.connected_agents + world.awaited_agents.size();
  const absl::Duration spread = absl::Seconds(agents) / limits::kAgentReturnsPerSecond;
  return absl::ToInt64Milliseconds(std::min(spread, limits::kMaxReturnSpread));
}

void ArmPing(World& world, Agent& agent) {
  world.deadlines.Cancel(agent.health);
  agent.health =
      world.deadlines.Arm(world.now + world.options.agent_ping_timeout, PingDue{agent.index});
}

void OnPong(World& world, Agent& agent) {
  agent.awaiting_pong = false;
  agent.missed_pings = 0;
  CancelRemoval(world, agent.id);
}

void OnPingDue(World& world, AgentIdx index) {
  Agent* agent = world.FindAgent(index);
  if (agent == nullptr || !agent->connected()) return;
  if (agent->awaiting_pong && ++agent->missed_pings >= world.options.max_agent_ping_timeouts) {
    ScheduleRemoval(world, agent->id);
  }
  agent->awaiting_pong = true;
  auto command = std::make_shared<internal::MasterMessage>();
  command->mutable_ping()->set_sequence(++agent->ping_sequence);
  command->mutable_ping()->set_return_spread_milliseconds(ReturnSpreadMilliseconds(world));
  world.SendToAgent(*agent, std::move(command));
  ArmPing(world, *agent);
}

void OnAgentGivenUp(World& world, AgentIdx index) {
  Agent* agent = world.FindAgent(index);
  if (agent != nullptr && !agent->connected()) ScheduleRemoval(world, agent->id);
}

void ScheduleRemoval(World& world, const std::string& agent_id) {
  if (InTransition(world, agent_id) || !world.removals.Add(agent_id)) return;
  ++world.stats.removals_scheduled;
  RunRemovals(world);
}

void CancelRemoval(World& world, const std::string& agent_id) {
  if (world.removals.Cancel(agent_id)) ++world.stats.removals_canceled;
}

void OnRemovalPermit(World& world) {
  world.next_removal = DeadlineId::kNone;
  RunRemovals(world);
}

}  // namespace mesos::master
