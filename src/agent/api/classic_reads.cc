#include "agent/api/classic_reads.h"

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "agent/api/piecewise.h"
#include "agent/api/v1_reads.h"
#include "agent/checkpoint/paths.h"
#include "common/base/host_port.h"
#include "common/classic/classic_json.h"
#include "common/json/json_writer.h"
#include "common/operator_api/build_info.h"
#include "common/resources/resource_set.h"

namespace mesos::agent {
namespace {

using json::JsonWriter;

double Seconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

ResourceSet Allocated(const Snapshot& snapshot) {
  ResourceSet allocated;
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      if (executor.alive()) allocated += HeldBy(executor);
    }
  }
  return allocated.Unallocated();
}

std::set<std::string> ReservationRoles(const ResourceSet& resources) {
  std::set<std::string> roles;
  for (const ResourceSet::Entry& entry : resources.entries()) {
    if (entry.identity->reserved()) {
      roles.insert(std::string(entry.identity->reservation_role()));
    }
  }
  return roles;
}

void WriteResources(JsonWriter& json, const Snapshot& snapshot) {
  const ResourceSet total =
      ResourceSet::FromProto(snapshot.info->resources()).value_or(ResourceSet());
  const ResourceSet allocated = Allocated(snapshot);
  classic::WriteResources(json.Key("resources"), total);
  json.Key("reserved_resources").BeginObject();
  for (const std::string& role : ReservationRoles(total)) {
    classic::WriteResources(json.KeyOf(role), total.ReservedTo(role));
  }
  json.EndObject();
  json.Key("reserved_resources_full").BeginObject();
  for (const std::string& role : ReservationRoles(total)) {
    classic::WriteResourceList(json.KeyOf(role), total.ReservedTo(role));
  }
  json.EndObject();
  json.Key("reserved_resources_allocated").BeginObject();
  for (const std::string& role : ReservationRoles(allocated)) {
    classic::WriteResources(json.KeyOf(role), allocated.ReservedTo(role));
  }
  json.EndObject();
  classic::WriteResources(json.Key("unreserved_resources"), total.Unreserved());
  classic::WriteResourceList(json.Key("unreserved_resources_full"), total.Unreserved());
  classic::WriteResources(json.Key("unreserved_resources_allocated"), allocated.Unreserved());
}

void WriteHead(JsonWriter& json, const Snapshot& snapshot, const AgentFacts& facts) {
  const BuildInfo& build = ThisBuild();
  const v1::AgentInfo& info = *snapshot.info;
  json.BeginObject();
  json.Key("version").String(kApiVersion);
  if (!build.git_sha.empty()) json.Key("git_sha").String(build.git_sha);
  json.Key("build_date").String(build.date);
  json.Key("build_time").Double(build.time);
  json.Key("build_user").String(build.user);
  json.Key("start_time").Double(Seconds(facts.started));
  json.Key("id").String(info.id().value());
  json.Key("pid").String(absl::StrCat("slave(1)@", JoinHostPort(facts.ip, info.port())));
  json.Key("hostname").String(info.hostname());
  json.Key("capabilities").BeginArray();
  for (const auto type : snapshot.capabilities) {
    json.String(v1::AgentInfo::Capability::Type_Name(type));
  }
  json.EndArray();
  WriteResources(json, snapshot);
  classic::WriteAttributes(json.Key("attributes"), info.attributes());
  if (info.has_domain()) json.Key("domain").Message(info.domain());
  if (!snapshot.master_hostname.empty()) {
    json.Key("master_hostname").String(snapshot.master_hostname);
  }
  if (!facts.log_directory.empty()) json.Key("log_dir").String(facts.log_directory);
  json.Key("flags").BeginObject();
  for (const auto& [name, value] : facts.flags) json.KeyOf(name).String(value);
  json.EndObject();
  json.Key("resource_providers").BeginArray().EndArray();
}

// What an executor and one of which only history is left have in common; the object stays open.
void WriteExecutor(JsonWriter& json, const RunId& run, const v1::ExecutorInfo& info,
                   const ResourceSet& resources, const AgentFacts& facts) {
  json.BeginObject();
  json.Key("id").String(run.executor_id);
  json.Key("name").String(info.name());
  json.Key("source").String(info.source());
  json.Key("container").String(run.container_id);
  json.Key("directory").String(sandbox::RunDirectory(facts.work_directory, run));
  classic::WriteResources(json.Key("resources"), resources);
  if (info.resources_size() > 0) {
    json.Key("role").String(info.resources(0).allocation_info().role());
  }
  if (info.has_labels()) classic::WriteLabels(json.Key("labels"), info.labels());
  if (info.has_type()) json.Key("type").String(v1::ExecutorInfo::Type_Name(info.type()));
}

void WriteLive(JsonWriter& json, const Snapshot& snapshot, const Executor& executor,
               const AgentFacts& facts) {
  const RunId run{snapshot.agent_id(), executor.framework_id, executor.id, executor.container_id};
  WriteExecutor(json, run, *executor.info, HeldBy(executor), facts);
  auto write = [&](const char* name, auto wanted) {
    json.Key(name).BeginArray();
    for (const auto& [id, task] : executor.tasks) {
      if (wanted(task)) classic::WriteTask(json, snapshot.Render(executor, task));
    }
  };
  write("tasks", [](const Task& task) {
    return !task.terminal() && task.delivery == Task::Delivery::kDelivered;
  });
  json.EndArray();
  write("queued_tasks", [](const Task& task) {
    return !task.terminal() && task.delivery != Task::Delivery::kDelivered;
  });
  json.EndArray();
  // Those whose end is not acknowledged yet too, as in Mesos.
  write("completed_tasks", [](const Task& task) { return task.terminal(); });
  for (const auto& task : executor.completed_tasks) classic::WriteTask(json, *task);
  json.EndArray().EndObject();
}

