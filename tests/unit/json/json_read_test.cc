// Reading, as FromJson's header tells it and as clients write it.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/json/json_codec.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::json {
namespace {

using v1::scheduler::Call;

template <typename Message>
Message Read(absl::string_view json) {
  Message message;
  const absl::Status status = FromJson(json, message);
  EXPECT_TRUE(status.ok()) << status << " for " << json.substr(0, 200);
  return message;
}

// The error of reading `json`, InvalidArgument as it must be.
template <typename Message>
std::string Error(absl::string_view json) {
  Message message;
  const absl::Status status = FromJson(json, message);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status << " for " << json.substr(0, 200);
  return std::string(status.message());
}

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

// Facts of what clients depend on, by number.
class JsonFactsTest : public testing::Test {};

TEST_F(JsonFactsTest, Fact8TakesItsOwnForms) {
  const auto call = Read<Call>(R"({"type":"ACKNOWLEDGE","acknowledge":{"agent_id":{"value":"a"},)"
                               R"("task_id":{"value":"t"},"uuid":"MDEyMzQ1Njc4OWFiY2RlZg=="}})");
  EXPECT_EQ(call.type(), Call::ACKNOWLEDGE);
  EXPECT_EQ(call.acknowledge().uuid(), "0123456789abcdef");
}

TEST_F(JsonFactsTest, Fact10NullMeansUnset) {
  const auto call = Read<Call>(
      R"({"framework_id":null,"type":"SUBSCRIBE","subscribe":{"suppressed_roles":null,"force":null,)"
      R"("framework_info":{"user":"root","name":"x","id":null,"failover_timeout":null,"roles":[null],)"
      R"("capabilities":null,"labels":null}},"accept":null})");
  EXPECT_FALSE(call.has_framework_id());
  EXPECT_FALSE(call.has_accept());
  EXPECT_FALSE(call.subscribe().framework_info().has_id());
  EXPECT_FALSE(call.subscribe().framework_info().has_failover_timeout());
  EXPECT_EQ(call.subscribe().framework_info().roles_size(), 0);
}

TEST_F(JsonFactsTest, Fact10IntegersComeAsNumbersStringsOrWithAnExponent) {
  for (const char* form : {"3600000", "\"3600000\"", "3.6e+06", "3.6E6", "\"3.6e+06\"", "3600000.0",
                           "36000000e-1", " 3600000 ", "\" 3600000 \"", "3600000.9"}) {
    const auto duration = Read<v1::DurationInfo>(absl::StrCat("{\"nanoseconds\":", form, "}"));
    EXPECT_EQ(duration.nanoseconds(), 3'600'000) << form;
  }
  EXPECT_EQ(Read<v1::Port>(R"({"number":"80"})").number(), 80);
  EXPECT_EQ(Read<v1::Filters>(R"({"refuse_seconds":"0.5"})").refuse_seconds(), 0.5);
  EXPECT_EQ(Read<v1::Filters>(R"({"refuse_seconds":5})").refuse_seconds(), 5);
}

TEST_F(JsonFactsTest, Fact10EmptyStringsAreValues) {
  const auto call = Read<Call>(R"({"framework_id":{"value":""},"message":{"agent_id":{"value":""},)"
                               R"("executor_id":{"value":""},"data":""}})");
  EXPECT_TRUE(call.has_framework_id());
  EXPECT_EQ(call.framework_id().value(), "");
  EXPECT_TRUE(call.message().has_data());
}

TEST_F(JsonFactsTest, Fact10AnyWhiteSpaceAndLineBreaks) {
  const auto call = Read<Call>(
      "\r\n\t {\n  \"type\" :\t\"REVIVE\" ,\r\n \"revive\":{ \"roles\" : "
      "[ \"a\" ,\n\"b\" ] }\n}\n\n ");
  EXPECT_EQ(call.type(), Call::REVIVE);
  EXPECT_EQ(call.revive().roles_size(), 2);
}

TEST_F(JsonFactsTest, Fact10UnknownFieldsAreIgnored) {
  const auto call = Read<Call>(
      R"({"surprise":1,"s":"x","t":true,"n":null,"d":1.5,"a":[1,[2,{"type":"FLY"}],"x",null],)"
      R"("o":{"type":{"type":[]},"framework_id":7},"type":"REVIVE","z":{}})");
  EXPECT_EQ(call.type(), Call::REVIVE);
  EXPECT_FALSE(call.has_framework_id());
}

TEST_F(JsonFactsTest, Fact10UnknownNamesOfOptionalEnumsAreDropped) {
  EXPECT_FALSE(Read<Call>(R"({"type":"FLY"})").has_type());
  EXPECT_FALSE(Read<v1::master::Call>(R"({"type":"FLY"})").has_type());
  const auto info = Read<v1::FrameworkInfo>(
      R"({"user":"u","name":"n","capabilities":[{"type":"FLYING"},{"type":"GPU_RESOURCES"}]})");
  ASSERT_EQ(info.capabilities_size(), 2);
  EXPECT_FALSE(info.capabilities(0).has_type());
  EXPECT_EQ(info.capabilities(1).type(), v1::FrameworkInfo::Capability::GPU_RESOURCES);
}

// What a real Mesos answers to bad input.
TEST(JsonReadErrorTest, AnswersInMesosWords) {
  EXPECT_EQ(Error<Call>("{nonsense"),
            "Failed to parse body into JSON: syntax error at line 1 near: nonsense");
  EXPECT_EQ(Error<v1::master::Call>("nonsense"),
            "Failed to parse body into JSON: syntax error at line 1 near: onsense");
  EXPECT_EQ(Error<v1::agent::Call>("{"),
            "Failed to parse body into JSON: syntax error at line 1 near: ");
  EXPECT_EQ(Error<Call>(R"({"type":"SUBSCRIBE","subscribe":{"framework_info":{"name":"x"}}})"),
            "Failed to convert JSON into Call protobuf: Missing required fields: "
            "subscribe.framework_info.user");
  EXPECT_EQ(
      Error<Call>(R"({"subscribe":{"framework_info":{"name":["x"],"user":7}}})"),
      "Failed to convert JSON into Call protobuf: Not expecting a JSON array for field 'name'");
}

TEST(JsonReadErrorTest, NamesTheFieldOfAWrongType) {
  const auto error = [](absl::string_view json) {
    return Error<v1::FrameworkInfo>(absl::StrCat("{\"user\":\"u\",\"name\":\"n\",", json, "}"));
  };
  const std::string prefix =
      "Failed to convert JSON into FrameworkInfo protobuf: Not expecting a JSON ";
  EXPECT_EQ(error(R"("principal":7)"), prefix + "number for field 'principal'");
  EXPECT_EQ(error(R"("principal":true)"), prefix + "boolean for field 'principal'");
  EXPECT_EQ(error(R"("principal":{})"), prefix + "object for field 'principal'");
  EXPECT_EQ(error(R"("roles":[{}])"), prefix + "object for field 'roles'");
  EXPECT_EQ(error(R"("checkpoint":1)"), prefix + "number for field 'checkpoint'");
  EXPECT_EQ(error(R"("failover_timeout":true)"), prefix + "boolean for field 'failover_timeout'");
  EXPECT_EQ(error(R"("id":"x")"), prefix + "string for field 'id'");
  EXPECT_EQ(error(R"("id":[])"), prefix + "array for field 'id'");
  EXPECT_EQ(error(R"("capabilities":["GPU_RESOURCES"])"),
            prefix + "string for field 'capabilities'");
  EXPECT_EQ(error(R"("capabilities":{"type":1})"), prefix + "number for field 'type'");
  EXPECT_EQ(error(R"("offer_filters":{"r":[]})"), prefix + "array for field 'offer_filters'");
}

TEST(JsonReadErrorTest, RefusesWhatIsNoObject) {
  for (const char* json : {"[]", "[{}]", "1", "\"x\"", "true", "null", "1e5"}) {
    EXPECT_EQ(Error<Call>(json),
              "Failed to convert JSON into Call protobuf: Expecting a JSON object");
  }
}

TEST(JsonReadErrorTest, RefusesWhatFollows) {
  for (const std::string rest : {"x", "{}", "]", ",", "\xC2\xA0", "\"", "1"}) {
    EXPECT_EQ(Error<Call>("{} " + rest + "\n"),
              absl::StrCat("Failed to parse body into JSON: Parsed JSON included non-whitespace "
                           "trailing characters: ",
                           rest, "\n"));
  }
  EXPECT_NE(Error<Call>(absl::string_view("{}\0{}", 5)), "");
  EXPECT_NE(Error<Call>(absl::string_view("{}\0", 3)), "");
}

TEST(JsonReadErrorTest, RefusesBrokenJson) {
  for (const char* json : {"",
                           " ",
                           "{]",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\":[1,]}",
                           "{\"a\":1 \"b\":2}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":NaN}",
                           "{\"a\":Infinity}",
                           "{\"a\":-Infinity}",
                           "{\"a\":01}",
                           "{\"a\":+1}",
                           "{\"a\":1.}",
                           "{\"a\":.5}",
                           "{\"a\":1e}",
                           "{\"a\":0x1}",
                           "{\"a\":tru}",
                           "{\"a\":True}",
                           "{\"a\":\"\n\"}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12\"}",
                           "{\"a\":\"b",
                           "{}/*c*/",
                           "\xEF\xBB\xBF{}",
                           "{\"a\":\"\\uD800\"}",
                           "{\"a\":\"\\uDC00\"}",
                           "{\"a\":\"\\uD800\\u0041\"}",
                           "{\"\\uDC00\":1}"}) {
    EXPECT_TRUE(absl::StartsWith(Error<Call>(json), "Failed to parse body into JSON: ")) << json;
  }
}

