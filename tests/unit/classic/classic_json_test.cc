#include "common/classic/classic_json.h"

#include <google/protobuf/text_format.h>

#include "gtest/gtest.h"

namespace mesos::classic {
namespace {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

template <typename Value>
std::string Written(void (*write)(json::JsonWriter&, const Value&), const Value& value) {
  std::string text;
  json::JsonWriter json(text);
  write(json, value);
  return text;
}

constexpr char kOffer[] = R"pb(
  resources {
    name: "mem"
    type: SCALAR
    scalar { value: 64 }
  }
  resources {
    name: "cpus"
    type: SCALAR
    scalar { value: 0.1 }
  }
  resources {
    name: "cpus"
    type: SCALAR
    scalar { value: 0.2 }
  }
  resources {
    name: "cpus"
    type: SCALAR
    scalar { value: 1 }
    revocable {}
  }
  resources {
    name: "ports"
    type: RANGES
    ranges {
      range { begin: 4 end: 5 }
      range { begin: 1 end: 2 }
    }
  }
  resources {
    name: "zones"
    type: SET
    set { item: "b" item: "a" }
  }
)pb";

constexpr char kOfferJson[] =
    R"({"cpus":0.3,"cpus_revocable":1.0,"disk":0.0,"gpus":0.0,"mem":64.0,"ports":"[1-2, 4-5]","zones":"{a, b}"})";

TEST(ClassicJsonTest, SumsResourcesByName) {
  const auto info = Parse<v1::AgentInfo>("hostname: 'h'" + std::string(kOffer));
  EXPECT_EQ(Written<Resources>(&WriteResources, info.resources()), kOfferJson);
  EXPECT_EQ(Written<ResourceSet>(&WriteResources, *ResourceSet::FromProto(info.resources())),
            kOfferJson);
}

TEST(ClassicJsonTest, ShowsTheUsualResourcesWhereThereAreNone) {
  EXPECT_EQ(Written<ResourceSet>(&WriteResources, ResourceSet()),
            R"({"cpus":0.0,"disk":0.0,"gpus":0.0,"mem":0.0})");
}

TEST(ClassicJsonTest, WritesAttributesByType) {
  const auto info = Parse<v1::AgentInfo>(R"pb(
    hostname: 'h'
    attributes {
      name: "rack"
      type: TEXT
      text { value: "r1" }
    }
    attributes {
      name: "zone"
      type: SCALAR
      scalar { value: 3 }
    }
    attributes {
      name: "keys"
      type: RANGES
      ranges { range { begin: 1 end: 2 } }
    }
  )pb");
  EXPECT_EQ(Written(&WriteAttributes, info.attributes()),
            R"({"rack":"r1","zone":3.0,"keys":"[1-2]"})");
}

TEST(ClassicJsonTest, WritesATaskAsMesosDoes) {
  const auto task = Parse<v1::Task>(R"pb(
    name: "n"
    task_id { value: "t" }
    framework_id { value: "f" }
    agent_id { value: "a" }
    state: TASK_RUNNING
    resources {
      name: "cpus"
      type: SCALAR
      scalar { value: 0.5 }
      allocation_info { role: "web" }
    }
    statuses {
      task_id { value: "t" }
      state: TASK_RUNNING
      timestamp: 1.5
      healthy: true
      uuid: "0123456789abcdef"
      container_status { container_id { value: "c" } }
    }
    labels { labels { key: "k" value: "v" } }
  )pb");
  EXPECT_EQ(
      Written(&WriteTask, task),
      R"({"id":"t","name":"n","framework_id":"f","executor_id":"","slave_id":"a","state":"TASK_RUNNING",)"
      R"("resources":{"cpus":0.5,"disk":0.0,"gpus":0.0,"mem":0.0},"role":"web",)"
      R"("statuses":[{"state":"TASK_RUNNING","timestamp":1.5,"container_status":{"container_id":{"value":"c"}},"healthy":true}],)"
      R"("labels":[{"key":"k","value":"v"}]})");
}

}  // namespace
}  // namespace mesos::classic
