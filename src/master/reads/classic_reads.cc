#include "master/reads/classic_reads.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "common/json/json_writer.h"
#include "common/net/jsonp.h"
#include "master/reads/classic_agent.h"
#include "master/reads/classic_framework.h"
#include "master/reads/classic_task.h"
#include "master/reads/classic_values.h"
#include "master/reads/piecewise_body.h"
#include "master/reads/roles.h"
#include "master/reads/state_summary.h"

namespace mesos::master {
namespace {

using json::JsonWriter;
using Steps = PiecewiseBody::Steps;

// `steps` within what jsonp puts around them; the body keeps the snapshot.
absl::StatusOr<ClassicAnswer> Answer(const net::HttpRequest& request, SharedSnapshot snapshot,
                                     Steps steps) {
  absl::StatusOr<net::JsonFrame> frame = net::JsonFrameOf(request);
  if (!frame.ok()) return frame.status();
  Steps framed;
  framed.push_back(PiecewiseBody::Text(std::move(frame->before)));
  for (PiecewiseBody::Step& step : steps) framed.push_back(std::move(step));
  framed.push_back(
      [behind = std::move(frame->behind), snapshot = std::move(snapshot)](std::string& out) {
        out += behind;
        return false;
      });
  return ClassicAnswer{std::move(frame->content_type),
                       std::make_unique<PiecewiseBody>(std::move(framed))};
}

// The elements of an array for the agents of the snapshot, some at a time.
template <typename Write>
PiecewiseBody::Step AgentsStep(const Snapshot& snapshot, Write write) {
  return [&snapshot, write = std::move(write), chunk = size_t{0},
          first = true](std::string& out) mutable {
    if (chunk == snapshot.agents.chunks()) return false;
    const size_t place = chunk * SharedList<std::shared_ptr<const AgentView>>::kChunkElements;
    const auto agents = snapshot.agents.chunk(chunk++);
    for (size_t i = 0; i < agents.size(); ++i) {
      if (agents[i] == nullptr) continue;
      const size_t before = out.size();
      if (!first) out += ',';
      JsonWriter json(out);
      if (write(json, *agents[i], place + i)) {
        first = false;
      } else {
        out.resize(before);
      }
    }
    return true;
  };
}

// Agents of the registry that are still to come back.
PiecewiseBody::Step AwaitedAgentsStep(const Snapshot& snapshot) {
  return [&snapshot, place = size_t{0}](std::string& out) mutable {
    if (place == snapshot.awaited_agents->size()) return false;
    if (place > 0) out += ',';
    JsonWriter json(out);
    WriteAwaitedAgent(json, *(*snapshot.awaited_agents)[place++]);
    return true;
  };
}

PiecewiseBody::Step FrameworksStep(const Snapshot& snapshot, ClassicFrameworks::Which which,
                                   const std::string& id) {
  return [frameworks = std::make_unique<ClassicFrameworks>(snapshot, which, id)](std::string& out) {
    return frameworks->Step(out);
  };
}

bool WriteAgent(JsonWriter& json, const AgentView& agent, size_t) {
  json.BeginObject();
  WriteAgentFields(json, agent);
  json.EndObject();
  return true;
}

void WriteLeader(JsonWriter& json, const v1::MasterInfo& info) {
  json.Key("leader").String(info.pid());
  json.Key("leader_info").BeginObject();
  json.Key("id").String(info.id());
  json.Key("pid").String(info.pid());
  json.Key("port").Uint(info.port());
  json.Key("hostname").String(info.hostname());
  json.EndObject();
}

// The fields of /state that are neither agents nor frameworks; the object stays open.
std::string StateHead(const Snapshot& snapshot, const ClassicContext& context) {
  size_t active = 0;
  size_t inactive = 0;
  for (size_t i = 0; i < snapshot.agents.size(); ++i) {
    if (snapshot.agents[i] != nullptr) ++(snapshot.agents[i]->active ? active : inactive);
  }
  const v1::MasterInfo& info = *snapshot.master_info;
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("version").String(snapshot.options->version);
  if (!context.build_fields.empty()) out += "," + context.build_fields;
  json.Key("start_time").Double(Seconds(snapshot.options->start_time));
  json.Key("elected_time").Double(Seconds(snapshot.options->start_time));
  json.Key("id").String(info.id());
  json.Key("pid").String(info.pid());
  json.Key("hostname").String(info.hostname());
  json.Key("capabilities").BeginArray();
  for (const v1::MasterInfo::Capability& capability : info.capabilities()) {
    json.String(v1::MasterInfo::Capability::Type_Name(capability.type()));
  }
  json.EndArray();
  json.Key("activated_slaves").Double(static_cast<double>(active));
  json.Key("deactivated_slaves").Double(static_cast<double>(inactive));
  json.Key("unreachable_slaves").Double(static_cast<double>(snapshot.unreachable_agents));
  if (!snapshot.options->cluster.empty()) json.Key("cluster").String(snapshot.options->cluster);
  WriteLeader(json, info);
  json.Key("flags").Raw(context.flags_json);
  return out;
}

std::string QueryOr(const net::HttpRequest& request, const char* name, std::string otherwise) {
  return request.Query(name).value_or(std::move(otherwise));
}

// What is no number counts as absent, as for Mesos.
int64_t NumberOr(const net::HttpRequest& request, const char* name, int64_t otherwise) {
  int64_t number = 0;
  const std::optional<std::string> text = request.Query(name);
  return text && absl::SimpleAtoi(*text, &number) ? number : otherwise;
}

// The tasks that /tasks is asked for, with the time of their first status, if they have one.
struct TimedTask {
  const TaskRecord* task;
  double time;
};

class TaskSelection {
 public:
  TaskSelection(const Snapshot& snapshot, std::string framework_id, std::string task_id)
      : framework_id_(std::move(framework_id)), task_id_(std::move(task_id)) {
    for (size_t i = 0; i < snapshot.frameworks.size(); ++i) {
      const FrameworkView* framework = snapshot.frameworks[i].get();
      if (framework == nullptr || !Takes(framework->id())) continue;
      Add(framework->tasks);
      for (const TaskRecord& task : *framework->unreachable_tasks) Add(task);
      Add(framework->completed_tasks);
    }
    for (const auto& framework : *snapshot.completed_frameworks) {
      if (Takes(framework->profile->info->id().value())) Add(framework->tasks);
    }
  }

