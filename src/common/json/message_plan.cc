#include "common/json/message_plan.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/json/text_buffer.h"

namespace mesos::json {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

// Larger numbers of fields are few.
constexpr uint32_t kMaxSmallNumber = 255;

using Table = absl::flat_hash_map<const Descriptor*, const MessagePlan*>;

std::string Number(double value) {
  char text[kMaxNumberChars];
  return std::string(text, WriteDouble(value, text));
}

WireType WireTypeOf(FieldDescriptor::Type type) {
  switch (type) {
    case FieldDescriptor::TYPE_DOUBLE:
    case FieldDescriptor::TYPE_FIXED64:
    case FieldDescriptor::TYPE_SFIXED64:
      return WireType::kFixed64;
    case FieldDescriptor::TYPE_FLOAT:
    case FieldDescriptor::TYPE_FIXED32:
    case FieldDescriptor::TYPE_SFIXED32:
      return WireType::kFixed32;
    case FieldDescriptor::TYPE_STRING:
    case FieldDescriptor::TYPE_BYTES:
    case FieldDescriptor::TYPE_MESSAGE:
      return WireType::kLengthDelimited;
    case FieldDescriptor::TYPE_GROUP:
      return WireType::kStartGroup;
    case FieldDescriptor::TYPE_INT32:
    case FieldDescriptor::TYPE_INT64:
    case FieldDescriptor::TYPE_UINT32:
    case FieldDescriptor::TYPE_UINT64:
    case FieldDescriptor::TYPE_SINT32:
    case FieldDescriptor::TYPE_SINT64:
    case FieldDescriptor::TYPE_BOOL:
    case FieldDescriptor::TYPE_ENUM:
      return WireType::kVarint;
  }
  return WireType::kVarint;
}

// The default of `field` as JSON.
std::string DefaultValue(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(field.default_value_int32());
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(field.default_value_int64());
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(field.default_value_uint32());
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(field.default_value_uint64());
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Number(field.default_value_double());
    case FieldDescriptor::CPPTYPE_FLOAT:
      return Number(field.default_value_float());
    case FieldDescriptor::CPPTYPE_BOOL:
      return field.default_value_bool() ? "true" : "false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("\"", field.default_value_enum()->name(), "\"");
    case FieldDescriptor::CPPTYPE_STRING: {
      TextBuffer text;
      text.AppendString(field.default_value_string());
      return std::string(text.text());
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "{}";
  }
  return "null";
}

// The lists that Mesos writes even when they are empty: those of the answers that it puts together
// by hand.
bool IsWrittenEmpty(const FieldDescriptor& field) {
  static const auto& lists = *new absl::flat_hash_set<absl::string_view>{
      "mesos.v1.master.Response.GetAgents.agents",
      "mesos.v1.master.Response.GetAgents.recovered_agents",
      "mesos.v1.master.Response.GetExecutors.executors",
      "mesos.v1.master.Response.GetFrameworks.completed_frameworks",
      "mesos.v1.master.Response.GetFrameworks.frameworks",
      "mesos.v1.master.Response.GetTasks.completed_tasks",
      "mesos.v1.master.Response.GetTasks.tasks",
      "mesos.v1.master.Response.GetTasks.unreachable_tasks",
      "mesos.v1.agent.Response.GetExecutors.completed_executors",
      "mesos.v1.agent.Response.GetExecutors.executors",
      "mesos.v1.agent.Response.GetFrameworks.completed_frameworks",
      "mesos.v1.agent.Response.GetFrameworks.frameworks",
      "mesos.v1.agent.Response.GetTasks.completed_tasks",
      "mesos.v1.agent.Response.GetTasks.launched_tasks",
      "mesos.v1.agent.Response.GetTasks.pending_tasks",
      "mesos.v1.agent.Response.GetTasks.queued_tasks",
      "mesos.v1.agent.Response.GetTasks.terminated_tasks",
  };
  return lists.contains(field.full_name());
}

// Mesos shows operators its own form of an agent, which has a field more than the v1 API's.
constexpr char kAgentShown[] = "mesos.v1.master.Response.GetAgents.Agent.agent_info";
constexpr char kBeyondAgentShown[] = ",\"checkpoint\":true";

// All plans, in a table that is replaced as a whole when types are added.
class Plans {
 public:
  Plans() {
    tables_.push_back(std::make_unique<const Table>());
    table_.store(tables_.back().get(), std::memory_order_release);
  }

  const MessagePlan& Of(const Descriptor& descriptor) {
    const Table& table = *table_.load(std::memory_order_acquire);
    const auto found = table.find(&descriptor);
    return found != table.end() ? *found->second : Add(descriptor);
  }

