#pragma once

// Writes JSON text to the end of a string; for the classic endpoints, whose shapes are no protobuf.
//
//   JsonWriter json(out);
//   json.BeginObject();
//   json.Key("id").String(agent.id);
//   json.Key("cpus").Double(4);                          // 4.0
//   json.Key("tasks").BeginArray();
//   for (...) json.Message(task);                        // a protobuf message by json_codec.h
//   json.EndArray();
//   json.EndObject();
//
// Commas are its own business. It allocates nothing but `out`. Nesting is
// the caller's: an End without Begin is a bug (CHECKed in debug builds).

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace google::protobuf {
class Message;
}

namespace mesos::json {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(&out) {}

  // What follows goes to the end of `out`; the nesting stays. So a long text is made in pieces.
  void ContinueIn(std::string& out) { out_ = &out; }

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  // `name` is written as it is: no character that needs an escape. KeyOf escapes.
  JsonWriter& Key(absl::string_view name);
  JsonWriter& KeyOf(absl::string_view name);
  JsonWriter& String(absl::string_view value);
  JsonWriter& Int(int64_t value);
  JsonWriter& Uint(uint64_t value);
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  JsonWriter& Message(const google::protobuf::Message& value);
  // A value that is JSON already.
  JsonWriter& Raw(absl::string_view json);

 private:
  void Separate();
  JsonWriter& Begin(char bracket);
  JsonWriter& End(char bracket);

  std::string* out_;
  bool first_ = true;       // nothing stands yet in the innermost object or array
  bool after_key_ = false;  // a value follows its key
  int depth_ = 0;
};

}  // namespace mesos::json
