// What the launcher reads from its agent: any bytes are parsed or refused, and what is parsed is
// written and read back the same.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/launcher/launch_spec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mesos::launcher;
  LaunchSpec spec;
  std::string error;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (!ParseLaunchSpec(bytes, &spec, &error)) {
    if (error.empty()) std::abort();
    return 0;
  }
  LaunchSpec again;
  if (!ParseLaunchSpec(EncodeLaunchSpec(spec), &again, &error) || !(again == spec)) std::abort();
  return 0;
}
