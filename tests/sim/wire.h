#pragma once

// Messages cross the simulated network as bytes, through the production codec; and how a trace line
// tells them.

#include <memory>
#include <string>

#include "glog/logging.h"
#include "google/protobuf/message.h"

namespace mesos::sim {

template <typename Message>
std::string Serialize(const Message& message) {
  std::string bytes;
  CHECK(message.SerializeToString(&bytes)) << message.ShortDebugString();
  return bytes;
}

template <typename Message>
std::shared_ptr<const Message> Parse(const std::string& bytes) {
  auto message = std::make_shared<Message>();
  CHECK(message->ParseFromString(bytes));
  return message;
}

// One line, cut where it is long.
std::string Describe(const google::protobuf::Message& message);

}  // namespace mesos::sim
