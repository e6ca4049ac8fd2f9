#pragma once

// What the tests of validation share: messages from their text form, and the error of a status as a
// string.

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace mesos::master {

// A message from its text form; fields that are required may be missing.
template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  google::protobuf::TextFormat::Parser parser;
  parser.AllowPartialMessage(true);
  EXPECT_TRUE(parser.ParseFromString(text, &message)) << text;
  return message;
}

// Empty where `status` is OK.
inline std::string ErrorOf(const absl::Status& status) { return std::string(status.message()); }

}  // namespace mesos::master
