// The JSON form of resources: any bytes give a set or an error.

#include <cstdint>
#include <string>

#include "common/resources/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // What does not begin with a bracket is the text form, which has a fuzzer of its own.
  std::string text = "[";
  text.append(reinterpret_cast<const char*>(data), size);
  const auto set = mesos::ParseResources(text, "web");
  if (set.ok()) {
    set->ToString();
    set->ToQuantities();
  }
  return 0;
}