TEST(JsonReadErrorTest, RefusesWhatIsNotUtf8) {
  EXPECT_EQ(Error<Call>("{\"type\":\"\xFF\"}"),
            "Failed to parse body into JSON: it is not UTF-8 at byte 9");
  EXPECT_EQ(Error<Call>("{\"\xC0\xAF\":1}"),
            "Failed to parse body into JSON: it is not UTF-8 at byte 2");
}

TEST(JsonReadErrorTest, RefusesARequiredEnumOfUnknownName) {
  EXPECT_EQ(Error<v1::Resource>(R"({"name":"cpus","type":"SCALE"})"),
            "Failed to convert JSON into Resource protobuf: Failed to find enum for 'SCALE'");
}

TEST(JsonReadErrorTest, RefusesBadBase64) {
  EXPECT_EQ(Error<v1::TaskStatus>(R"({"data":"a b*"})"),
            "Failed to convert JSON into TaskStatus protobuf: Failed to base64 decode bytes field "
            "'data': Invalid character '*'");
}

TEST(JsonReadErrorTest, RefusesNumbersOutOfRange) {
  const std::string error =
      "Failed to convert JSON into DurationInfo protobuf: Number out of range "
      "for field 'nanoseconds'";
  for (const char* number : {"9223372036854775808", "-9223372036854777856", "1e19", "-1e300",
                             "18446744073709551616", "\"9223372036854775808\""}) {
    EXPECT_EQ(Error<v1::DurationInfo>(absl::StrCat("{\"nanoseconds\":", number, "}")), error);
  }
  for (const char* number : {"-1", "4294967296", "1e10", "\"-1\"", "-1.0"}) {
    EXPECT_EQ(Error<v1::Port>(absl::StrCat("{\"number\":", number, "}")),
              "Failed to convert JSON into Port protobuf: Number out of range for field 'number'");
  }
  // Beyond any double.
  EXPECT_NE(Error<v1::Filters>(R"({"refuse_seconds":1e999})"), "");
}

