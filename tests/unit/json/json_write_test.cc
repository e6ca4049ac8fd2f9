// Writing, as ToJson's header tells it.

#include <google/protobuf/unknown_field_set.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "common/json/json_codec.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/resource_provider/resource_provider.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::json {
namespace {

// Facts of what clients depend on, by number.
TEST(JsonFactsTest, Fact2ARecordIsOneLine) {
  v1::scheduler::Event event;
  event.set_type(v1::scheduler::Event::ERROR);
  event.mutable_error()->set_message("two\nlines\r\n\xE2\x80\xA8");
  EXPECT_EQ(ToJson(event),
            "{\"type\":\"ERROR\",\"error\":{\"message\":\"two\\nlines\\r\\n\xE2\x80\xA8\"}}");
}

TEST(JsonFactsTest, Fact8NumbersEnumsBytesAndNames) {
  v1::TaskStatus status;
  status.mutable_task_id()->set_value("t");
  status.set_state(v1::TASK_RUNNING);
  status.set_uuid("0123456789abcdef");
  status.set_timestamp(1795333432.700986);
  EXPECT_EQ(ToJson(status),
            R"({"task_id":{"value":"t"},"state":"TASK_RUNNING","timestamp":1795333432.700986,)"
            R"("uuid":"MDEyMzQ1Njc4OWFiY2RlZg=="})");
  v1::DurationInfo duration;
  duration.set_nanoseconds(-9'007'199'254'740'993);
  EXPECT_EQ(ToJson(duration), R"({"nanoseconds":-9007199254740993})");
  v1::Value::Range range;
  range.set_begin(31000);
  range.set_end(18446744073709551615u);
  EXPECT_EQ(ToJson(range), R"({"begin":31000,"end":18446744073709551615})");
}

TEST(JsonFactsTest, Fact9NothingThatTheSchemaDoesNotHave) {
  v1::Label label;
  label.set_key("k");
  google::protobuf::UnknownFieldSet* unknown = label.GetReflection()->MutableUnknownFields(&label);
  unknown->AddVarint(2, 1);
  unknown->AddVarint(77, 1);
  unknown->AddGroup(78)->AddFixed32(1, 2);
  unknown->AddFixed64(79, 2);
  unknown->AddLengthDelimited(80, "not a value");
  EXPECT_EQ(ToJson(label), R"({"key":"k"})");

  // Enum values of a later version, as a message holds them that came over the wire.
  v1::TaskStatus status;
  ASSERT_TRUE(status.ParsePartialFromString(std::string("\x10\xE8\x07\x48\xE9\x07", 6)));
  EXPECT_EQ(ToJson(status), "{}");
  v1::Resource resource;
  ASSERT_TRUE(resource.ParsePartialFromString(std::string("\x18\xE8\x07\x0A\x01x", 6)));
  EXPECT_EQ(ToJson(resource), R"({"name":"x"})");
}

TEST(JsonWriteTest, LeavesOutWhatIsAbsentOrEmpty) {
  EXPECT_EQ(ToJson(v1::scheduler::Call()), "{}");
  v1::TaskInfo task;
  task.mutable_task_id();
  task.mutable_labels();
  EXPECT_EQ(ToJson(task), R"({"task_id":{},"labels":{}})");
}

// As Mesos, whose tools read these fields of every framework, command and address.
TEST(JsonWriteTest, WritesDefaultsInPlaceOfAbsentFields) {
  v1::FrameworkInfo info;
  info.set_user("u");
  info.set_name("n");
  info.add_roles("r");
  EXPECT_EQ(ToJson(info),
            R"({"user":"u","name":"n","failover_timeout":0.0,"checkpoint":false,"roles":["r"]})");
  v1::NetworkInfo::IPAddress address;
  address.set_ip_address("10.0.0.1");
  EXPECT_EQ(ToJson(address), R"({"protocol":"IPv4","ip_address":"10.0.0.1"})");
  v1::CommandInfo command;
  EXPECT_EQ(ToJson(command), R"({"shell":true})");
  // But not the deprecated role.
  v1::Resource resource;
  resource.set_name("cpus");
  EXPECT_EQ(ToJson(resource), R"({"name":"cpus"})");
  resource.set_role("*");
  EXPECT_EQ(ToJson(resource), R"({"name":"cpus","role":"*"})");
}

// Operators are shown it, executors are not: a field too many makes a client drop the event.
TEST(JsonWriteTest, AgentsShownToOperatorsHaveCheckpoint) {
  v1::master::Response::GetAgents::Agent shown;
  shown.mutable_agent_info()->set_hostname("h");
  EXPECT_EQ(ToJson(shown), R"({"agent_info":{"hostname":"h","port":5051,"checkpoint":true}})");
  v1::executor::Event event;
  *event.mutable_subscribed()->mutable_agent_info() = shown.agent_info();
  EXPECT_EQ(ToJson(event), R"({"subscribed":{"agent_info":{"hostname":"h","port":5051}}})");
}

TEST(JsonWriteTest, WritesMaps) {
  v1::TaskInfo task;
  EXPECT_EQ(ToJson(task), "{}");
  (*task.mutable_limits())["\"cpus\""].set_value(1.5);
  EXPECT_EQ(ToJson(task), R"({"limits":{"\"cpus\"":{"value":1.5}}})");
  (*task.mutable_limits())["\"cpus\""].clear_value();
  EXPECT_EQ(ToJson(task), R"({"limits":{"\"cpus\"":{}}})");
}

TEST(JsonWriteTest, NeverWritesInvalidJson) {
  v1::Label label;
  label.set_key(std::string("\xFF\0\"", 3));
  EXPECT_EQ(ToJson(label), "{\"key\":\"\xEF\xBF\xBD\\u0000\\\"\"}");
  v1::Filters filters;
  filters.set_refuse_seconds(std::nan(""));
  EXPECT_EQ(ToJson(filters), R"({"refuse_seconds":"NaN"})");
}

TEST(JsonWriteTest, AppendsToWhatStands) {
  std::string out = "[";
  v1::Label label;
  label.set_key("k");
  AppendJson(label, out);
  out += ",";
  AppendJson(label, out);
  EXPECT_EQ(out, R"([{"key":"k"},{"key":"k"})");
}

TEST(JsonWriteTest, TakesHugeMessages) {
  v1::Label label;
  label.set_key(std::string(8 << 20, '\n'));
  EXPECT_EQ(ToJson(label).size(), (16 << 20) + 10);
  label.set_key("k");
  EXPECT_EQ(ToJson(label), R"({"key":"k"})");
}

// Also where several threads see a type first.
TEST(JsonWriteTest, IsThreadSafe) {
  v1::resource_provider::Event event;
  event.set_type(v1::resource_provider::Event::PUBLISH_RESOURCES);
  event.mutable_publish_resources()->add_resources()->set_name("disk");
  const std::string expected =
      R"({"type":"PUBLISH_RESOURCES","publish_resources":{"resources":[{"name":"disk"}]}})";
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) EXPECT_EQ(ToJson(event), expected);
      v1::resource_provider::Call call;
      EXPECT_FALSE(FromJson("{\"type\":\"", call).ok());
      EXPECT_TRUE(FromJson("{\"type\":\"SUBSCRIBE\"}", call).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace mesos::json
