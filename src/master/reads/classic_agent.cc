#include "master/reads/classic_agent.h"

#include <set>
#include <string>

#include "common/classic/classic_json.h"
#include "master/reads/classic_values.h"

namespace mesos::master {
namespace {

std::set<std::string> ReservationRoles(const ResourceSet& resources) {
  std::set<std::string> roles;
  for (const ResourceSet::Entry& entry : resources.entries()) {
    if (entry.identity->reserved()) roles.insert(std::string(entry.identity->reservation_role()));
  }
  return roles;
}

void WriteReserved(json::JsonWriter& json, const ResourceSet& total,
                   void (*write)(json::JsonWriter&, const ResourceSet&)) {
  json.BeginObject();
  for (const std::string& role : ReservationRoles(total)) {
    write(json.KeyOf(role), total.ReservedTo(role));
  }
  json.EndObject();
}

// With the role that each is allocated to.
ResourceSet Allocated(const ResourcesByRole& by_role) {
  ResourceSet all;
  for (const auto& [role, resources] : by_role) all += resources.AllocatedTo(role);
  return all;
}

}  // namespace

void WriteAwaitedAgent(json::JsonWriter& json, const v1::AgentInfo& info) {
  json.BeginObject();
  json.Key("id").String(info.id().value());
  json.Key("hostname").String(info.hostname());
  json.Key("port").Int(info.port());
  classic::WriteAttributes(json.Key("attributes"), info.attributes());
  json.EndObject();
}

void WriteAgentFields(json::JsonWriter& json, const AgentView& agent) {
  const AgentProfile& profile = *agent.profile;
  const v1::AgentInfo& info = *profile.info;
  json.Key("id").String(agent.id());
  json.Key("hostname").String(info.hostname());
  json.Key("port").Int(info.port());
  classic::WriteAttributes(json.Key("attributes"), info.attributes());
  json.Key("pid").String(profile.pid);
  json.Key("registered_time").Double(Seconds(agent.registered_time));
  if (agent.reregistered_time) {
    json.Key("reregistered_time").Double(Seconds(*agent.reregistered_time));
  }
  classic::WriteResources(json.Key("resources"), agent.total);
  classic::WriteResources(json.Key("used_resources"), Sum(agent.used));
  classic::WriteResources(json.Key("offered_resources"), Sum(agent.offered));
  WriteReserved(json.Key("reserved_resources"), agent.total, classic::WriteResources);
  classic::WriteResources(json.Key("unreserved_resources"), agent.total.Unreserved());
  json.Key("active").Bool(agent.active);
  json.Key("deactivated").Bool(false);
  json.Key("version").String(profile.version);
  json.Key("capabilities").BeginArray();
  for (const v1::AgentInfo::Capability& capability : profile.capabilities) {
    json.String(v1::AgentInfo::Capability::Type_Name(capability.type()));
  }
  json.EndArray();
}

void WriteAgentResourceLists(json::JsonWriter& json, const AgentView& agent) {
  WriteReserved(json.Key("reserved_resources_full"), agent.total, classic::WriteResourceList);
  classic::WriteResourceList(json.Key("unreserved_resources_full"), agent.total.Unreserved());
  classic::WriteResourceList(json.Key("used_resources_full"), Allocated(agent.used));
  classic::WriteResourceList(json.Key("offered_resources_full"), Allocated(agent.offered));
}

}  // namespace mesos::master