TEST(JsonReadErrorTest, RefusesQuotedThingsThatAreNone) {
  EXPECT_EQ(Error<v1::Port>(R"({"number":"eighty"})"),
            "Failed to convert JSON into Port protobuf: Failed to parse 'eighty' as a JSON number "
            "for field 'number': syntax error at line 1 near: eighty");
  EXPECT_EQ(Error<v1::CommandInfo>(R"({"shell":"yes"})"),
            "Failed to convert JSON into CommandInfo protobuf: Failed to parse 'yes' as a JSON "
            "boolean for field 'shell': syntax error at line 1 near: yes");
  for (const char* text :
       {"", "1 2", "true", "null", "[1]", "{}", "\\\"1\\\"", "1\\u0000", "NaN"}) {
    EXPECT_NE(Error<v1::Filters>(absl::StrCat("{\"refuse_seconds\":\"", text, "\"}")), "") << text;
  }
  EXPECT_NE(Error<v1::CommandInfo>(R"({"shell":"1"})"), "");
}

TEST(JsonReadTest, TakesTheWholeRangeOfIntegers) {
  EXPECT_EQ(Read<v1::DurationInfo>(R"({"nanoseconds":-9223372036854775808})").nanoseconds(),
            std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Read<v1::DurationInfo>(R"({"nanoseconds":"9223372036854775807"})").nanoseconds(),
            std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Read<v1::Value::Range>(R"({"begin":0,"end":18446744073709551615})").end(),
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Read<v1::Port>(R"({"number":4294967295})").number(), 4294967295u);
}

