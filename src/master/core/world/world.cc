#include "master/core/world/world.h"

#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "master/core/master_info.h"

namespace mesos::master {

World::World(MasterOptions options_in, std::unique_ptr<Allocator> allocator_in, absl::Time now_in)
    : options(std::move(options_in)),
      master_info(MakeMasterInfo(options)),
      allocator(std::move(allocator_in)),
      now(now_in),
      removals(options.agent_removal_spacing),
      completed_frameworks(options.max_completed_frameworks),
      unreachable_agents(std::numeric_limits<size_t>::max()),
      gone_agents(std::numeric_limits<size_t>::max()),
      shared_options(std::make_shared<const MasterOptions>(options)),
      shared_master_info(std::make_shared<const v1::MasterInfo>(master_info)) {}

Framework* World::FindFramework(absl::string_view id) const {
  const std::optional<FrameworkIdx> index = framework_ids_.Find(id);
  return index ? FindFramework(*index) : nullptr;
}

Framework* World::FindFramework(FrameworkIdx index) const {
  return index.value() < frameworks.size() ? frameworks[index.value()].get() : nullptr;
}

Framework* World::FindFramework(SessionId session) const {
  auto it = scheduler_sessions_.find(session);
  return it == scheduler_sessions_.end() ? nullptr : it->second;
}

Agent* World::FindAgent(absl::string_view id) const {
  const std::optional<AgentIdx> index = agent_ids_.Find(id);
  return index ? FindAgent(*index) : nullptr;
}

Agent* World::FindAgent(AgentIdx index) const {
  return index.value() < agents.size() ? agents[index.value()].get() : nullptr;
}

Agent* World::FindAgent(SessionId session) const {
  auto it = agent_sessions_.find(session);
  return it == agent_sessions_.end() ? nullptr : it->second;
}

Offer* World::FindOffer(absl::string_view id) const {
  absl::string_view rest = id;
  uint64_t number = 0;
  if (!absl::ConsumePrefix(&rest, options.id) || !absl::ConsumePrefix(&rest, "-O") ||
      !absl::SimpleAtoi(rest, &number)) {
    return nullptr;
  }
  Offer* offer = FindOffer(OfferNumber{number});
  // Other spellings of the number ("007") are not this offer's id.
  return offer != nullptr && offer->id == id ? offer : nullptr;
}

Offer* World::FindOffer(OfferNumber number) const {
  auto it = offers.find(number);
  return it == offers.end() ? nullptr : it->second.get();
}

Framework& World::AddFramework(absl::string_view id) {
  const FrameworkIdx index = framework_ids_.Intern(id);
  if (frameworks.size() <= index.value()) frameworks.resize(index.value() + 1);
  CHECK(frameworks[index.value()] == nullptr) << "framework_id=" << id << " stands already";
  auto framework = std::make_unique<Framework>(options.max_unreachable_tasks_per_framework);
  framework->index = index;
  framework->id = std::string(id);
  frameworks[index.value()] = std::move(framework);
  Touch(*frameworks[index.value()]);
  return *frameworks[index.value()];
}

void World::RemoveFramework(Framework& framework) {
  CHECK(framework.tasks.empty() && framework.offers.empty() && framework.agents.empty());
  deadlines.Cancel(framework.heartbeat);
  deadlines.Cancel(framework.failover);
  UnbindSession(framework);
  allocator->RemoveFramework(framework.index);
  SetRoleNodes(framework, 0);
  const FrameworkIdx index = framework.index;
  frameworks[index.value()].reset();
  if (index.value() < framework_views.size()) framework_views.Set(index.value(), nullptr);
  framework_ids_.Release(index);
}

Agent& World::AddAgent(absl::string_view id) {
  const AgentIdx index = agent_ids_.Intern(id);
  if (agents.size() <= index.value()) agents.resize(index.value() + 1);
  CHECK(agents[index.value()] == nullptr) << "agent_id=" << id << " stands already";
  agents[index.value()] = std::make_unique<Agent>();
  Agent& agent = *agents[index.value()];
  agent.index = index;
  agent.id = std::string(id);
  Touch(agent);
  return agent;
}

MasterStats World::Stats() const {
  MasterStats now_standing = stats;
  for (const auto& framework : frameworks) now_standing.frameworks += framework != nullptr;
  for (const auto& agent : agents) now_standing.agents += agent != nullptr;
  now_standing.awaited_agents = awaited_agents.size();
  now_standing.agent_info_bytes = agent_infos.bytes();
  now_standing.role_nodes = role_nodes;
  now_standing.offers = offers.size();
  BoundsMet& met = now_standing.bounds_met;
  for (const auto& framework : frameworks) {
    if (framework != nullptr) met.unreachable_tasks += framework->unreachable_tasks.dropped();
  }
  met.filters_per_agent = allocator->FiltersDropped();
  return now_standing;
}

void World::SetRoleNodes(Framework& framework, size_t nodes) {
  role_nodes += nodes - framework.role_nodes;
  framework.role_nodes = nodes;
}

void World::Touch(Agent& agent) {
  if (std::exchange(agent.touched, true)) return;
  touched_agents.push_back(agent.index);
}

void World::Touch(Framework& framework) {
  if (std::exchange(framework.touched, true)) return;
  touched_frameworks.push_back(framework.index);
}

void World::RemoveAgent(Agent& agent) {
  CHECK(agent.tasks.empty() && agent.offers.empty() && agent.executors.empty());
  deadlines.Cancel(agent.health);
  UnbindSession(agent);
  allocator->RemoveAgent(agent.index);
  counters.total.Subtract(agent.total);
  const AgentIdx index = agent.index;
  agents[index.value()].reset();
  if (index.value() < agent_views.size()) agent_views.Set(index.value(), nullptr);
  agent_ids_.Release(index);
}

void World::SetTotal(Agent& agent, ResourceSet total) {
  counters.total.Subtract(agent.total);
  agent.total = std::move(total);
  counters.total.Add(agent.total);
}

void World::ForgetAddress(const Agent& agent, const std::string& address) {
  auto it = agents_by_address.find(address);
  if (it != agents_by_address.end() && it->second == agent.index) agents_by_address.erase(it);
}

std::string World::NewFrameworkId() {
  // A client may have come up with an id of this form by itself.
  while (true) {
    std::string id = absl::StrFormat("%s-%04d", options.id, next_framework_++);
    if (FindFramework(id) == nullptr && !completed_frameworks.Contains(id)) return id;
  }
}

std::string World::NewAgentId() {
  while (true) {
    std::string id = absl::StrCat(options.id, "-S", next_agent_++);
    if (FindAgent(id) == nullptr && !unreachable_agents.Contains(id) && !gone_agents.Contains(id) &&
        !awaited_agents.contains(id) && !transitions.contains(id)) {
      return id;
    }
  }
}

void World::BindSession(Framework& framework, SessionId session) {
  UnbindSession(framework);
  Touch(framework);
  framework.session = session;
  scheduler_sessions_[session] = &framework;
}

void World::UnbindSession(Framework& framework) {
  if (framework.session == SessionId::kNone) return;
  Touch(framework);
  scheduler_sessions_.erase(framework.session);
  framework.session = SessionId::kNone;
}

void World::BindSession(Agent& agent, SessionId session) {
  UnbindSession(agent);
  Touch(agent);
  agent.session = session;
  agent_sessions_[session] = &agent;
}

void World::UnbindSession(Agent& agent) {
  if (agent.session == SessionId::kNone) return;
  Touch(agent);
  agent_sessions_.erase(agent.session);
  agent.session = SessionId::kNone;
}

void World::SendToFramework(const Framework& framework, SchedulerEvent event) {
  if (!framework.connected()) return;
  ++FindFramework(framework.index)->counters.events[event->type()];
  effects.push_back(SendToScheduler{framework.session, std::move(event)});
}

void World::SendToAgent(const Agent& agent, AgentCommand command) {
  if (!agent.connected()) return;
  effects.push_back(master::SendToAgent{agent.session, std::move(command)});
}

std::shared_ptr<v1::scheduler::Event> NewEvent(v1::scheduler::Event::Type type) {
  auto event = std::make_shared<v1::scheduler::Event>();
  event->set_type(type);
  return event;
}

int64_t ToNanoseconds(absl::Time time) { return absl::ToUnixNanos(time); }

double ToSeconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

}  // namespace mesos::master
