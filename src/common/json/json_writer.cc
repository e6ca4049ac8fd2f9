#include "common/json/json_writer.h"

#include "common/json/json_codec.h"
#include "common/json/json_text.h"
#include "glog/logging.h"

namespace mesos::json {
namespace {

void AppendString(absl::string_view value, std::string& out) {
  out.push_back('"');
  while (true) {
    const size_t clean = CleanPrefix(value);
    out.append(value.data(), clean);
    if (clean == value.size()) break;
    const absl::string_view escape = EscapeOf(value[clean]);
    out.append(escape.data(), escape.size());
    value.remove_prefix(clean + 1);
  }
  out.push_back('"');
}

}  // namespace

void JsonWriter::Separate() {
  if (after_key_) {
    after_key_ = false;
  } else if (first_) {
    first_ = false;
  } else {
    out_->push_back(',');
  }
}

JsonWriter& JsonWriter::Begin(char bracket) {
  Separate();
  out_->push_back(bracket);
  first_ = true;
  ++depth_;
  return *this;
}

JsonWriter& JsonWriter::End(char bracket) {
  DCHECK_GT(depth_, 0) << "an End without its Begin";
  DCHECK(!after_key_) << "a key without its value";
  out_->push_back(bracket);
  first_ = false;
  --depth_;
  return *this;
}

JsonWriter& JsonWriter::BeginObject() { return Begin('{'); }
JsonWriter& JsonWriter::EndObject() { return End('}'); }
JsonWriter& JsonWriter::BeginArray() { return Begin('['); }
JsonWriter& JsonWriter::EndArray() { return End(']'); }

JsonWriter& JsonWriter::Key(absl::string_view name) {
  Separate();
  out_->push_back('"');
  out_->append(name.data(), name.size());
  out_->append("\":", 2);
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::KeyOf(absl::string_view name) {
  Separate();
  AppendString(name, *out_);
  out_->push_back(':');
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(absl::string_view value) {
  Separate();
  AppendString(value, *out_);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t value) {
  char digits[kMaxNumberChars];
  return Raw({digits, static_cast<size_t>(WriteInt(value, digits) - digits)});
}

JsonWriter& JsonWriter::Uint(uint64_t value) {
  char digits[kMaxNumberChars];
  return Raw({digits, static_cast<size_t>(WriteUint(value, digits) - digits)});
}

JsonWriter& JsonWriter::Double(double value) {
  char digits[kMaxNumberChars];
  return Raw({digits, static_cast<size_t>(WriteDouble(value, digits) - digits)});
}

JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Message(const google::protobuf::Message& value) {
  Separate();
  AppendJson(value, *out_);
  return *this;
}

JsonWriter& JsonWriter::Raw(absl::string_view json) {
  Separate();
  out_->append(json.data(), json.size());
  return *this;
}

}  // namespace mesos::json