  // Those from `offset` on, at most `limit`, by the time of their first status.
  std::vector<const TaskRecord*> Page(bool ascending, size_t offset, size_t limit) {
    const size_t begin = std::min(offset, tasks_.size());
    const size_t end = begin + std::min(limit, tasks_.size() - begin);
    const auto before = [ascending](const TimedTask& a, const TimedTask& b) {
      return ascending ? a.time < b.time : a.time > b.time;
    };
    const auto at = [this](size_t i) { return tasks_.begin() + static_cast<ptrdiff_t>(i); };
    if (end == tasks_.size()) {
      std::stable_sort(tasks_.begin(), tasks_.end(), before);
    } else {
      std::partial_sort(tasks_.begin(), at(end), tasks_.end(), before);
    }
    std::vector<const TaskRecord*> page;
    for (auto it = at(begin); it != at(end); ++it) page.push_back(it->task);
    return page;
  }

 private:
  bool Takes(const std::string& framework_id) const {
    return framework_id_.empty() || framework_id == framework_id_;
  }
  void Add(const TaskRecord& task) {
    if (!task_id_.empty() && task.id() != task_id_) return;
    tasks_.push_back({&task, FirstTimestamp(task)});
  }
  void Add(const SharedList<TaskRecord>& tasks) {
    for (size_t i = 0; i < tasks.chunks(); ++i) {
      for (const TaskRecord& task : tasks.chunk(i)) Add(task);
    }
  }

