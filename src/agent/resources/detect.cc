#include "agent/resources/detect.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/resources/parse.h"

namespace mesos::agent {
namespace {

constexpr uint64_t kMegabyte = uint64_t{1} << 20;
constexpr uint64_t kGigabyte = uint64_t{1} << 30;

constexpr int64_t kDefaultCpus = 1;
constexpr uint64_t kDefaultMemoryBytes = kGigabyte;
constexpr uint64_t kDefaultDiskBytes = 10 * kGigabyte;
constexpr absl::string_view kDefaultPorts = "[31000-32000]";

// Leaves the operating system its share: `reserve` of what is at least `enough`, half of what is
// less.
uint64_t WithoutShare(uint64_t bytes, uint64_t enough, uint64_t reserve) {
  return bytes >= enough ? bytes - reserve : bytes / 2;
}

uint64_t Megabytes(uint64_t bytes) { return bytes / kMegabyte; }

}  // namespace

absl::StatusOr<ResourceSet> DetectResources(absl::string_view text, absl::string_view default_role,
                                            const MachineFacts& facts) {
  ASSIGN_OR_RETURN(ResourceSet total, ParseResources(text, default_role));
  ASSIGN_OR_RETURN(const std::vector<v1::Resource> named, ParseResourceList(text, default_role));
  std::set<std::string> names;
  for (const v1::Resource& resource : named) names.insert(resource.name());

  const uint64_t memory = facts.memory_bytes
                              ? WithoutShare(*facts.memory_bytes, 2 * kGigabyte, kGigabyte)
                              : kDefaultMemoryBytes;
  const uint64_t disk = facts.disk_bytes
                            ? WithoutShare(*facts.disk_bytes, 10 * kGigabyte, 5 * kGigabyte)
                            : kDefaultDiskBytes;
  std::string detected;
  if (!names.contains("cpus")) {
    absl::StrAppend(&detected, "cpus:", facts.cpus.value_or(kDefaultCpus), ";");
  }
  if (!names.contains("mem")) absl::StrAppend(&detected, "mem:", Megabytes(memory), ";");
  if (!names.contains("disk")) absl::StrAppend(&detected, "disk:", Megabytes(disk), ";");
  if (!names.contains("ports")) absl::StrAppend(&detected, "ports:", kDefaultPorts, ";");
  ASSIGN_OR_RETURN(const ResourceSet rest, ParseResources(detected, default_role));
  return total + rest;
}

}  // namespace mesos::agent
