#pragma once

// What the codec knows of each type of message, computed once from its descriptor: the text of each
// key, how a field stands on the wire, the names of enums, look-up by name.
//
//   const MessagePlan& plan = PlanOf(*message.GetDescriptor());
//   const FieldPlan* field = plan.Find("task_id");
//
// Plans live for ever, as descriptors do, and refer to the plans of sub-messages directly. PlanOf
// is thread-safe and takes no lock but for a type that it sees first.

#include <google/protobuf/descriptor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos::json {

struct MessagePlan;

// How a value stands in protobuf's wire format.
enum class WireType : uint8_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

// Finds things by name: open addressing over a few names that never change.
template <typename T>
class NameTable {
 public:
  // Null where nothing has the name.
  const T* Find(absl::string_view name) const {
    for (size_t i = Hash(name);; ++i) {
      const Slot& slot = slots_[i & (slots_.size() - 1)];
      if (slot.thing == nullptr || slot.name == name) return slot.thing;
    }
  }

  // Makes room for `names` names; before the first Add.
  void Reserve(size_t names) {
    size_t size = 2;
    while (size < names * 2 + 1) size *= 2;
    slots_.resize(size);
  }
  // `name` must live as long. The first of two things with one name counts.
  void Add(absl::string_view name, const T* thing) {
    size_t i = Hash(name);
    while (slots_[i & (slots_.size() - 1)].thing != nullptr) ++i;
    slots_[i & (slots_.size() - 1)] = {name, thing};
  }

 private:
  struct Slot {
    absl::string_view name;
    const T* thing = nullptr;
  };

  static size_t Hash(absl::string_view name) {
    if (name.empty()) return 0;
    const auto byte = [name](size_t i) { return size_t{static_cast<uint8_t>(name[i])}; };
    return name.size() * 31 + byte(0) * 7 + byte(name.size() / 2) * 17 + byte(name.size() - 1) * 3;
  }

  std::vector<Slot> slots_;  // a power of two; at least half of them empty
};

// The names of an enum's values.
class EnumPlan {
 public:
  explicit EnumPlan(const google::protobuf::EnumDescriptor& descriptor);

  // In quotes; empty where the enum has no such value.
  absl::string_view QuotedName(int64_t number) const {
    const uint64_t index = static_cast<uint64_t>(number) - static_cast<uint64_t>(first_);
    return index < names_.size() ? absl::string_view(names_[index]) : absl::string_view();
  }

  // Null where the enum has no such value.
  const google::protobuf::EnumValueDescriptor* Find(absl::string_view name) const {
    return values_.Find(name);
  }

 private:
  int64_t first_ = 0;
  std::vector<std::string> names_;  // of the numbers from `first_` on; empty where there is none
  NameTable<google::protobuf::EnumValueDescriptor> values_;
};

struct FieldPlan {
  const google::protobuf::FieldDescriptor* field = nullptr;
  google::protobuf::FieldDescriptor::Type type{};
  uint32_t number = 0;
  WireType wire_type{};   // of one value
  bool repeated = false;  // and no map
  bool map = false;

  // ,"name": and behind it at least kKeyPadding bytes, so that it can be copied in pieces of that.
  static constexpr size_t kKeyPadding = 32;
  std::string key;
  size_t key_size = 0;

  // What stands in place of an absent field, empty for nothing: `,"name":value`. Mesos writes a
  // field that has a default even where it is absent, but not the deprecated `role`; and a few
  // lists even when they are empty.
  std::string absent;

  // What Mesos writes in this sub-message beyond its fields, empty for nothing: `,"name":value`.
  std::string beyond;

  const MessagePlan* message = nullptr;  // of a sub-message; of a map, that of its entries
  const EnumPlan* names = nullptr;       // of an enum
};

struct MessagePlan {
  const google::protobuf::Descriptor* descriptor = nullptr;
  std::vector<FieldPlan> fields;                // in order of number
  std::vector<const FieldPlan*> with_absent;    // those with a text for their absence, likewise
  std::vector<const FieldPlan*> small_numbers;  // by number; null where there is none
  NameTable<FieldPlan> names;

  // Null where the message has no such field.
  const FieldPlan* Find(absl::string_view name) const { return names.Find(name); }
  const FieldPlan* Find(uint64_t number) const {
    return number < small_numbers.size() ? small_numbers[number] : FindLarge(number);
  }
  const FieldPlan* FindLarge(uint64_t number) const;

  // Of a map's entry.
  const FieldPlan& map_key() const { return fields[0]; }
  const FieldPlan& map_value() const { return fields[1]; }
};

const MessagePlan& PlanOf(const google::protobuf::Descriptor& descriptor);

}  // namespace mesos::json
