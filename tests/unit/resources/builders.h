#pragma once

// Makers of resources for tests: Mesos' text form for what it can say, protobuf text for the rest.
//
//   ResourceSet set = FromText("resources { name: 'cpus' type: SCALAR scalar { value: 2 } }");
//   ResourceSet cpus = Scalars({{"cpus", 2}, {"mem", 64}});

#include <string>
#include <utility>
#include <vector>

#include "common/resources/resource_set.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

using Protos = google::protobuf::RepeatedPtrField<v1::Resource>;

// `text` is that of a message with `resources`.
inline Protos ProtosFromText(const std::string& text) {
  v1::Request request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
  return request.resources();
}

inline ResourceSet FromText(const std::string& text) {
  auto set = ResourceSet::FromProto(ProtosFromText(text));
  EXPECT_TRUE(set.ok()) << set.status();
  return set.value_or(ResourceSet());
}

inline std::string ErrorOf(const std::string& text) {
  auto set = ResourceSet::FromProto(ProtosFromText(text));
  return set.ok() ? "ok" : std::string(set.status().message());
}

inline ResourceSet Scalars(const std::vector<std::pair<std::string, double>>& scalars) {
  Protos protos;
  for (const auto& [name, value] : scalars) {
    v1::Resource* resource = protos.Add();
    resource->set_name(name);
    resource->set_type(v1::Value::SCALAR);
    resource->mutable_scalar()->set_value(value);
  }
  auto set = ResourceSet::FromProto(protos);
  EXPECT_TRUE(set.ok()) << set.status();
  return set.value_or(ResourceSet());
}

}  // namespace mesos