void WriteCompleted(JsonWriter& json, const Snapshot& snapshot, const std::string& framework_id,
                    const CompletedExecutor& executor, const AgentFacts& facts) {
  const RunId run{snapshot.agent_id(), framework_id, executor.id, executor.container_id};
  WriteExecutor(json, run, *executor.info,
                ResourceSet::FromProto(executor.info->resources()).value_or(ResourceSet()), facts);
  json.Key("tasks").BeginArray().EndArray();
  json.Key("queued_tasks").BeginArray().EndArray();
  json.Key("completed_tasks").BeginArray();
  for (const auto& task : executor.tasks) classic::WriteTask(json, *task);
  json.EndArray().EndObject();
}

void WriteFrameworkHead(JsonWriter& json, const Framework& framework) {
  const v1::FrameworkInfo& info = *framework.info;
  json.BeginObject();
  json.Key("id").String(info.id().value());
  json.Key("name").String(info.name());
  json.Key("user").String(info.user());
  json.Key("failover_timeout").Double(info.failover_timeout());
  json.Key("checkpoint").Bool(info.checkpoint());
  json.Key("hostname").String(info.hostname());
  if (info.has_principal()) json.Key("principal").String(info.principal());
  if (framework.HasCapability(v1::FrameworkInfo::Capability::MULTI_ROLE)) {
    json.Key("roles").BeginArray();
    for (const std::string& role : info.roles()) json.String(role);
    json.EndArray();
  } else {
    json.Key("role").String(info.role());
  }
}

// One step an executor: each may hold hundreds of tasks.
void AddFramework(Piecewise& body, const Snapshot& snapshot, const Framework& framework,
                  const AgentFacts& facts) {
  body.Add([&](JsonWriter& json) {
    WriteFrameworkHead(json, framework);
    json.Key("executors").BeginArray();
  });
  for (const auto& [id, executor] : framework.executors) {
    body.Add([&snapshot, &executor = executor, &facts](JsonWriter& json) {
      WriteLive(json, snapshot, executor, facts);
    });
  }
  body.Add([](JsonWriter& json) { json.EndArray().Key("completed_executors").BeginArray(); });
  for (const auto& executor : framework.completed_executors) {
    body.Add([&snapshot, &framework, &executor = *executor, &facts](JsonWriter& json) {
      WriteCompleted(json, snapshot, framework.info->id().value(), executor, facts);
    });
  }
  body.Add([](JsonWriter& json) { json.EndArray().EndObject(); });
}

}  // namespace

std::unique_ptr<net::BodySource> StateBody(std::shared_ptr<const Snapshot> snapshot,
                                           std::shared_ptr<const AgentFacts> facts,
                                           net::JsonFrame frame) {
  using Source = std::pair<std::shared_ptr<const Snapshot>, std::shared_ptr<const AgentFacts>>;
  auto source = std::make_shared<const Source>(std::move(snapshot), std::move(facts));
  const Snapshot& state = *source->first;
  const AgentFacts& fixed = *source->second;
  auto body = std::make_unique<Piecewise>(source, std::move(frame));
  body->Add([&](JsonWriter& json) { WriteHead(json, state, fixed); });
  for (const bool idle : {false, true}) {
    body->Add([idle](JsonWriter& json) {
      json.Key(idle ? "completed_frameworks" : "frameworks").BeginArray();
    });
    for (const auto& [id, framework] : state.frameworks) {
      if (framework.idle() == idle) AddFramework(*body, state, framework, fixed);
    }
    body->Add([](JsonWriter& json) { json.EndArray(); });
  }
  body->Add([](JsonWriter& json) { json.EndObject(); });
  return body;
}

std::string ContainersJson(const Snapshot& snapshot, const ProcessTable& processes,
                           ContainersForm form) {
  std::string text;
  JsonWriter json(text);
  json.BeginArray();
  for (const auto& [framework_id, framework] : snapshot.frameworks) {
    for (const auto& [executor_id, executor] : framework.executors) {
      if (!executor.has_container) continue;
      json.BeginObject();
      json.Key("framework_id").String(framework_id);
      json.Key("executor_id").String(executor_id);
      json.Key("executor_name").String(executor.info->name());
      json.Key("source").String(executor.info->source());
      json.Key("statistics").Message(ContainerStatistics(executor, snapshot.taken_at, processes));
      if (form == ContainersForm::kContainers) {
        json.Key("container_id").String(executor.container_id);
        v1::ContainerStatus status;
        status.mutable_container_id()->set_value(executor.container_id);
        if (executor.pid.has_value()) status.set_executor_pid(static_cast<uint32_t>(*executor.pid));
        json.Key("status").Message(status);
      }
      json.EndObject();
    }
  }
  json.EndArray();
  return text;
}

}  // namespace mesos::agent
