// The files that a restarted agent reads of a container, and a line of /proc: any bytes are parsed
// or refused.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/launcher/container_files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mesos::launcher;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (auto identity = ParsePidFile(bytes)) {
    if (ParsePidFile(FormatPidFile(*identity)) != identity) std::abort();
  }
  if (auto status = ParseTermination(bytes)) {
    if (ParseTermination(FormatTermination(*status)) != status) std::abort();
  }
  ParseProcessStat(bytes);
  return 0;
}
