#pragma once

// Fields that this version does not know: of another version, or known ones of the wrong wire type,
// which protobuf keeps as unknown, writes last and passes on.
//
//   received->message = WithoutUnknownFields(std::move(received->message));
//
// Pure functions, thread-safe.

#include <memory>
#include <utility>

#include "google/protobuf/message.h"

namespace mesos {

// Whether `message` has one, or a message within it. Costs some 30 ns for each message within.
bool HasUnknownFields(const google::protobuf::Message& message);

// `message` itself where it has none, which is usual; else a copy without them.
template <typename Message>
std::shared_ptr<const Message> WithoutUnknownFields(std::shared_ptr<const Message> message) {
  if (!HasUnknownFields(*message)) return message;
  auto known = std::make_shared<Message>(*message);
  known->DiscardUnknownFields();
  return known;
}

}  // namespace mesos
