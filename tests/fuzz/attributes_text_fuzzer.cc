// Attributes: any bytes give attributes that are valid and read back the same, or an error.

#include <cstdint>
#include <cstdlib>

#include "common/resources/attributes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto attributes = mesos::ParseAttributes(text);
  if (!attributes.ok()) return 0;
  if (!mesos::ValidateAttributes(*attributes).ok()) std::abort();
  const std::string printed = mesos::ToString(*attributes);
  const auto again = mesos::ParseAttributes(printed);
  if (!again.ok() || mesos::ToString(*again) != printed) std::abort();
  return 0;
}
