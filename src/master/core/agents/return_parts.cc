#include "master/core/agents/return_parts.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "master/core/agents/agents.h"

namespace mesos::master {

void KeepReturnPart(World& world, const AgentMessageReceived& received) {
  ++world.counters.reregistration_parts;
  const size_t bytes = received.message->ByteSizeLong() + limits::kQueuedMessageBytes;
  ReturnParts& parts = world.return_parts[received.session];
  if (parts.bytes + bytes > limits::kMaxReturnBytes) {
    RefuseAgent(
        world, received.session,
        absl::ResourceExhaustedError(absl::StrCat("The agent has tasks and executors of more than ",
                                                  limits::kMaxReturnBytes, " bytes")));
    DropReturnParts(world, received.session);
    return;
  }
  if (world.return_parts_bytes + bytes > limits::kMaxReturningBytes) {
    RefuseAgent(world, received.session,
                absl::UnavailableError("Other agents return with much just now: dial again"));
    DropReturnParts(world, received.session);
    return;
  }
  parts.messages.push_back(received.message);
  parts.bytes += bytes;
  world.return_parts_bytes += bytes;
}

AgentMessageReceived PutTogether(World& world, const AgentMessageReceived& received) {
  auto it = world.return_parts.find(received.session);
  if (it == world.return_parts.end()) return received;
  auto whole = std::make_shared<internal::AgentMessage>(*received.message);
  internal::ReregisterAgent& agent = *whole->mutable_reregister_agent();
  for (const auto& message : it->second.messages) {
    const internal::ReregistrationPart& part = message->reregistration_part();
    agent.mutable_tasks()->MergeFrom(part.tasks());
    agent.mutable_executors()->MergeFrom(part.executors());
    agent.mutable_frameworks()->MergeFrom(part.frameworks());
  }
  DropReturnParts(world, received.session);
  return {received.session, std::move(whole), received.caller};
}

void DropReturnParts(World& world, SessionId session) {
  auto it = world.return_parts.find(session);
  if (it == world.return_parts.end()) return;
  world.return_parts_bytes -= it->second.bytes;
  world.return_parts.erase(it);
}

}  // namespace mesos::master