  const std::string framework_id_;
  const std::string task_id_;
  std::vector<TimedTask> tasks_;
};

void WriteRole(JsonWriter& json, const Snapshot& snapshot, const std::string& name,
               const RoleTotals& role, const Quantities& reserved) {
  const Quantities allocated = role.allocated.ToQuantities();
  json.BeginObject();
  json.Key("name").String(name);
  json.Key("weight").Double(snapshot.Weight(name));
  json.Key("frameworks").BeginArray();
  for (const std::string& id : role.frameworks) json.String(id);
  json.EndArray();
  WriteQuantities(json.Key("resources"), allocated + role.offered.ToQuantities());
  WriteQuantities(json.Key("allocated"), allocated);
  WriteQuantities(json.Key("offered"), role.offered.ToQuantities());
  WriteQuantities(json.Key("reserved"), reserved);
  json.Key("quota").BeginObject();
  json.Key("role").String(name);
  WriteQuantities(json.Key("guarantee"), {});
  WriteQuantities(json.Key("limit"), {});
  WriteQuantities(json.Key("consumed"), role.allocated.Unreserved().ToQuantities() + reserved);
  json.EndObject();
  json.EndObject();
}

std::map<std::string, Quantities> ReservedByRole(const Snapshot& snapshot) {
  std::map<std::string, Quantities> reserved;
  for (size_t i = 0; i < snapshot.agents.size(); ++i) {
    if (snapshot.agents[i] == nullptr) continue;
    const ResourceSet& total = snapshot.agents[i]->total;
    for (const ResourceSet::Entry& entry : total.entries()) {
      if (!entry.identity->reserved()) continue;
      reserved[std::string(entry.identity->reservation_role())].Add(
          entry.identity->name(), entry.value.Amount() * entry.count);
    }
  }
  return reserved;
}

}  // namespace

absl::StatusOr<ClassicAnswer> ReadState(SharedSnapshot snapshot, const ClassicContext& context,
                                        const net::HttpRequest& request) {
  const Snapshot& read = *snapshot;
  Steps steps;
  steps.push_back([&read, context](std::string& out) {
    out += StateHead(read, context) + ",\"slaves\":[";
    return false;
  });
  steps.push_back(AgentsStep(read, WriteAgent));
  steps.push_back(PiecewiseBody::Text("],\"recovered_slaves\":["));
  steps.push_back(AwaitedAgentsStep(read));
  steps.push_back(PiecewiseBody::Text("],\"frameworks\":["));
  steps.push_back(FrameworksStep(read, ClassicFrameworks::Which::kRegistered, ""));
  steps.push_back(PiecewiseBody::Text("],\"completed_frameworks\":["));
  steps.push_back(FrameworksStep(read, ClassicFrameworks::Which::kCompleted, ""));
  steps.push_back(PiecewiseBody::Text("],\"orphan_tasks\":[],\"unregistered_frameworks\":[]}"));
  return Answer(request, std::move(snapshot), std::move(steps));
}

absl::StatusOr<ClassicAnswer> ReadStateSummary(SharedSnapshot snapshot,
                                               const net::HttpRequest& request) {
  const Snapshot& read = *snapshot;
  // Made with the first piece, on the reader's thread.
  auto summary = std::make_shared<std::optional<TaskSummary>>();
  Steps steps;
  steps.push_back([&read, summary](std::string& out) {
    summary->emplace(read);
    JsonWriter json(out);
    json.BeginObject();
    json.Key("hostname").String(read.master_info->hostname());
    if (!read.options->cluster.empty()) json.Key("cluster").String(read.options->cluster);
    out += ",\"slaves\":[";
    return false;
  });
  steps.push_back(
      AgentsStep(read, [&read, summary](JsonWriter& json, const AgentView& agent, size_t place) {
        const TaskSummary::Agent& tasks = (*summary)->agents[place];
        json.BeginObject();
        WriteAgentFields(json, agent);
        WriteTaskCounts(json, tasks.counts);
        json.Key("framework_ids").BeginArray();
        for (const uint32_t framework : tasks.frameworks)
          json.String(read.frameworks[framework]->id());
        json.EndArray();
        json.EndObject();
        return true;
      }));
  steps.push_back(PiecewiseBody::Text("],\"frameworks\":["));
  steps.push_back([&read, summary, place = size_t{0}, first = true](std::string& out) mutable {
    if (place == read.frameworks.size()) return false;
    const TaskSummary::Framework& tasks = (*summary)->frameworks[place];
    const FrameworkView* framework = read.frameworks[place++].get();
    if (framework == nullptr) return true;
    if (!std::exchange(first, false)) out += ',';
    JsonWriter json(out);
    json.BeginObject();
    WriteFrameworkSummaryFields(json, *framework);
    WriteTaskCounts(json, tasks.counts);
    json.Key("slave_ids").BeginArray();
    for (const uint32_t agent : tasks.agents) json.String(read.agents[agent]->id());
    for (const absl::string_view agent : tasks.gone_agents) json.String(agent);
    json.EndArray();
    json.EndObject();
    return true;
  });
  steps.push_back(PiecewiseBody::Text("]}"));
  return Answer(request, std::move(snapshot), std::move(steps));
}

absl::StatusOr<ClassicAnswer> ReadSlaves(SharedSnapshot snapshot, const std::string& agent_id,
                                         const net::HttpRequest& request) {
  const std::string wanted = agent_id.empty() ? QueryOr(request, "slave_id", "") : agent_id;
  Steps steps;
  steps.push_back(PiecewiseBody::Text("{\"slaves\":["));
  steps.push_back(AgentsStep(*snapshot, [wanted](JsonWriter& json, const AgentView& agent, size_t) {
    if (!wanted.empty() && agent.id() != wanted) return false;
    json.BeginObject();
    WriteAgentFields(json, agent);
    WriteAgentResourceLists(json, agent);
    json.EndObject();
    return true;
  }));
  steps.push_back(PiecewiseBody::Text("],\"recovered_slaves\":["));
  steps.push_back(AwaitedAgentsStep(*snapshot));
  steps.push_back(PiecewiseBody::Text("]}"));
  return Answer(request, std::move(snapshot), std::move(steps));
}

absl::StatusOr<ClassicAnswer> ReadFrameworks(SharedSnapshot snapshot,
                                             const net::HttpRequest& request) {
  const std::string id = QueryOr(request, "framework_id", "");
  Steps steps;
  steps.push_back(PiecewiseBody::Text("{\"frameworks\":["));
  steps.push_back(FrameworksStep(*snapshot, ClassicFrameworks::Which::kRegistered, id));
  steps.push_back(PiecewiseBody::Text("],\"completed_frameworks\":["));
  steps.push_back(FrameworksStep(*snapshot, ClassicFrameworks::Which::kCompleted, id));
  steps.push_back(PiecewiseBody::Text("],\"unregistered_frameworks\":[]}"));
  return Answer(request, std::move(snapshot), std::move(steps));
}

absl::StatusOr<ClassicAnswer> ReadTasks(SharedSnapshot snapshot, const net::HttpRequest& request) {
  constexpr int64_t kDefaultLimit = 100;
  const int64_t limit = NumberOr(request, "limit", kDefaultLimit);
  const int64_t offset = std::max<int64_t>(0, NumberOr(request, "offset", 0));
  const bool ascending = QueryOr(request, "order", "des") == "asc";
  const Snapshot& read = *snapshot;
  auto page = std::make_shared<std::vector<const TaskRecord*>>();
  Steps steps;
  steps.push_back([=, &read, framework_id = QueryOr(request, "framework_id", ""),
                   task_id = QueryOr(request, "task_id", "")](std::string& out) {
    *page = TaskSelection(read, framework_id, task_id)
                .Page(ascending, static_cast<size_t>(offset),
                      limit < 0 ? SIZE_MAX : static_cast<size_t>(limit));
    out += "{\"tasks\":[";
    return false;
  });
  steps.push_back([page, next = size_t{0}](std::string& out) mutable {
    if (next == page->size()) return false;
    if (next > 0) out += ',';
    AppendTask(*(*page)[next++], out);
    return true;
  });
  steps.push_back(PiecewiseBody::Text("]}"));
  return Answer(request, std::move(snapshot), std::move(steps));
}

absl::StatusOr<ClassicAnswer> ReadRoles(SharedSnapshot snapshot, const net::HttpRequest& request) {
  Steps steps;
  steps.push_back([&read = *snapshot](std::string& out) {
    std::map<std::string, Quantities> reserved = ReservedByRole(read);
    JsonWriter json(out);
    json.BeginObject();
    json.Key("roles").BeginArray();
    for (const auto& [name, role] : RolesOf(read)) {
      WriteRole(json, read, name, role, reserved[name]);
    }
    json.EndArray();
    json.EndObject();
    return false;
  });
  return Answer(request, std::move(snapshot), std::move(steps));
}

absl::StatusOr<ClassicAnswer> ReadWeights(SharedSnapshot snapshot,
                                          const net::HttpRequest& request) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const auto& [role, weight] : snapshot->set_weights) {
    json.BeginObject();
    json.Key("role").String(role);
    json.Key("weight").Double(weight);
    json.EndObject();
  }
  json.EndArray();
  Steps steps;
  steps.push_back(PiecewiseBody::Text(std::move(out)));
  return Answer(request, nullptr, std::move(steps));
}

absl::StatusOr<ClassicAnswer> ReadNothing(const net::HttpRequest& request) {
  Steps steps;
  steps.push_back(PiecewiseBody::Text("{}"));
  return Answer(request, nullptr, std::move(steps));
}

}  // namespace mesos::master
