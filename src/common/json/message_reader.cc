#include "common/json/message_reader.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/json/json_text.h"
#include "rapidjson/reader.h"

namespace mesos::json {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Most messages nest no deeper.
constexpr size_t kUsualDepth = 16;

// Whether `value` is in the range of T; a fraction is cut off where T has none, as Mesos does.
template <typename T, typename Number>
bool Convert(Number value, T* out) {
  *out = static_cast<T>(0);
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isfinite(value) && std::fabs(static_cast<double>(value)) >
                                    static_cast<double>(std::numeric_limits<T>::max())) {
      return false;
    }
  } else if constexpr (std::is_floating_point_v<Number>) {
    const double whole = std::trunc(value);
    if (!(whole >= static_cast<double>(std::numeric_limits<T>::min()) &&
          whole < std::ldexp(1.0, std::numeric_limits<T>::digits))) {
      return false;
    }
  } else if (!std::in_range<T>(value)) {
    return false;
  }
  *out = static_cast<T>(value);
  return true;
}

template <typename T>
using Setter = void (Reflection::*)(Message*, const FieldDescriptor*, T) const;

}  // namespace

// The parser's handler for what stands within quotes: one number, or one boolean.
class MessageReader::QuotedReader {
 public:
  QuotedReader(MessageReader& reader, const Target& target)
      : reader_(reader),
        target_(target),
        boolean_(target.field->type == FieldDescriptor::TYPE_BOOL) {}

  bool Bool(bool value) { return boolean_ && reader_.SetBool(target_, value); }
  bool RawNumber(const char* text, unsigned size, bool) {
    return !boolean_ && reader_.SetNumber(target_, absl::string_view(text, size));
  }
  bool Null() { return false; }
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }
  bool String(const char*, unsigned, bool) { return false; }
  bool StartObject() { return false; }
  bool Key(const char*, unsigned, bool) { return false; }
  bool EndObject(unsigned) { return false; }
  bool StartArray() { return false; }
  bool EndArray(unsigned) { return false; }

 private:
  MessageReader& reader_;
  const Target& target_;
  const bool boolean_;
};

MessageReader::MessageReader(Message& message, bool check_strings)
    : root_(message), check_strings_(check_strings) {
  open_.reserve(kUsualDepth);
}

template <typename Set>
bool MessageReader::Scalar(Set set) {
  if (passed_over_ > 0) return true;
  if (open_.empty()) return Refuse("Expecting a JSON object");
  const Frame& frame = open_.back();
  if (frame.target.field == nullptr) return true;
  if (frame.kind != Frame::kMap) return set(frame.target);
  Target target;
  return AddMapEntry(frame, &target) && set(target);
}

bool MessageReader::AddMapEntry(const Frame& map, Target* target) {
  const MessagePlan& plan = *map.target.field->message;
  target->message = map.target.reflection->AddMessage(map.target.message, map.target.field->field);
  target->reflection = target->message->GetReflection();
  target->field = &plan.map_key();
  if (!SetText(*target, map.map_key)) return false;
  target->field = &plan.map_value();
  return true;
}

bool MessageReader::Null() {
  // As if the field were not there.
  return depth_ > 0 || Refuse("Expecting a JSON object");
}

bool MessageReader::Bool(bool value) {
  return Scalar([&](const Target& target) { return SetBool(target, value); });
}

bool MessageReader::RawNumber(const char* text, unsigned size, bool) {
  return Scalar(
      [&](const Target& target) { return SetNumber(target, absl::string_view(text, size)); });
}

bool MessageReader::String(const char* text, unsigned size, bool) {
  const absl::string_view value(text, size);
  if (check_strings_ && !IsUtf8(value)) return RefuseJson("a string has half a surrogate pair");
  return Scalar([&](const Target& target) { return SetText(target, value); });
}

bool MessageReader::Key(const char* text, unsigned size, bool) {
  if (passed_over_ > 0) return true;
  const absl::string_view name(text, size);
  if (check_strings_ && !IsUtf8(name)) return RefuseJson("a name has half a surrogate pair");
  Frame& frame = open_.back();
  if (frame.kind == Frame::kMap) {
    frame.map_key = name;
    return true;
  }
  Target& target = frame.target;
  target.field = frame.plan->Find(name);
  // Of two values under one name the last counts, as in Mesos.
  if (target.field != nullptr && WasSeen(frame)) {
    target.reflection->ClearField(target.message, target.field->field);
  }
  return true;
}

