#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/recovery.h"
#include "common/resources/attributes.h"
#include "common/resources/print.h"
#include "common/resources/resource_set.h"

namespace mesos::agent {
namespace {

using Resources = google::protobuf::RepeatedPtrField<v1::Resource>;

template <typename Messages>
std::vector<std::string> SortedBytes(const Messages& messages) {
  std::vector<std::string> bytes;
  for (const auto& message : messages) bytes.push_back(message.SerializeAsString());
  std::sort(bytes.begin(), bytes.end());
  return bytes;
}

bool SameResources(const Resources& a, const Resources& b) {
  const absl::StatusOr<ResourceSet> left = ResourceSet::FromProto(a);
  const absl::StatusOr<ResourceSet> right = ResourceSet::FromProto(b);
  if (left.ok() && right.ok()) return *left == *right;
  return SortedBytes(a) == SortedBytes(b);  // what a former version took need not be valid now
}

std::string Text(const Resources& resources) {
  const absl::StatusOr<ResourceSet> set = ResourceSet::FromProto(resources);
  if (set.ok()) return set->ToString();
  std::string text;
  for (const v1::Resource& resource : resources) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", ToString(resource));
  }
  return text;
}

}  // namespace

absl::Status CheckCompatible(const v1::AgentInfo& old_info, const v1::AgentInfo& new_info,
                             const std::string& meta_directory) {
  std::string differs;
  auto note = [&differs](absl::string_view what, absl::string_view before, absl::string_view now) {
    absl::StrAppend(&differs, differs.empty() ? "" : "; ", what, " was '", before, "' and is now '",
                    now, "'");
  };
  if (old_info.hostname() != new_info.hostname()) {
    note("--hostname", old_info.hostname(), new_info.hostname());
  }
  if (!SameResources(old_info.resources(), new_info.resources())) {
    note("--resources", Text(old_info.resources()), Text(new_info.resources()));
  }
  if (SortedBytes(old_info.attributes()) != SortedBytes(new_info.attributes())) {
    note("--attributes", ToString(old_info.attributes()), ToString(new_info.attributes()));
  }
  if (old_info.domain().SerializeAsString() != new_info.domain().SerializeAsString()) {
    note("--domain", old_info.domain().ShortDebugString(), new_info.domain().ShortDebugString());
  }
  if (differs.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "Agent '", old_info.id().value(), "' cannot go on with another configuration: ", differs,
      ". Start it with its former flags; or, to start as a new agent, run it once with "
      "--recover=cleanup, "
      "which ends what still runs, or remove '",
      meta_directory, "/slaves/latest'"));
}

}  // namespace mesos::agent