TEST(JsonReadTest, ReadsDoublesExactly) {
  for (const char* text :
       {"0.1", "1795333432.9949682", "2.2250738585072014e-308", "5e-324", "1.7976931348623157e308",
        "123456789012345678901234567890", "-0.0", "0.30000000000000004", "9007199254740993",
        "0e-1000", "1e-400", "-0e300", "0.000000000000000000000000000000000000001"}) {
    const auto filters = Read<v1::Filters>(absl::StrCat("{\"refuse_seconds\":", text, "}"));
    EXPECT_EQ(filters.refuse_seconds(), std::strtod(text, nullptr)) << text;
  }
  EXPECT_TRUE(std::isinf(Read<v1::Filters>(R"({"refuse_seconds":"Infinity"})").refuse_seconds()));
}

TEST(JsonReadTest, TakesQuotedBooleans) {
  EXPECT_TRUE(Read<v1::CommandInfo>(R"({"shell":"true"})").shell());
  EXPECT_FALSE(Read<v1::CommandInfo>(R"({"shell":"false"})").shell());
}

TEST(JsonReadTest, UndoesEscapes) {
  const auto label = Read<v1::Label>(
      R"({"key":"\"\\\/\b\f\n\r\t\u00e9\u20AC\uD83D\uDE00\u0000x","value":"h\u00e9"})");
  EXPECT_EQ(label.key(), std::string("\"\\/\b\f\n\r\t\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\0x", 19));
  EXPECT_EQ(label.value(), "h\xC3\xA9");
  EXPECT_EQ(Read<v1::Label>(R"({"\u006bey":"k"})").key(), "k");
}

// As Mesos, whose object is a map: the last value replaces the others.
TEST(JsonReadTest, TakesTheLastOfDuplicateKeys) {
  const auto info = Read<v1::FrameworkInfo>(
      R"({"user":"a","name":"n","user":"b","roles":["x","y"],"roles":["z"],)"
      R"("id":{"value":"1"},"principal":"p","principal":null,"id":{"value":"2"},)"
      R"("labels":{"labels":[{"key":"k"}]},"labels":{},"checkpoint":true,"checkpoint":false})");
  EXPECT_EQ(info.user(), "b");
  ASSERT_EQ(info.roles_size(), 1);
  EXPECT_EQ(info.roles(0), "z");
  EXPECT_EQ(info.id().value(), "2");
  EXPECT_FALSE(info.has_principal());
  EXPECT_EQ(info.labels().labels_size(), 0);
  EXPECT_FALSE(info.checkpoint());
}