bool MessageReader::WasSeen(Frame& frame) {
  const auto index = frame.target.field - frame.plan->fields.data();
  if (index >= 64) return true;
  const uint64_t bit = uint64_t{1} << index;
  return (std::exchange(frame.seen, frame.seen | bit) & bit) != 0;
}

bool MessageReader::StartObject() {
  if (!Enter()) return false;
  if (passed_over_ > 0) return PassOver();
  if (open_.empty()) return OpenMessage(&root_, PlanOf(*root_.GetDescriptor()));
  const Frame& frame = open_.back();
  Target target = frame.target;
  if (target.field == nullptr) return PassOver();
  if (frame.kind == Frame::kMap && !AddMapEntry(frame, &target)) return false;
  if (target.field->type != FieldDescriptor::TYPE_MESSAGE) return NotExpecting("object", target);
  if (target.field->map) {
    open_.push_back({Frame::kMap, nullptr, target, {}, 0});
    return true;
  }
  const FieldDescriptor* field = target.field->field;
  return OpenMessage(target.field->repeated
                         ? target.reflection->AddMessage(target.message, field)
                         : target.reflection->MutableMessage(target.message, field),
                     *target.field->message);
}

bool MessageReader::StartArray() {
  if (!Enter()) return false;
  if (passed_over_ > 0) return PassOver();
  if (open_.empty()) return Refuse("Expecting a JSON object");
  const Frame& frame = open_.back();
  const Target target = frame.target;
  if (target.field == nullptr) return PassOver();
  if (frame.kind == Frame::kMap || !(target.field->repeated || target.field->map)) {
    return NotExpecting("array", target);
  }
  open_.push_back({Frame::kArray, nullptr, target, {}, 0});
  return true;
}

bool MessageReader::Enter() {
  if (depth_ == limits::kMaxJsonDepth) {
    return RefuseJson(absl::StrCat("it nests more than ", limits::kMaxJsonDepth, " deep"));
  }
  ++depth_;
  return true;
}

bool MessageReader::PassOver() {
  ++passed_over_;
  return true;
}

bool MessageReader::OpenMessage(Message* message, const MessagePlan& plan) {
  open_.push_back({Frame::kMessage, &plan, {message, message->GetReflection(), nullptr}, {}, 0});
  return true;
}

bool MessageReader::End() {
  --depth_;
  if (passed_over_ > 0) {
    --passed_over_;
  } else {
    open_.pop_back();
  }
  return true;
}

bool MessageReader::SetBool(const Target& target, bool value) {
  const auto [message, reflection, field] = target;
  if (field->type != FieldDescriptor::TYPE_BOOL) return NotExpecting("boolean", target);
  field->repeated ? reflection->AddBool(message, field->field, value)
                  : reflection->SetBool(message, field->field, value);
  return true;
}

bool MessageReader::SetNumber(const Target& target, absl::string_view text) {
  const char* const end = text.data() + text.size();
  int64_t integer;
  const auto [rest, error] = std::from_chars(text.data(), end, integer);
  if (rest == end) {
    if (error == std::errc()) return SetNumberValue(target, integer);
    uint64_t large;
    if (std::from_chars(text.data(), end, large).ec == std::errc() && text.front() != '-') {
      return SetNumberValue(target, large);
    }
  }
  double real = 0;
  if (!absl::SimpleAtod(text, &real) || !std::isfinite(real)) return OutOfRange(target);
  return SetNumberValue(target, real);
}

