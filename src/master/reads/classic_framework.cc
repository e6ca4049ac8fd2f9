#include "master/reads/classic_framework.h"

#include <map>

#include "common/classic/classic_json.h"
#include "master/reads/classic_task.h"
#include "master/reads/classic_values.h"

namespace mesos::master {
namespace {

using json::JsonWriter;
using Capability = v1::FrameworkInfo::Capability;

// What the fields of a framework are made of, whether it is there or was.
struct Facts {
  const FrameworkProfile& profile;
  ResourceSet used;
  ResourceSet offered;
  bool connected = false;
  bool recovered = false;
  absl::Time registered_time;
  absl::Time reregistered_time;
  absl::Time unregistered_time = absl::InfinitePast();
};

Facts FactsOf(const FrameworkView& framework) {
  ResourceSet offered;
  for (size_t i = 0; i < framework.offers.size(); ++i) offered += framework.offers[i]->resources;
  return {*framework.profile,         Sum(framework.used), std::move(offered),
          framework.connected,        framework.recovered, framework.registered_time,
          framework.reregistered_time};
}

Facts FactsOf(const CompletedFramework& framework) {
  return {*framework.profile,
          {},
          {},
          false,
          false,
          framework.registered_time,
          framework.reregistered_time,
          framework.unregistered_time};
}

void WriteSummaryFields(JsonWriter& json, const Facts& facts) {
  const v1::FrameworkInfo& info = *facts.profile.info;
  json.Key("id").String(info.id().value());
  json.Key("name").String(info.name());
  classic::WriteResources(json.Key("used_resources"), facts.used);
  classic::WriteResources(json.Key("offered_resources"), facts.offered);
  json.Key("capabilities").BeginArray();
  for (const Capability& capability : info.capabilities()) {
    json.String(Capability::Type_Name(capability.type()));
  }
  json.EndArray();
  json.Key("hostname").String(info.hostname());
  json.Key("webui_url").String(info.webui_url());
  json.Key("active").Bool(facts.connected);
  json.Key("connected").Bool(facts.connected);
  json.Key("recovered").Bool(facts.recovered);
}

void WriteDetails(JsonWriter& json, const Facts& facts) {
  const v1::FrameworkInfo& info = *facts.profile.info;
  json.Key("user").String(info.user());
  json.Key("failover_timeout").Double(info.failover_timeout());
  json.Key("checkpoint").Bool(info.checkpoint());
  json.Key("registered_time").Double(Seconds(facts.registered_time));
  if (facts.registered_time != facts.reregistered_time) {
    json.Key("reregistered_time").Double(Seconds(facts.reregistered_time));
  }
  json.Key("unregistered_time").Double(Seconds(facts.unregistered_time));
  if (info.has_principal()) json.Key("principal").String(info.principal());
  classic::WriteResources(json.Key("resources"), facts.used + facts.offered);
  if (facts.profile.multi_role) {
    json.Key("roles").BeginArray();
    for (const std::string& role : facts.profile.roles) json.String(role);
    json.EndArray();
  } else {
    json.Key("role").String(info.role());
  }
  if (info.has_labels()) classic::WriteLabels(json.Key("labels"), info.labels());
  json.Key("offer_constraints");
  if (facts.profile.offer_constraints != nullptr) {
    json.Message(*facts.profile.offer_constraints);
  } else {
    json.BeginObject();
    json.EndObject();
  }
}

void WriteOffers(JsonWriter& json, const FrameworkView& framework) {
  json.BeginArray();
  for (size_t i = 0; i < framework.offers.size(); ++i) {
    const OfferView& offer = *framework.offers[i];
    json.BeginObject();
    json.Key("id").String(offer.id);
    json.Key("framework_id").String(framework.id());
    json.Key("allocation_info").BeginObject();
    json.Key("role").String(offer.role);
    json.EndObject();
    json.Key("slave_id").String(offer.agent->info->id().value());
    classic::WriteResources(json.Key("resources"), offer.resources);
    json.EndObject();
  }
  json.EndArray();
}

void WriteCommand(JsonWriter& json, const v1::CommandInfo& command) {
  json.BeginObject();
  if (command.has_shell()) json.Key("shell").Bool(command.shell());
  if (command.has_value()) json.Key("value").String(command.value());
  json.Key("argv").BeginArray();
  for (const std::string& argument : command.arguments()) json.String(argument);
  json.EndArray();
  if (command.has_environment()) json.Key("environment").Message(command.environment());
  json.Key("uris").BeginArray();
  for (const v1::CommandInfo::URI& uri : command.uris()) {
    json.BeginObject();
    json.Key("value").String(uri.value());
    json.Key("executable").Bool(uri.executable());
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void WriteExecutor(JsonWriter& json, const std::string& agent_id, const ExecutorView& executor) {
  const v1::ExecutorInfo& info = *executor.info;
  json.BeginObject();
  json.Key("executor_id").String(info.executor_id().value());
  json.Key("name").String(info.name());
  json.Key("framework_id").String(executor.framework_id);
  WriteCommand(json.Key("command"), info.command());
  classic::WriteResources(json.Key("resources"), info.resources());
  if (info.resources_size() > 0) json.Key("role").String(executor.role);
  if (info.has_labels()) classic::WriteLabels(json.Key("labels"), info.labels());
  if (info.has_type()) json.Key("type").String(v1::ExecutorInfo::Type_Name(info.type()));
  json.Key("slave_id").String(agent_id);
  json.EndObject();
}

std::vector<absl::Span<const TaskRecord>> Spans(const SharedList<TaskRecord>& tasks) {
  std::vector<absl::Span<const TaskRecord>> spans;
  for (size_t i = 0; i < tasks.chunks(); ++i) spans.push_back(tasks.chunk(i));
  return spans;
}

}  // namespace

void WriteFrameworkSummaryFields(JsonWriter& json, const FrameworkView& framework) {
  WriteSummaryFields(json, FactsOf(framework));
}

ExecutorsByFramework ExecutorsOf(const Snapshot& snapshot) {
  ExecutorsByFramework executors;
  for (size_t i = 0; i < snapshot.agents.size(); ++i) {
    if (snapshot.agents[i] == nullptr) continue;
    for (const ExecutorView& executor : snapshot.agents[i]->executors) {
      executors[executor.framework_id].emplace_back(snapshot.agents[i]->id(), &executor);
    }
  }
  return executors;
}

ClassicFrameworks::ClassicFrameworks(const Snapshot& snapshot, Which which, const std::string& id)
    : snapshot_(snapshot) {
  switch (which) {
    case Which::kRegistered:
      for (size_t i = 0; i < snapshot.frameworks.size(); ++i) {
        const FrameworkView* framework = snapshot.frameworks[i].get();
        if (framework == nullptr || (!id.empty() && framework->id() != id)) continue;
        entries_.push_back({framework, nullptr});
      }
      break;
    case Which::kCompleted:
      for (const auto& framework : *snapshot.completed_frameworks) {
        if (!id.empty() && framework->profile->info->id().value() != id) continue;
        entries_.push_back({nullptr, framework.get()});
      }
      break;
  }
}

void ClassicFrameworks::Begin(const Entry& entry, std::string& out) {
  if (next_ > 1) out += ',';
  JsonWriter json(out);
  json.BeginObject();
  if (entry.registered != nullptr) {
    const FrameworkView& framework = *entry.registered;
    const Facts facts = FactsOf(framework);
    WriteSummaryFields(json, facts);
    WriteDetails(json, facts);
    WriteOffers(json.Key("offers"), framework);
    json.Key("executors").BeginArray();
    if (!std::exchange(executors_known_, true)) executors_ = ExecutorsOf(snapshot_);
    if (auto it = executors_.find(framework.id()); it != executors_.end()) {
      for (const auto& [agent_id, executor] : it->second) WriteExecutor(json, agent_id, *executor);
    }
    json.EndArray();
    lists_ = {{",\"tasks\":[", Spans(framework.tasks)},
              {"],\"unreachable_tasks\":[", {absl::MakeConstSpan(*framework.unreachable_tasks)}},
              {"],\"completed_tasks\":[", Spans(framework.completed_tasks)}};
  } else {
    const Facts facts = FactsOf(*entry.completed);
    WriteSummaryFields(json, facts);
    WriteDetails(json, facts);
    for (const char* key : {"offers", "executors"}) {
      json.Key(key).BeginArray();
      json.EndArray();
    }
    lists_ = {{",\"tasks\":[", {}},
              {"],\"unreachable_tasks\":[", {}},
              {"],\"completed_tasks\":[", Spans(entry.completed->tasks)}};
  }
  // The object stays open for the lists of tasks.
  list_ = span_ = 0;
}

bool ClassicFrameworks::StepTasks(std::string& out) {
  const TaskList& list = lists_[list_];
  if (span_ == 0) {
    out += list.key;
    first_task_ = true;
  }
  if (span_ < list.tasks.size()) {
    for (const TaskRecord& task : list.tasks[span_]) {
      if (!std::exchange(first_task_, false)) out += ',';
      AppendTask(task, out);
    }
  }
  if (++span_ < list.tasks.size()) return true;
  span_ = 0;
  return ++list_ < lists_.size();
}

bool ClassicFrameworks::Step(std::string& out) {
  if (!lists_.empty()) {
    if (StepTasks(out)) return true;
    out += "]}";
    lists_.clear();
  }
  if (next_ == entries_.size()) return false;
  const Entry& entry = entries_[next_++];
  Begin(entry, out);
  return true;
}

}  // namespace mesos::master