 private:
  const MessagePlan& Add(const Descriptor& descriptor) {
    MutexLock lock(mutex_);
    auto table = std::make_unique<Table>(*table_.load(std::memory_order_relaxed));
    const MessagePlan& plan = Build(descriptor, *table);
    table_.store(table.get(), std::memory_order_release);
    tables_.push_back(std::move(table));
    return plan;
  }

  // With the plans of every message within; recursive types find themselves in `table`.
  const MessagePlan& Build(const Descriptor& descriptor, Table& table)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto [entry, added] = table.try_emplace(&descriptor, nullptr);
    if (!added) return *entry->second;
    MessagePlan& plan = *plans_.emplace_back(std::make_unique<MessagePlan>());
    entry->second = &plan;
    plan.descriptor = &descriptor;
    for (int i = 0; i < descriptor.field_count(); ++i) {
      // The v1 API has no groups.
      if (descriptor.field(i)->type() == FieldDescriptor::TYPE_GROUP) continue;
      plan.fields.push_back(BuildField(*descriptor.field(i), table));
    }
    std::sort(plan.fields.begin(), plan.fields.end(),
              [](const FieldPlan& a, const FieldPlan& b) { return a.number < b.number; });
    Index(plan);
    return plan;
  }

  FieldPlan BuildField(const FieldDescriptor& field, Table& table)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    FieldPlan plan;
    plan.field = &field;
    plan.type = field.type();
    plan.number = static_cast<uint32_t>(field.number());
    plan.wire_type = WireTypeOf(field.type());
    plan.map = field.is_map();
    plan.repeated = field.is_repeated() && !field.is_map();
    const std::string key = absl::StrCat(",\"", field.name(), "\":");
    plan.key_size = key.size();
    plan.key = key + std::string(FieldPlan::kKeyPadding, ' ');
    if (field.has_default_value() && field.name() != "role") {
      plan.absent = absl::StrCat(key, DefaultValue(field));
    } else if (IsWrittenEmpty(field)) {
      plan.absent = absl::StrCat(key, "[]");
    }
    if (field.full_name() == kAgentShown) plan.beyond = kBeyondAgentShown;
    if (field.message_type() != nullptr) plan.message = &Build(*field.message_type(), table);
    if (field.enum_type() != nullptr) plan.names = &NamesOf(*field.enum_type());
    return plan;
  }

  static void Index(MessagePlan& plan) {
    plan.names.Reserve(plan.fields.size());
    for (const FieldPlan& field : plan.fields) {
      plan.names.Add(field.field->name(), &field);
      if (!field.absent.empty()) plan.with_absent.push_back(&field);
      if (field.number > kMaxSmallNumber) continue;
      plan.small_numbers.resize(field.number + 1, nullptr);
      plan.small_numbers[field.number] = &field;
    }
  }

  const EnumPlan& NamesOf(const EnumDescriptor& descriptor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::unique_ptr<EnumPlan>& plan = enums_[&descriptor];
    if (plan == nullptr) plan = std::make_unique<EnumPlan>(descriptor);
    return *plan;
  }

  // What `table_` points to: the last of `tables_`. The others may still be being read.
  std::atomic<const Table*> table_{nullptr};

  Mutex mutex_;
  std::vector<std::unique_ptr<const Table>> tables_ GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<MessagePlan>> plans_ GUARDED_BY(mutex_);
  std::map<const EnumDescriptor*, std::unique_ptr<EnumPlan>> enums_ GUARDED_BY(mutex_);
};

}  // namespace

EnumPlan::EnumPlan(const EnumDescriptor& descriptor) {
  int64_t last = first_ = descriptor.value(0)->number();
  for (int i = 1; i < descriptor.value_count(); ++i) {
    first_ = std::min<int64_t>(first_, descriptor.value(i)->number());
    last = std::max<int64_t>(last, descriptor.value(i)->number());
  }
  names_.resize(static_cast<size_t>(last - first_ + 1));
  values_.Reserve(static_cast<size_t>(descriptor.value_count()));
  for (int i = 0; i < descriptor.value_count(); ++i) {
    values_.Add(descriptor.value(i)->name(), descriptor.value(i));
    std::string& name = names_[static_cast<size_t>(descriptor.value(i)->number() - first_)];
    if (name.empty()) name = absl::StrCat("\"", descriptor.value(i)->name(), "\"");
  }
}

const FieldPlan* MessagePlan::FindLarge(uint64_t number) const {
  const auto field =
      std::lower_bound(fields.begin(), fields.end(), number,
                       [](const FieldPlan& plan, uint64_t wanted) { return plan.number < wanted; });
  return field != fields.end() && field->number == number ? &*field : nullptr;
}

const MessagePlan& PlanOf(const Descriptor& descriptor) {
  static Plans& plans = *new Plans;
  return plans.Of(descriptor);
}

}  // namespace mesos::json
