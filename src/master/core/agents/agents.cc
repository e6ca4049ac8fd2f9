#include "master/core/agents/agents.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/host_port.h"
#include "glog/logging.h"
#include "master/core/agents/agent_health.h"
#include "master/core/agents/offering.h"
#include "master/core/offers/offers.h"
#include "master/core/operators/operator_events.h"

namespace mesos::master {
namespace {

std::string AddressKey(const v1::AgentInfo& info, const std::string& ip) {
  return absl::StrCat(info.hostname(), "|", ip, "|", info.port());
}

v1::Offer MakeOfferTemplate(const Agent& agent) {
  const v1::AgentInfo& info = *agent.info;
  v1::Offer offer;
  offer.mutable_agent_id()->set_value(agent.id);
  offer.set_hostname(info.hostname());
  *offer.mutable_attributes() = info.attributes();
  if (info.has_domain()) *offer.mutable_domain() = info.domain();
  offer.mutable_url()->set_scheme("http");
  offer.mutable_url()->set_path("/slave(1)");
  v1::Address* address = offer.mutable_url()->mutable_address();
  address->set_hostname(info.hostname());
  address->set_ip(agent.ip);
  address->set_port(info.port());
  return offer;
}

}  // namespace

void RefuseAgent(World& world, SessionId session, const absl::Status& why) {
  LOG(WARNING) << "Refusing an agent: " << why.message();
  world.Emit(CloseAgentSession{session, why});
}

void ShutDownAgent(World& world, SessionId session, const std::string& message) {
  auto command = std::make_shared<internal::MasterMessage>();
  command->mutable_shutdown()->set_message(message);
  world.Emit(SendToAgent{session, std::move(command)});
  world.Emit(CloseAgentSession{session, absl::OkStatus()});
}

void SetAgentFacts(World& world, Agent& agent, const AgentFacts& facts) {
  if (agent.info != nullptr) ForgetAgentAddress(world, agent);
  agent.info = facts.info;
  agent.ip = facts.peer_ip;
  agent.info_charge = nullptr;  // what it said before makes room
  agent.info_charge = world.agent_infos.Add(agent.ip, agent.info->ByteSizeLong());
  auto profile = std::make_shared<AgentProfile>();
  profile->info = agent.info;
  profile->pid = absl::StrCat("slave(1)@", JoinHostPort(agent.ip, agent.info->port()));
  profile->version = facts.version;
  profile->capabilities.assign(facts.capabilities.begin(), facts.capabilities.end());
  profile->offer_template = MakeOfferTemplate(agent);
  agent.profile = std::move(profile);
  world.Touch(agent);
  world.agents_by_address[AddressKey(*agent.info, agent.ip)] = agent.index;
}

void ConnectAgent(World& world, Agent& agent, SessionId session) {
  if (agent.connected()) {
    world.Emit(CloseAgentSession{
        agent.session,
        absl::AbortedError(absl::StrCat("Agent ", agent.id, " opened another session"))});
  } else {
    ++world.stats.connected_agents;
  }
  world.BindSession(agent, session);
  CancelRemoval(world, agent.id);
  agent.missed_pings = 0;
  agent.awaiting_pong = false;
  ArmPing(world, agent);
}

void AddNewAgent(World& world, const NewAgentAdmitted& admitted) {
  const internal::RegisterAgent& message = admitted.received.message->register_agent();
  absl::StatusOr<ResourceSet> total = ResourceSet::FromProto(message.info().resources());
  CHECK(total.ok()) << total.status() << " although it was read before";
  Agent& agent = world.AddAgent(admitted.agent_id);
  SetAgentFacts(world, agent,
                {admitted.info, message.version(), message.capabilities(),
                 admitted.received.caller->address});
  world.SetTotal(agent, *std::move(total));
  agent.registered_time = world.now;
  world.allocator->AddAgent(agent.index, {agent.total, {}});
  ConnectAgent(world, agent, admitted.received.session);
  ++world.stats.agents_registered;
  TellAgentAdded(world, agent);

  auto command = std::make_shared<internal::MasterMessage>();
  internal::AgentRegistered* registered = command->mutable_registered();
  registered->mutable_agent_id()->set_value(agent.id);
  *registered->mutable_master() = world.master_info;
  registered->set_ping_timeout_milliseconds(absl::ToInt64Milliseconds(TotalPingTimeout(world)));
  registered->set_return_spread_milliseconds(ReturnSpreadMilliseconds(world));
  world.SendToAgent(agent, std::move(command));
  world.allocation_due = true;
  LOG(INFO) << "Registered agent_id=" << agent.id << " hostname=" << agent.info->hostname()
            << " ip=" << agent.ip << " port=" << agent.info->port()
            << " resources=" << agent.total.ToString();
}

void DisconnectAgent(World& world, Agent& agent) {
  LOG(INFO) << "Disconnected agent_id=" << agent.id << " hostname=" << agent.info->hostname();
  world.UnbindSession(agent);
  --world.stats.connected_agents;
  OfferOrWithhold(world, agent);
  DiscardOffers(world, agent, Rescind::kYes);
  world.deadlines.Cancel(agent.health);
  agent.health =
      world.deadlines.Arm(world.now + TotalPingTimeout(world), AgentGivenUp{agent.index});
}

const Agent* FindAgentAt(const World& world, const v1::AgentInfo& info, const std::string& ip) {
  if (info.port() == 0) return nullptr;
  auto it = world.agents_by_address.find(AddressKey(info, ip));
  return it == world.agents_by_address.end() ? nullptr : world.FindAgent(it->second);
}

void ForgetAgentAddress(World& world, const Agent& agent) {
  world.ForgetAddress(agent, AddressKey(*agent.info, agent.ip));
}

}  // namespace mesos::master
