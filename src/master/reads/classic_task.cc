#include "master/reads/classic_task.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "common/classic/classic_json.h"
#include "common/json/json_codec.h"
#include "common/json/json_writer.h"
#include "common/resources/quantity.h"
#include "master/core/tasks/wire_fields.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {
namespace {

using json::JsonWriter;

// The parts of a task, as they lie in its record.
struct TaskParts {
  explicit TaskParts(absl::string_view task) {
    for (WireFields fields(task); fields.Next();) {
      switch (fields.number()) {
        case v1::Task::kNameFieldNumber:
          name = fields.bytes();
          break;
        case v1::Task::kTaskIdFieldNumber:
          id = IdValue(fields.bytes());
          break;
        case v1::Task::kFrameworkIdFieldNumber:
          framework_id = IdValue(fields.bytes());
          break;
        case v1::Task::kExecutorIdFieldNumber:
          executor_id = IdValue(fields.bytes());
          break;
        case v1::Task::kAgentIdFieldNumber:
          agent_id = IdValue(fields.bytes());
          break;
        case v1::Task::kResourcesFieldNumber:
          resources.push_back(fields.bytes());
          break;
        case v1::Task::kStatusesFieldNumber:
          statuses.push_back(fields.bytes());
          break;
        case v1::Task::kLabelsFieldNumber:
          labels = fields.bytes();
          break;
        case v1::Task::kDiscoveryFieldNumber:
          discovery = fields.bytes();
          break;
        case v1::Task::kContainerFieldNumber:
          container = fields.bytes();
          break;
        case v1::Task::kUserFieldNumber:
          user = fields.bytes();
          break;
        case v1::Task::kHealthCheckFieldNumber:
          health_check = fields.bytes();
          break;
        case v1::Task::kLimitsFieldNumber:
          limits.push_back(fields.bytes());
          break;
        default:
          break;
      }
    }
  }

  static absl::string_view IdValue(absl::string_view id_message) {
    return WireBytes(id_message, v1::TaskID::kValueFieldNumber);
  }

