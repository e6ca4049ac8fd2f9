#pragma once

// The handler of RapidJSON's parser that fills a message: a stack of the objects and arrays that
// are open, no deeper than limits::kMaxJsonDepth, so that the parser cannot run out of stack.
//
//   MessageReader reader(message, false);
//   rapidjson::Reader().Parse<kParseInsituFlag | kParseNumbersAsStringsFlag>(stream, reader);
//
// A member that ends the parsing returns false; refusal() then says why. Strings must stay where
// they are until the end, NUL-terminated, as they do when parsed in place. Not thread-safe; refers
// to the message.

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/json/message_plan.h"

namespace mesos::json {

class MessageReader {
 public:
  // `check_strings`: escapes in the text may have made strings that are not UTF-8.
  MessageReader(google::protobuf::Message& message, bool check_strings);

  struct Refusal {
    bool of_json = false;  // it is bad JSON, for whatever message
    std::string reason;
  };
  const Refusal& refusal() const { return refusal_; }

  bool Null();
  bool Bool(bool value);
  bool RawNumber(const char* text, unsigned size, bool copy);
  bool String(const char* text, unsigned size, bool copy);
  bool StartObject();
  bool Key(const char* name, unsigned size, bool copy);
  bool EndObject(unsigned) { return End(); }
  bool StartArray();
  bool EndArray(unsigned) { return End(); }
  // Numbers come as text.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  class QuotedReader;

  // Where a value goes.
  struct Target {
    google::protobuf::Message* message;
    const google::protobuf::Reflection* reflection;
    const FieldPlan* field;
  };

  // An object or an array that is open.
  struct Frame {
    enum Kind : uint8_t { kMessage, kMap, kArray } kind;
    const MessagePlan* plan;    // of a message
    Target target;              // of its next value; null field: the value is passed over
    absl::string_view map_key;  // of a map: of its next value
    uint64_t seen = 0;          // of a message: which of its first 64 fields had a value before
  };

  // Finds where the next scalar goes and calls `set` with it, unless it is to be passed over.
  template <typename Set>
  bool Scalar(Set set);
  // Whether the field whose name just came may have had a value in this object before.
  static bool WasSeen(Frame& frame);
  // The entry of the map that is open for the value that comes, with its key.
  bool AddMapEntry(const Frame& map, Target* target);

  bool SetText(const Target& target, absl::string_view text);
  bool SetEnum(const Target& target, absl::string_view name);
  bool SetBool(const Target& target, bool value);
  // `text` is a number as JSON has them. It is converted here, as RapidJSON's own conversion reads
  // memory that is not set for some zeros.
  bool SetNumber(const Target& target, absl::string_view text);
  template <typename Number>
  bool SetNumberValue(const Target& target, Number value);
  // A number or boolean within quotes.
  bool SetQuoted(const Target& target, absl::string_view text);

  bool Enter();
  bool PassOver();
  bool OpenMessage(google::protobuf::Message* message, const MessagePlan& plan);
  bool End();

  bool RefuseJson(std::string reason);
  bool Refuse(std::string reason);
  bool OutOfRange(const Target& target);
  bool NotExpecting(const char* what, const Target& target);

  google::protobuf::Message& root_;
  const bool check_strings_;
  std::vector<Frame> open_;  // not what is passed over
  int depth_ = 0;            // of everything that is open
  int passed_over_ = 0;      // how much of that belongs to a field that the message does not have
  Refusal refusal_;
};

}  // namespace mesos::json
