#include "master/core/operator_reads.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "master/core/offers.h"

namespace mesos::master {
namespace {

using Response = v1::master::Response;
constexpr auto kEndpoint = ResourceSet::WireForm::kEndpoint;

void SetTime(absl::Time time, v1::TimeInfo* out) { out->set_nanoseconds(ToNanoseconds(time)); }

void ReadCompleted(const CompletedFramework& framework, Response::GetFrameworks::Framework* out) {
  *out->mutable_framework_info() = *framework.info;
  out->set_active(false);
  out->set_connected(false);
  out->set_recovered(false);
  if (framework.registered_time != absl::InfinitePast()) {
    SetTime(framework.registered_time, out->mutable_registered_time());
    SetTime(framework.reregistered_time, out->mutable_reregistered_time());
  }
  SetTime(framework.unregistered_time, out->mutable_unregistered_time());
  out->mutable_offer_constraints();
}

}  // namespace

void ReadAgent(const Agent& agent, Response::GetAgents::Agent* out) {
  *out->mutable_agent_info() = *agent.info;
  out->set_active(agent.connected());
  out->set_version(agent.version);
  out->set_pid(absl::StrCat("slave(1)@", agent.ip, ":", agent.info->port()));
  SetTime(agent.registered_time, out->mutable_registered_time());
  if (agent.reregistered_time) SetTime(*agent.reregistered_time, out->mutable_reregistered_time());
  agent.total.ToProto(out->mutable_total_resources(), kEndpoint);
  std::map<std::string, ResourceSet> used;
  for (const Task* task : agent.tasks) {
    if (task->booked) used[task->role] += task->resources;
  }
  for (const auto& [key, executor] : agent.executors) used[executor->role] += executor->resources;
  for (const auto& [role, resources] : used) {
    resources.AllocatedTo(role).ToProto(out->mutable_allocated_resources(), kEndpoint);
  }
  std::map<std::string, ResourceSet> offered;
  for (const Offer* offer : agent.offers) offered[offer->role] += offer->resources;
  for (const auto& [role, resources] : offered) {
    resources.AllocatedTo(role).ToProto(out->mutable_offered_resources(), kEndpoint);
  }
  for (const v1::AgentInfo::Capability& capability : agent.capabilities)
    *out->add_capabilities() = capability;
  out->set_deactivated(false);
}

void ReadFramework(const Framework& framework, Response::GetFrameworks::Framework* out) {
  *out->mutable_framework_info() = *framework.info;
  out->set_active(framework.connected());
  out->set_connected(framework.connected());
  out->set_recovered(framework.state == Framework::State::kRecovered);
  if (framework.registered_time != absl::InfinitePast()) {
    SetTime(framework.registered_time, out->mutable_registered_time());
    SetTime(framework.reregistered_time, out->mutable_reregistered_time());
  }
  std::map<std::string, ResourceSet> offered;
  for (const Offer* offer : framework.offers) {
    FillOffer(*offer, out->add_offers());
    offered[offer->role] += offer->resources;
  }
  for (const auto& [role, resources] : framework.used) {
    resources.AllocatedTo(role).ToProto(out->mutable_allocated_resources(), kEndpoint);
  }
  for (const auto& [role, resources] : offered) {
    resources.AllocatedTo(role).ToProto(out->mutable_offered_resources(), kEndpoint);
  }
  out->mutable_offer_constraints();
}

void ReadAgents(const World& world, Response::GetAgents* out) {
  for (const auto& agent : world.agents) {
    if (agent != nullptr) ReadAgent(*agent, out->add_agents());
  }
}

void ReadFrameworks(const World& world, Response::GetFrameworks* out) {
  for (const auto& framework : world.frameworks) {
    if (framework != nullptr) ReadFramework(*framework, out->add_frameworks());
  }
  for (const auto& [id, framework] : world.completed_frameworks) {
    ReadCompleted(framework, out->add_completed_frameworks());
  }
}

void ReadExecutors(const World& world, Response::GetExecutors* out) {
  for (const auto& agent : world.agents) {
    if (agent == nullptr) continue;
    for (const auto& [key, executor] : agent->executors) {
      Response::GetExecutors::Executor* read = out->add_executors();
      *read->mutable_executor_info() = *executor->info;
      read->mutable_agent_id()->set_value(agent->id);
    }
  }
}

void ReadTasks(const World& world, Response::GetTasks* out) {
  for (const auto& framework : world.frameworks) {
    if (framework == nullptr) continue;
    for (const Task* task : framework->task_list) *out->add_tasks() = *task->info;
    for (const auto& task : framework->completed_tasks) *out->add_completed_tasks() = *task;
    for (const auto& [id, task] : framework->unreachable_tasks)
      *out->add_unreachable_tasks() = *task;
  }
  for (const auto& [id, framework] : world.completed_frameworks) {
    for (const auto& task : framework.tasks) *out->add_completed_tasks() = *task;
  }
}

void ReadRoles(const World& world, Response::GetRoles* out) {
  // A role stands as long as a framework is in it, or has something allocated in it, or it has a
  // weight.
  std::map<std::string, std::set<std::string>> frameworks;
  for (const auto& framework : world.frameworks) {
    if (framework == nullptr) continue;
    for (const std::string& role : framework->roles) frameworks[role].insert(framework->id);
    for (const auto& [role, used] : framework->used) frameworks[role].insert(framework->id);
  }
  for (const auto& [role, weight] : world.weights) frameworks[role];
  for (const auto& [name, members] : frameworks) {
    v1::Role* role = out->add_roles();
    role->set_name(name);
    role->set_weight(world.allocator->Weight(name));
    for (const std::string& id : members) role->add_frameworks()->set_value(id);
    // As totals by name: Mesos leaves out what is not a scalar.
    const ResourceSet allocated = world.allocator->Allocated(name);
    std::set<std::string> names;
    for (const ResourceSet::Entry& entry : allocated.entries()) {
      if (entry.value.type() == ResourceValue::Type::kScalar)
        names.insert(std::string(entry.identity->name()));
    }
    for (const std::string& resource : names) {
      v1::Resource* total = role->add_resources();
      total->set_name(resource);
      total->set_type(v1::Value::SCALAR);
      total->mutable_scalar()->set_value(static_cast<double>(allocated.Scalar(resource)) / 1000);
    }
  }
}

void ReadMaster(const World& world, Response::GetMaster* out) {
  *out->mutable_master_info() = world.master_info;
  out->set_start_time(ToSeconds(world.options.start_time));
  out->set_elected_time(ToSeconds(world.options.start_time));
}

}  // namespace mesos::master
