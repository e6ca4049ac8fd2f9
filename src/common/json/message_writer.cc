// A message is serialized first, by the code that protoc generated for it; then its bytes are
// turned into text along the plans. The generated code knows where each field is, and fields come
// in order of number, so that this is quicker than to ask reflection for every field.

#include <memory>

#include "common/json/json_codec.h"
#include "common/json/message_plan.h"
#include "common/json/text_buffer.h"
#include "common/json/wire_reader.h"

namespace mesos::json {
namespace {

using google::protobuf::FieldDescriptor;

static_assert(kWirePadding >= WireReader::kPadding);

// What a thread keeps between two messages.
constexpr size_t kMaxKeptBytes = 256 << 10;

int64_t ZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

class MessageWriter {
 public:
  explicit MessageWriter(TextBuffer& text) : text_(text) {}

  // `beyond` is what follows the message's fields, each with its comma.
  void Write(const MessagePlan& plan, WireReader wire, absl::string_view beyond = {}) {
    text_.Append('{');
    first_ = true;
    auto absent = plan.with_absent.begin();
    uint64_t last = 0;
    while (!wire.AtEnd()) {
      const uint64_t tag = wire.Varint();
      const auto type = static_cast<WireType>(tag & 7);
      const uint64_t number = tag >> 3;
      const FieldPlan* const field = plan.Find(number);
      // What this version of the message does not know comes last, in any order.
      if (field == nullptr || number <= last || !Takes(*field, type)) {
        wire.Skip(type);
        continue;
      }
      last = number;
      for (; absent != plan.with_absent.end() && (*absent)->number < number; ++absent) {
        WriteAbsent(**absent);
      }
      if (absent != plan.with_absent.end() && *absent == field) ++absent;
      WritePresent(*field, tag, wire);
    }
    for (; absent != plan.with_absent.end(); ++absent) WriteAbsent(**absent);
    if (!beyond.empty()) text_.Append(beyond.substr(first_ ? 1 : 0));
    text_.Append('}');
    first_ = false;
  }

 private:
  // Whether the field may stand on the wire as `type`: as itself, or packed.
  static bool Takes(const FieldPlan& field, WireType type) {
    return type == field.wire_type || (field.repeated && type == WireType::kLengthDelimited);
  }

  void WriteAbsent(const FieldPlan& field) {
    if (field.absent.empty()) return;
    text_.Append(absl::string_view(field.absent).substr(first_ ? 1 : 0));
    first_ = false;
  }

  void WritePresent(const FieldPlan& field, uint64_t tag, WireReader& wire) {
    const size_t before = text_.size();
    const size_t comma = first_ ? 0 : 1;
    text_.AppendPadded<FieldPlan::kKeyPadding>(field.key.data() + 1 - comma,
                                               field.key_size - 1 + comma);
    first_ = false;
    if (field.map        ? WriteMap(field, tag, wire)
        : field.repeated ? WriteRepeated(field, tag, wire)
                         : WriteValue(field, wire)) {
      return;
    }
    text_.Truncate(before);
    first_ = comma == 0;
    WriteAbsent(field);
  }

  // These return false where there is nothing that a client could read: an enum's value that has no
  // name. What they wrote is then to be taken back.
  bool WriteRepeated(const FieldPlan& field, uint64_t tag, WireReader& wire) {
    bool any = false;
    text_.Append('[');
    if (static_cast<WireType>(tag & 7) != field.wire_type) {
      for (WireReader packed = wire.Nested(); !packed.AtEnd();) {
        any = WriteElement(field, any, packed) || any;
      }
    } else {
      do {
        any = WriteElement(field, any, wire) || any;
      } while (wire.TakeTag(tag));
    }
    text_.Append(']');
    return any;
  }

  bool WriteElement(const FieldPlan& field, bool behind_another, WireReader& wire) {
    const size_t before = text_.size();
    if (behind_another) text_.Append(',');
    if (WriteValue(field, wire)) return true;
    text_.Truncate(before);
    return false;
  }

  bool WriteMap(const FieldPlan& field, uint64_t tag, WireReader& wire) {
    const FieldPlan& key = field.message->map_key();
    const FieldPlan& value = field.message->map_value();
    bool any = false;
    text_.Append('{');
    do {
      // Serialization writes both, the key first.
      WireReader entry = wire.Nested();
      const size_t before = text_.size();
      if (any) text_.Append(',');
      const bool quoted = key.type != FieldDescriptor::TYPE_STRING;
      entry.Varint();
      if (quoted) text_.Append('"');
      WriteValue(key, entry);
      if (quoted) text_.Append('"');
      text_.Append(':');
      entry.Varint();
      if (WriteValue(value, entry)) {
        any = true;
      } else {
        text_.Truncate(before);
      }
    } while (wire.TakeTag(tag));
    text_.Append('}');
    return any;
  }

