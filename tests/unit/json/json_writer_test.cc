#include "common/json/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "mesos/v1/mesos.pb.h"

namespace mesos::json {
namespace {

TEST(JsonWriterTest, WritesEveryKindOfValue) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("string").String("a\"b\n\xFF");
  json.Key("int").Int(std::numeric_limits<int64_t>::min());
  json.Key("uint").Uint(std::numeric_limits<uint64_t>::max());
  json.Key("double").Double(4);
  json.Key("bool").Bool(true);
  json.Key("null").Null();
  json.Key("raw").Raw("[1, 2]");
  json.KeyOf("a \"key\"").Bool(false);
  json.EndObject();
  EXPECT_EQ(out,
            "{\"string\":\"a\\\"b\\n\xEF\xBF\xBD\",\"int\":-9223372036854775808,"
            "\"uint\":18446744073709551615,\"double\":4.0,\"bool\":true,\"null\":null,"
            "\"raw\":[1, 2],\"a \\\"key\\\"\":false}");
}

TEST(JsonWriterTest, PutsCommasBetweenSiblingsOnly) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  json.Key("a").BeginArray().EndArray();
  json.Key("b").BeginArray();
  json.BeginObject().EndObject();
  json.BeginObject().Key("c").Int(1).EndObject();
  json.BeginArray().Int(1).Int(2).EndArray();
  json.String("").Null();
  json.EndArray();
  json.Key("d").BeginObject().EndObject();
  json.EndObject();
  EXPECT_EQ(out, R"({"a":[],"b":[{},{"c":1},[1,2],"",null],"d":{}})");
}

TEST(JsonWriterTest, HoldsMessages) {
  v1::Label label;
  label.set_key("k");
  std::string out;
  JsonWriter json(out);
  json.BeginArray().Message(label).Message(v1::Label()).EndArray();
  EXPECT_EQ(out, R"([{"key":"k"},{}])");
}

TEST(JsonWriterTest, GoesOnInAnotherString) {
  std::string first, second;
  JsonWriter json(first);
  json.BeginArray().Int(1);
  json.ContinueIn(second);
  json.Int(2).EndArray();
  EXPECT_EQ(first + second, "[1,2]");
}

}  // namespace
}  // namespace mesos::json