  using Parts = absl::InlinedVector<absl::string_view, 8>;
  absl::string_view name, id, framework_id, executor_id, agent_id;
  Parts resources;
  Parts statuses;
  Parts limits;
  // Null where absent.
  absl::string_view labels, discovery, container, user, health_check;
};

void AppendMessage(const char* key, const google::protobuf::Descriptor& descriptor,
                   absl::string_view wire, std::string& out) {
  if (wire.data() == nullptr) return;
  out += key;
  json::AppendJson(descriptor, wire, out);
}

void AppendLabels(absl::string_view labels, std::string& out) {
  if (labels.data() == nullptr) return;
  out += ",\"labels\":[";
  bool first = true;
  for (WireFields fields(labels); fields.Next();) {
    if (!std::exchange(first, false)) out += ',';
    json::AppendJson(*v1::Label::descriptor(), fields.bytes(), out);
  }
  out += ']';
}

void AppendDouble(double value, std::string& out) { JsonWriter(out).Double(value); }
void AppendString(absl::string_view value, std::string& out) { JsonWriter(out).String(value); }

// The scalars that are always shown, in the order in which they are.
constexpr std::array<absl::string_view, 4> kShownResources = {"cpus", "disk", "gpus", "mem"};

// False where there is something that is no plain scalar of those.
bool AddScalar(absl::string_view resource, std::array<int64_t, kShownResources.size()>& totals) {
  int64_t* total = nullptr;
  double value = 0;
  for (WireFields fields(resource); fields.Next();) {
    switch (fields.number()) {
      case v1::Resource::kNameFieldNumber: {
        const auto* it = std::find(kShownResources.begin(), kShownResources.end(), fields.bytes());
        if (it == kShownResources.end()) return false;
        total = &totals[static_cast<size_t>(it - kShownResources.begin())];
        break;
      }
      case v1::Resource::kTypeFieldNumber:
        if (fields.varint() != v1::Value::SCALAR) return false;
        break;
      case v1::Resource::kScalarFieldNumber:
        for (WireFields scalar(fields.bytes()); scalar.Next();) value = scalar.real();
        break;
      case v1::Resource::kRevocableFieldNumber:
        return false;
      default:
        break;
    }
  }
  if (total == nullptr) return false;
  *total = SaturatingAdd(*total, ToThousandths(value).value_or(0));
  return true;
}

void AppendResources(const TaskParts::Parts& resources, std::string& out) {
  std::array<int64_t, kShownResources.size()> totals{};
  const bool plain = std::all_of(resources.begin(), resources.end(),
                                 [&](absl::string_view wire) { return AddScalar(wire, totals); });
  if (!plain) {
    classic::Resources messages;
    for (absl::string_view wire : resources) {
      messages.Add()->ParseFromArray(wire.data(), static_cast<int>(wire.size()));
    }
    JsonWriter writer(out);
    classic::WriteResources(writer, messages);
    return;
  }
  char separator = '{';
  for (size_t i = 0; i < kShownResources.size(); ++i) {
    out += std::exchange(separator, ',');
    out += '"';
    out.append(kShownResources[i].data(), kShownResources[i].size());
    out += "\":";
    AppendDouble(FromThousandths(totals[i]), out);
  }
  out += '}';
}

void AppendStatus(absl::string_view status, std::string& out) {
  auto state = v1::TASK_STAGING;
  double timestamp = 0;
  absl::string_view labels, container_status;
  const char* healthy = "";
  for (WireFields fields(status); fields.Next();) {
    switch (fields.number()) {
      case v1::TaskStatus::kStateFieldNumber:
        state = static_cast<v1::TaskState>(fields.varint());
        break;
      case v1::TaskStatus::kTimestampFieldNumber:
        timestamp = fields.real();
        break;
      case v1::TaskStatus::kLabelsFieldNumber:
        labels = fields.bytes();
        break;
      case v1::TaskStatus::kContainerStatusFieldNumber:
        container_status = fields.bytes();
        break;
      case v1::TaskStatus::kHealthyFieldNumber:
        healthy = fields.varint() != 0 ? ",\"healthy\":true" : ",\"healthy\":false";
        break;
      default:
        break;
    }
  }
  out += "{\"state\":\"";
  out += v1::TaskState_Name(state);
  out += "\",\"timestamp\":";
  AppendDouble(timestamp, out);
  AppendLabels(labels, out);
  AppendMessage(",\"container_status\":", *v1::ContainerStatus::descriptor(), container_status,
                out);
  out += healthy;
  out += '}';
}

void AppendLimits(const TaskParts::Parts& entries, std::string& out) {
  if (entries.empty()) return;
  absl::InlinedVector<std::pair<absl::string_view, double>, 4> limits;
  for (absl::string_view entry : entries) {
    auto& limit = limits.emplace_back(absl::string_view(), 0.0);
    for (WireFields fields(entry); fields.Next();) {
      if (fields.number() == 1) limit.first = fields.bytes();
      if (fields.number() == 2) {
        for (WireFields scalar(fields.bytes()); scalar.Next();) limit.second = scalar.real();
      }
    }
  }
  std::sort(limits.begin(), limits.end());
  JsonWriter writer(out);
  out += ",\"limits\":";
  writer.BeginObject();
  for (const auto& [name, value] : limits) writer.KeyOf(name).Double(value);
  writer.EndObject();
}

absl::string_view RoleOf(absl::string_view resource) {
  return WireBytes(WireBytes(resource, v1::Resource::kAllocationInfoFieldNumber),
                   v1::Resource::AllocationInfo::kRoleFieldNumber);
}

}  // namespace

void AppendTask(const TaskRecord& task, std::string& out) {
  const TaskParts parts(task.bytes());
  out += "{\"id\":";
  AppendString(parts.id, out);
  out += ",\"name\":";
  AppendString(parts.name, out);
  out += ",\"framework_id\":";
  AppendString(parts.framework_id, out);
  out += ",\"executor_id\":";
  AppendString(parts.executor_id, out);
  out += ",\"slave_id\":";
  AppendString(parts.agent_id, out);
  out += ",\"state\":\"";
  out += v1::TaskState_Name(task.state());
  out += "\",\"resources\":";
  AppendResources(parts.resources, out);
  if (!parts.resources.empty()) {
    out += ",\"role\":";
    AppendString(RoleOf(parts.resources[0]), out);
  }
  out += ",\"statuses\":[";
  for (size_t i = 0; i < parts.statuses.size(); ++i) {
    if (i > 0) out += ',';
    AppendStatus(parts.statuses[i], out);
  }
  out += ']';
  if (parts.user.data() != nullptr) {
    out += ",\"user\":";
    AppendString(parts.user, out);
  }
  AppendLabels(parts.labels, out);
  AppendMessage(",\"discovery\":", *v1::DiscoveryInfo::descriptor(), parts.discovery, out);
  AppendMessage(",\"container\":", *v1::ContainerInfo::descriptor(), parts.container, out);
  AppendMessage(",\"health_check\":", *v1::HealthCheck::descriptor(), parts.health_check, out);
  AppendLimits(parts.limits, out);
  out += '}';
}

double FirstTimestamp(const TaskRecord& task) {
  const absl::string_view first = WireBytes(task.bytes(), v1::Task::kStatusesFieldNumber);
  for (WireFields fields(first); fields.Next();) {
    if (fields.number() == v1::TaskStatus::kTimestampFieldNumber) return fields.real();
  }
  return 0;
}

}  // namespace mesos::master
