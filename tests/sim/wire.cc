#include "tests/sim/wire.h"

#include "google/protobuf/text_format.h"

namespace mesos::sim {

std::string Describe(const google::protobuf::Message& message) {
  constexpr size_t kMaxLength = 400;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  std::string text;
  printer.PrintToString(message, &text);
  if (text.size() > kMaxLength) text = text.substr(0, kMaxLength) + "...";
  return text;
}

}  // namespace mesos::sim
