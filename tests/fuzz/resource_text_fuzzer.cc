// The text form of resources: any bytes give a set or an error, and what prints plainly reads back
// the same.

#include <cstdint>
#include <cstdlib>

#include "common/resources/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto set = mesos::ParseResources(text);
  if (!set.ok()) return 0;
  const mesos::ResourceSet plain = set->Filter([](const mesos::ResourceSet::Entry& entry) {
    return !entry.identity->reserved() &&
           entry.identity->name().find_first_of("(){}[]") == std::string::npos;
  });
  if (plain.empty()) return 0;
  const auto again = mesos::ParseResources(plain.ToString());
  if (!again.ok() || !(*again == plain)) std::abort();
  return 0;
}