TEST(JsonReadTest, ManyDuplicatesTakeNoLongerThanTheirBytes) {
  std::string json = "{\"user\":\"u\",\"name\":\"n\"";
  for (int i = 0; i < 100'000; ++i) json += ",\"roles\":[\"a\",\"b\"]";
  EXPECT_EQ(Read<v1::FrameworkInfo>(json + "}").roles_size(), 2);
}

TEST(JsonReadTest, ReplacesWhatTheMessageHeld) {
  v1::Label label;
  label.set_key("old");
  label.set_value("old");
  ASSERT_TRUE(FromJson(R"({"key":"new"})", label).ok());
  EXPECT_EQ(label.key(), "new");
  EXPECT_FALSE(label.has_value());
}

TEST(JsonReadTest, TakesOneValueForARepeatedFieldAndFlattensArrays) {
  const auto one = Read<v1::FrameworkInfo>(R"({"user":"u","name":"n","roles":"a"})");
  EXPECT_EQ(one.roles_size(), 1);
  const auto nested = Read<v1::FrameworkInfo>(
      R"({"user":"u","name":"n","roles":[["a"],[],"b"],"capabilities":{"type":"GPU_RESOURCES"}})");
  EXPECT_EQ(nested.roles_size(), 2);
  EXPECT_EQ(nested.capabilities_size(), 1);
}

TEST(JsonReadTest, ReadsMaps) {
  const auto task = Read<v1::TaskInfo>(
      R"({"name":"n","task_id":{"value":"t"},"agent_id":{"value":"a"},)"
      R"("limits":{"cpus":{"value":1.5},"mem":{"value":"Infinity"},"no":null,"cpus":{"value":2}}})");
  EXPECT_EQ(task.limits_size(), 2);
  EXPECT_EQ(task.limits().at("cpus").value(), 2);
  EXPECT_TRUE(std::isinf(task.limits().at("mem").value()));
}

// Named after the flaw of Mesos: malformed JSON ended the process by an exception.
TEST(JsonCve20181330Test, MalformedTextIsRefused) {
  for (const char* text : {"",
                           "{",
                           "}",
                           "[",
                           "\"",
                           "{\"",
                           "{\"type\"",
                           "{\"type\":",
                           "{\"type\":}",
                           "{\"type\":1e999999}",
                           "{\"type\":-}",
                           "{\"type\":\"\\u12\"}",
                           "nul",
                           "{\"type\":tru}",
                           "{'type':1}",
                           "{\"type\":1}{",
                           "{\"type\":.5}",
                           "{\"type\":\"\\ud800\"}",
                           "{,}",
                           "[1,]",
                           "\xff\xfe"}) {
    EXPECT_NE(Error<Call>(text), "") << text;
  }
}

// Named after the flaw of Mesos: deep nesting overflowed the stack.
TEST(JsonCve201811793Test, DeepNestingIsRefused) {
  const std::string reason = "Failed to parse body into JSON: it nests more than 100 deep";
  EXPECT_EQ(Error<Call>(Nested(1'000'000)),
            "Failed to convert JSON into Call protobuf: Expecting a JSON object");
  EXPECT_EQ(Error<Call>("{\"x\":" + Nested(100'000) + "}"), reason);
  EXPECT_EQ(Error<Call>("{\"revive\":{\"roles\":" + Nested(100'000) + "}}"), reason);
  std::string objects, parents;
  for (int i = 0; i < 100'000; ++i) objects += "{\"x\":";
  for (int i = 0; i < 100'000; ++i) parents += "{\"parent\":";
  EXPECT_EQ(Error<Call>(objects), reason);
  EXPECT_EQ(Error<v1::ContainerID>(parents), reason);
}

TEST(JsonReadTest, TakesExactlyTheDepthThatIsAllowed) {
  const int inner = limits::kMaxJsonDepth - 1;
  Read<Call>("{\"x\":" + Nested(inner) + "}");
  EXPECT_NE(Error<Call>("{\"x\":" + Nested(inner + 1) + "}"), "");
  // What is passed over side by side does not add up.
  std::string wide = "{\"x\":[";
  for (int i = 0; i < 1'000; ++i) wide += "[[]],";
  Read<Call>(wide + "1]}");
}

TEST(JsonReadTest, TakesHugeStrings) {
  const std::string huge(8 << 20, 'x');
  EXPECT_EQ(Read<v1::Label>("{\"key\":\"" + huge + "\",\"" + huge + "\":1}").key(), huge);
}

}  // namespace
}  // namespace mesos::json
