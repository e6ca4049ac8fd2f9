#include "common/classic/classic_json.h"

#include <map>
#include <string>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/resources/quantity.h"
#include "common/resources/ranges.h"
#include "common/resources/value.h"

namespace mesos::classic {
namespace {

ResourceValue ValueOf(const v1::Value::Ranges& ranges) {
  std::vector<Range> list;
  for (const auto& range : ranges.range()) {
    if (range.begin() <= range.end()) list.push_back({range.begin(), range.end()});
  }
  return ResourceValue::OfRanges(Ranges(std::move(list)));
}

ResourceValue ValueOf(const v1::Value::Set& set) {
  return ResourceValue::OfSet({set.item().begin(), set.item().end()});
}

void WriteValue(json::JsonWriter& json, const ResourceValue& value) {
  switch (value.type()) {
    case ResourceValue::Type::kScalar:
      json.Double(FromThousandths(value.scalar()));
      return;
    case ResourceValue::Type::kRanges:
    case ResourceValue::Type::kSet:
      json.String(value.ToString());
      return;
  }
}

// Sorted by name. Made several times for each agent and once for each task, so that names and
// values stand in place.
class Totals {
 public:
  Totals() {
    for (const char* name : {"cpus", "disk", "gpus", "mem"}) totals_.push_back({name, {}});
  }

  void Add(absl::string_view name, bool revocable, const ResourceValue& value) {
    ResourceValue& total = revocable ? Of(absl::StrCat(name, "_revocable")) : Of(name);
    if (total.type() == value.type()) {
      total.Add(value);
    } else if (total.empty()) {
      total = value;
    }
  }

  void Write(json::JsonWriter& json) const {
    json.BeginObject();
    for (const auto& [name, value] : totals_) WriteValue(json.KeyOf(name), value);
    json.EndObject();
  }

 private:
  ResourceValue& Of(absl::string_view name) {
    auto it = totals_.begin();
    while (it != totals_.end() && it->first < name) ++it;
    if (it == totals_.end() || it->first != name) it = totals_.insert(it, {std::string(name), {}});
    return it->second;
  }

  absl::InlinedVector<std::pair<std::string, ResourceValue>, 6> totals_;
};

}  // namespace

void WriteResources(json::JsonWriter& json, const ResourceSet& resources) {
  Totals totals;
  for (const ResourceSet::Entry& entry : resources.entries()) {
    const IdentityTraits& traits = entry.identity->traits();
    totals.Add(traits.name, traits.revocable, entry.value);
  }
  totals.Write(json);
}

void WriteResources(json::JsonWriter& json, const Resources& resources) {
  Totals totals;
  for (const v1::Resource& resource : resources) {
    const bool revocable = resource.has_revocable();
    switch (resource.type()) {
      case v1::Value::SCALAR:
        totals.Add(resource.name(), revocable,
                   ResourceValue::Scalar(ToThousandths(resource.scalar().value()).value_or(0)));
        break;
      case v1::Value::RANGES:
        totals.Add(resource.name(), revocable, ValueOf(resource.ranges()));
        break;
      case v1::Value::SET:
        totals.Add(resource.name(), revocable, ValueOf(resource.set()));
        break;
      case v1::Value::TEXT:
        break;  // no resource
    }
  }
  totals.Write(json);
}

void WriteResourceList(json::JsonWriter& json, const ResourceSet& resources) {
  Resources list;
  resources.ToProto(&list, ResourceSet::WireForm::kEndpoint);
  json.BeginArray();
  for (const v1::Resource& resource : list) json.Message(resource);
  json.EndArray();
}

void WriteAttributes(json::JsonWriter& json,
                     const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes) {
  json.BeginObject();
  for (const v1::Attribute& attribute : attributes) {
    json.KeyOf(attribute.name());
    switch (attribute.type()) {
      case v1::Value::SCALAR:
        json.Double(attribute.scalar().value());
        break;
      case v1::Value::RANGES:
        WriteValue(json, ValueOf(attribute.ranges()));
        break;
      case v1::Value::SET:
        WriteValue(json, ValueOf(attribute.set()));
        break;
      case v1::Value::TEXT:
        json.String(attribute.text().value());
        break;
    }
  }
  json.EndObject();
}

void WriteLabels(json::JsonWriter& json, const v1::Labels& labels) {
  json.BeginArray();
  for (const v1::Label& label : labels.labels()) json.Message(label);
  json.EndArray();
}

void WriteStatus(json::JsonWriter& json, const v1::TaskStatus& status) {
  json.BeginObject();
  json.Key("state").String(v1::TaskState_Name(status.state()));
  json.Key("timestamp").Double(status.timestamp());
  if (status.has_labels()) WriteLabels(json.Key("labels"), status.labels());
  if (status.has_container_status()) {
    json.Key("container_status").Message(status.container_status());
  }
  if (status.has_healthy()) json.Key("healthy").Bool(status.healthy());
  json.EndObject();
}

void WriteTask(json::JsonWriter& json, const v1::Task& task) {
  json.BeginObject();
  json.Key("id").String(task.task_id().value());
  json.Key("name").String(task.name());
  json.Key("framework_id").String(task.framework_id().value());
  json.Key("executor_id").String(task.executor_id().value());
  json.Key("slave_id").String(task.agent_id().value());
  json.Key("state").String(v1::TaskState_Name(task.state()));
  WriteResources(json.Key("resources"), task.resources());
  if (task.resources_size() > 0) {
    json.Key("role").String(task.resources(0).allocation_info().role());
  }
  json.Key("statuses").BeginArray();
  for (const v1::TaskStatus& status : task.statuses()) WriteStatus(json, status);
  json.EndArray();
  if (task.has_user()) json.Key("user").String(task.user());
  if (task.has_labels()) WriteLabels(json.Key("labels"), task.labels());
  if (task.has_discovery()) json.Key("discovery").Message(task.discovery());
  if (task.has_container()) json.Key("container").Message(task.container());
  if (task.has_health_check()) json.Key("health_check").Message(task.health_check());
  if (task.limits_size() > 0) {
    json.Key("limits").BeginObject();
    for (const auto& [name, limit] :
         std::map<std::string, v1::Value::Scalar>(task.limits().begin(), task.limits().end())) {
      json.KeyOf(name).Double(limit.value());
    }
    json.EndObject();
  }
  json.EndObject();
}

}  // namespace mesos::classic