template <typename Number>
bool MessageReader::SetNumberValue(const Target& target, Number value) {
  const auto store = [&](auto converted, auto set, auto add) {
    if (!Convert(value, &converted)) return OutOfRange(target);
    (target.reflection->*(target.field->repeated ? add : set))(target.message, target.field->field,
                                                               converted);
    return true;
  };
  switch (FieldDescriptor::TypeToCppType(target.field->type)) {
    case FieldDescriptor::CPPTYPE_INT32:
      return store(int32_t{}, &Reflection::SetInt32, &Reflection::AddInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return store(int64_t{}, &Reflection::SetInt64, &Reflection::AddInt64);
    case FieldDescriptor::CPPTYPE_UINT32:
      return store(uint32_t{}, &Reflection::SetUInt32, &Reflection::AddUInt32);
    case FieldDescriptor::CPPTYPE_UINT64:
      return store(uint64_t{}, &Reflection::SetUInt64, &Reflection::AddUInt64);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return store(double{}, &Reflection::SetDouble, &Reflection::AddDouble);
    case FieldDescriptor::CPPTYPE_FLOAT:
      return store(float{}, &Reflection::SetFloat, &Reflection::AddFloat);
    case FieldDescriptor::CPPTYPE_BOOL:
    case FieldDescriptor::CPPTYPE_ENUM:
    case FieldDescriptor::CPPTYPE_STRING:
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
  }
  return NotExpecting("number", target);
}

bool MessageReader::SetText(const Target& target, absl::string_view text) {
  const auto [message, reflection, field] = target;
  switch (FieldDescriptor::TypeToCppType(field->type)) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string value;
      if (field->type == FieldDescriptor::TYPE_STRING) {
        value.assign(text.data(), text.size());
      } else if (std::string wrong = DecodeBase64(text, &value); !wrong.empty()) {
        return Refuse(absl::StrCat("Failed to base64 decode bytes field '", field->field->name(),
                                   "': ", wrong));
      }
      field->repeated ? reflection->AddString(message, field->field, std::move(value))
                      : reflection->SetString(message, field->field, std::move(value));
      return true;
    }
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(target, text);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return NotExpecting("string", target);
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetQuoted(target, text);
  }
  return false;
}

bool MessageReader::SetEnum(const Target& target, absl::string_view name) {
  const auto [message, reflection, field] = target;
  const EnumValueDescriptor* value = field->names->Find(name);
  if (value == nullptr) {
    // A name of a later version counts as absent, where the field may be absent.
    return !field->field->is_required() ||
           Refuse(absl::StrCat("Failed to find enum for '", Excerpt(name), "'"));
  }
  field->repeated ? reflection->AddEnum(message, field->field, value)
                  : reflection->SetEnum(message, field->field, value);
  return true;
}

bool MessageReader::SetQuoted(const Target& target, absl::string_view text) {
  const FieldDescriptor::CppType type = FieldDescriptor::TypeToCppType(target.field->type);
  if (type == FieldDescriptor::CPPTYPE_DOUBLE || type == FieldDescriptor::CPPTYPE_FLOAT) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (text == "Infinity") return SetNumberValue(target, kInfinity);
    if (text == "-Infinity") return SetNumberValue(target, -kInfinity);
  }
  rapidjson::StringStream stream(text.data());
  QuotedReader quoted(*this, target);
  const rapidjson::ParseResult result =
      rapidjson::Reader().Parse<rapidjson::kParseNumbersAsStringsFlag>(stream, quoted);
  if (!result.IsError() && stream.Tell() == text.size()) return true;
  if (!refusal_.reason.empty()) return false;
  const char* what = type == FieldDescriptor::CPPTYPE_BOOL ? "boolean" : "number";
  return Refuse(absl::StrCat("Failed to parse '", Excerpt(text), "' as a JSON ", what,
                             " for field '", target.field->field->name(),
                             "': ", SyntaxError(text, result.Offset())));
}

bool MessageReader::RefuseJson(std::string reason) {
  refusal_ = {true, std::move(reason)};
  return false;
}

bool MessageReader::Refuse(std::string reason) {
  refusal_ = {false, std::move(reason)};
  return false;
}

bool MessageReader::OutOfRange(const Target& target) {
  return Refuse(absl::StrCat("Number out of range for field '", target.field->field->name(), "'"));
}

bool MessageReader::NotExpecting(const char* what, const Target& target) {
  return Refuse(absl::StrCat("Not expecting a JSON ", what, " for field '",
                             target.field->field->name(), "'"));
}

}  // namespace mesos::json
