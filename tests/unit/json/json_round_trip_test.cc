// What is written comes back, whatever it was; and it is JSON in the eyes of another parser.

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "common/json/json_codec.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/resource_provider/resource_provider.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/unit/json/random_message.h"

namespace mesos::json {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Sets every absent field that has a default to it, but `role`: what writing makes of a message.
// By reflection alone, unlike the code under test.
void SetDefaults(Message& message) {
  const Reflection& reflection = *message.GetReflection();
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) {
      if (field.message_type() == nullptr) continue;
      for (int j = 0; j < reflection.FieldSize(message, &field); ++j) {
        SetDefaults(*reflection.MutableRepeatedMessage(&message, &field, j));
      }
    } else if (field.message_type() != nullptr) {
      if (reflection.HasField(message, &field)) {
        SetDefaults(*reflection.MutableMessage(&message, &field));
      }
    } else if (field.has_default_value() && field.name() != "role" &&
               !reflection.HasField(message, &field)) {
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
          reflection.SetBool(&message, &field, field.default_value_bool());
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
          reflection.SetDouble(&message, &field, field.default_value_double());
          break;
        case FieldDescriptor::CPPTYPE_INT32:
          reflection.SetInt32(&message, &field, field.default_value_int32());
          break;
        case FieldDescriptor::CPPTYPE_UINT32:
          reflection.SetUInt32(&message, &field, field.default_value_uint32());
          break;
        case FieldDescriptor::CPPTYPE_ENUM:
          reflection.SetEnum(&message, &field, field.default_value_enum());
          break;
        case FieldDescriptor::CPPTYPE_STRING:
          reflection.SetString(&message, &field, field.default_value_string());
          break;
        default:
          FAIL() << "no default of this type in the v1 API: " << field.full_name();
      }
    }
  }
}

template <typename T>
class JsonRoundTripTest : public testing::Test {};

using Roots =
    testing::Types<v1::scheduler::Call, v1::scheduler::Event, v1::executor::Call,
                   v1::executor::Event, v1::master::Call, v1::master::Response, v1::master::Event,
                   v1::agent::Call, v1::agent::Response, v1::resource_provider::Call,
                   v1::resource_provider::Event, v1::Task, v1::ContainerID>;
TYPED_TEST_SUITE(JsonRoundTripTest, Roots);

TYPED_TEST(JsonRoundTripTest, ComesBackAsItWas) {
  RandomMessages random(11);
  for (int i = 0; i < 300; ++i) {
    TypeParam message;
    random.Fill(message);
    const std::string json = ToJson(message);

    TypeParam back;
    const absl::Status status = FromJson(json, back);
    ASSERT_TRUE(status.ok()) << status << "\n" << json;
    SetDefaults(message);
    google::protobuf::util::MessageDifferencer differencer;
    std::string difference;
    differencer.ReportDifferencesToString(&difference);
    ASSERT_TRUE(differencer.Compare(message, back)) << difference << "\n" << json;
    ASSERT_EQ(ToJson(back), json);
  }
}

TYPED_TEST(JsonRoundTripTest, IsJsonForAnotherParser) {
  RandomMessages random(12);
  for (int i = 0; i < 100; ++i) {
    TypeParam message;
    random.Fill(message);
    const std::string json = ToJson(message);
    google::protobuf::Struct other;
    const auto status = google::protobuf::util::JsonStringToMessage(json, &other);
    ASSERT_TRUE(status.ok()) << status << "\n" << json;
    ASSERT_EQ(json.find('\n'), std::string::npos);
  }
}

// Cut off or with a byte changed, it is read or refused.
TYPED_TEST(JsonRoundTripTest, TakesDamagedTextWithoutHarm) {
  RandomMessages random(13);
  std::mt19937_64 damage(14);
  for (int i = 0; i < 20; ++i) {
    TypeParam message;
    random.Fill(message);
    const std::string json = ToJson(message);
    for (int j = 0; j < 50; ++j) {
      std::string damaged =
          json.substr(0, damage() % 2 == 0 ? damage() % json.size() : json.size());
      for (uint64_t k = damage() % 3; k > 0 && !damaged.empty(); --k) {
        damaged[damage() % damaged.size()] = static_cast<char>("{}[]\",:\\x0\xFF"[damage() % 12]);
      }
      TypeParam back;
      if (!FromJson(damaged, back).ok()) continue;
      TypeParam again;
      const std::string rewritten = ToJson(back);
      ASSERT_TRUE(FromJson(rewritten, again).ok()) << rewritten;
      ASSERT_EQ(ToJson(again), rewritten);
    }
  }
}

}  // namespace
}  // namespace mesos::json