  bool WriteValue(const FieldPlan& field, WireReader& wire) {
    switch (field.type) {
      case FieldDescriptor::TYPE_MESSAGE:
        Write(*field.message, wire.Nested(), field.beyond);
        return true;
      case FieldDescriptor::TYPE_STRING:
        text_.AppendPaddedString(wire.Bytes());
        return true;
      case FieldDescriptor::TYPE_BYTES:
        WriteBytes(wire.Bytes());
        return true;
      case FieldDescriptor::TYPE_ENUM: {
        const absl::string_view name = field.names->QuotedName(static_cast<int32_t>(wire.Varint()));
        text_.Append(name);
        return !name.empty();
      }
      case FieldDescriptor::TYPE_BOOL:
        text_.Append(wire.Varint() != 0 ? absl::string_view("true") : "false");
        return true;
      case FieldDescriptor::TYPE_DOUBLE:
        return WriteNumber(WriteDouble, wire.Fixed<double>());
      case FieldDescriptor::TYPE_FLOAT:
        return WriteNumber(WriteDouble, wire.Fixed<float>());
      case FieldDescriptor::TYPE_INT32:
        return WriteNumber(WriteInt, static_cast<int32_t>(wire.Varint()));
      case FieldDescriptor::TYPE_INT64:
        return WriteNumber(WriteInt, static_cast<int64_t>(wire.Varint()));
      case FieldDescriptor::TYPE_UINT32:
      case FieldDescriptor::TYPE_UINT64:
        return WriteNumber(WriteUint, wire.Varint());
      case FieldDescriptor::TYPE_SINT32:
      case FieldDescriptor::TYPE_SINT64:
        return WriteNumber(WriteInt, ZigZag(wire.Varint()));
      case FieldDescriptor::TYPE_FIXED32:
        return WriteNumber(WriteUint, wire.Fixed<uint32_t>());
      case FieldDescriptor::TYPE_FIXED64:
        return WriteNumber(WriteUint, wire.Fixed<uint64_t>());
      case FieldDescriptor::TYPE_SFIXED32:
        return WriteNumber(WriteInt, wire.Fixed<int32_t>());
      case FieldDescriptor::TYPE_SFIXED64:
        return WriteNumber(WriteInt, wire.Fixed<int64_t>());
      case FieldDescriptor::TYPE_GROUP:
        return false;
    }
    return false;
  }

  template <typename T, typename Value>
  bool WriteNumber(char* (*write)(T, char*), Value value) {
    text_.Advance(write(value, text_.Reserve(kMaxNumberChars)));
    return true;
  }

  void WriteBytes(absl::string_view bytes) {
    char* out = text_.Reserve(Base64Size(bytes.size()) + 2);
    *out++ = '"';
    out = WriteBase64(bytes, out);
    *out++ = '"';
    text_.Advance(out);
  }

  TextBuffer& text_;
  bool first_ = true;  // nothing stands yet in the innermost object
};

// The memory in which a thread's messages are written.
struct Scratch {
  TextBuffer wire;
  TextBuffer text;

  static Scratch& OfThread() {
    thread_local Scratch scratch;
    return scratch;
  }

  void Reset() {
    for (TextBuffer* buffer : {&wire, &text}) {
      buffer->Clear();
      if (buffer->capacity() > kMaxKeptBytes) buffer->Release();
    }
  }
};

}  // namespace

std::string ToJson(const google::protobuf::Message& message) {
  std::string out;
  AppendJson(message, out);
  return out;
}

void AppendJson(const google::protobuf::Message& message, std::string& out) {
  Scratch& scratch = Scratch::OfThread();
  const size_t size = message.ByteSizeLong();
  char* const begin = scratch.wire.Reserve(size + WireReader::kPadding);
  message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(begin));
  AppendJson(*message.GetDescriptor(), {begin, size}, out);
}

void AppendJson(const google::protobuf::Descriptor& descriptor, absl::string_view wire,
                std::string& out) {
  Scratch& scratch = Scratch::OfThread();
  MessageWriter(scratch.text)
      .Write(PlanOf(descriptor), WireReader(wire.data(), wire.data() + wire.size()));
  const absl::string_view text = scratch.text.text();
  out.append(text.data(), text.size());
  scratch.Reset();
}

}  // namespace mesos::json
