#pragma once

// Messages of any type with any content, for properties: FillRandom sets fields by chance, required
// ones always.

#include <google/protobuf/message.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>

namespace mesos::json {

class RandomMessages {
 public:
  explicit RandomMessages(uint64_t seed) : random_(seed) {}

  void Fill(google::protobuf::Message& message, int depth = 0) {
    const google::protobuf::Descriptor& type = *message.GetDescriptor();
    for (int i = 0; i < type.field_count(); ++i) FillField(message, *type.field(i), depth);
  }

 private:
  using FieldDescriptor = google::protobuf::FieldDescriptor;

  bool Chance(uint64_t one_in) { return random_() % one_in == 0; }

  void FillField(google::protobuf::Message& message, const FieldDescriptor& field, int depth) {
    const bool needed = field.is_required();
    // Deep messages end soon, so that recursive types do.
    if (!needed && (!Chance(3) || (depth > 4 && field.message_type() != nullptr))) return;
    if (field.is_map()) {
      FillMap(message, field, depth);
    } else if (field.is_repeated()) {
      for (uint64_t count = random_() % 4; count > 0; --count) FillValue(message, field, depth);
    } else {
      FillValue(message, field, depth);
    }
  }

  // One entry, as two might have one key.
  void FillMap(google::protobuf::Message& message, const FieldDescriptor& field, int depth) {
    google::protobuf::Message* entry = message.GetReflection()->AddMessage(&message, &field);
    FillValue(*entry, *entry->GetDescriptor()->field(0), depth);
    FillValue(*entry, *entry->GetDescriptor()->field(1), depth + 1);
  }

  void FillValue(google::protobuf::Message& message, const FieldDescriptor& field, int depth) {
    const google::protobuf::Reflection& to = *message.GetReflection();
    const bool add = field.is_repeated();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        const auto value = static_cast<int32_t>(Integer());
        return add ? to.AddInt32(&message, &field, value) : to.SetInt32(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        const auto value = static_cast<int64_t>(Integer());
        return add ? to.AddInt64(&message, &field, value) : to.SetInt64(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        const auto value = static_cast<uint32_t>(Integer());
        return add ? to.AddUInt32(&message, &field, value) : to.SetUInt32(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        const uint64_t value = Integer();
        return add ? to.AddUInt64(&message, &field, value) : to.SetUInt64(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        const double value = Double();
        return add ? to.AddDouble(&message, &field, value) : to.SetDouble(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        const auto value = static_cast<float>(static_cast<int32_t>(random_())) / 64;
        return add ? to.AddFloat(&message, &field, value) : to.SetFloat(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        const bool value = Chance(2);
        return add ? to.AddBool(&message, &field, value) : to.SetBool(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        const google::protobuf::EnumDescriptor& type = *field.enum_type();
        const auto* value = type.FindValueByNumber(
            type.value(static_cast<int>(random_() % type.value_count()))->number());
        return add ? to.AddEnum(&message, &field, value) : to.SetEnum(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        const std::string value = field.type() == FieldDescriptor::TYPE_BYTES ? Bytes() : Text();
        return add ? to.AddString(&message, &field, value) : to.SetString(&message, &field, value);
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Fill(add ? *to.AddMessage(&message, &field) : *to.MutableMessage(&message, &field),
                    depth + 1);
    }
  }

  uint64_t Integer() {
    const uint64_t value = random_();
    return Chance(2) ? value : value % 1000 - 500;
  }

  double Double() {
    const uint64_t bits = random_();
    double value;
    std::memcpy(&value, &bits, sizeof(value));
    if (!std::isfinite(value) || Chance(2)) value = static_cast<double>(bits % 100'000) / 1000;
    return value;
  }

  std::string Bytes() {
    std::string bytes(random_() % 40, ' ');
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }

  // UTF-8 with much that needs an escape.
  std::string Text() {
    static constexpr const char* kPieces[] = {"a",
                                              "role",
                                              "\"",
                                              "\\",
                                              "\n",
                                              "\x01",
                                              "\x7F",
                                              "/",
                                              "",
                                              "u0041",
                                              "\xC3\xA9",
                                              "\xE2\x82\xAC",
                                              "\xF0\x9F\x98\x80",
                                              "0123456789abcdef"};
    std::string text;
    for (uint64_t count = random_() % 8; count > 0; --count) text += kPieces[random_() % 14];
    if (Chance(10)) text.push_back('\0');
    return text;
  }

  std::mt19937_64 random_;
};

}  // namespace mesos::json
