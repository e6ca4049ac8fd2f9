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

// The sum has the kinds apart: where one name had another type before, nothing is contained.
bool KeepsResources(const Resources& before, const Resources& now) {
  const absl::StatusOr<ResourceSet> left = ResourceSet::FromProto(before);
  const absl::StatusOr<ResourceSet> right = ResourceSet::FromProto(now);
  return left.ok() && right.ok() && right->Contains(*left);
}

bool KeepsAttributes(const Attributes& before, const Attributes& now) {
  const std::vector<std::string> left = SortedBytes(before);
  const std::vector<std::string> right = SortedBytes(now);
  return std::includes(right.begin(), right.end(), left.begin(), left.end());
}

// Which of the parts that may be added to go on under `policy`.
struct Kept {
  bool resources;
  bool attributes;
  bool domain;
};

Kept Compare(const v1::AgentInfo& before, const v1::AgentInfo& now, ReconfigurationPolicy policy) {
  const bool same_domain = before.domain().SerializeAsString() == now.domain().SerializeAsString();
  switch (policy) {
    case ReconfigurationPolicy::kEqual:
      return {SameResources(before.resources(), now.resources()),
              SortedBytes(before.attributes()) == SortedBytes(now.attributes()), same_domain};
    case ReconfigurationPolicy::kAdditive:
      return {KeepsResources(before.resources(), now.resources()),
              KeepsAttributes(before.attributes(), now.attributes()),
              same_domain || !before.has_domain()};
  }
  return {};
}

// What the operator can do besides going back.
absl::string_view OtherWays(ReconfigurationPolicy policy) {
  switch (policy) {
    case ReconfigurationPolicy::kEqual:
      return "; or, where it only adds resources or attributes, with "
             "--reconfiguration_policy=additive";
    case ReconfigurationPolicy::kAdditive:
      return ", to which --reconfiguration_policy=additive lets it add";
  }
  return "";
}

}  // namespace

absl::Status CheckCompatible(const v1::AgentInfo& old_info, const v1::AgentInfo& new_info,
                             const std::string& meta_directory, ReconfigurationPolicy policy) {
  const Kept kept = Compare(old_info, new_info, policy);
  std::string differs;
  auto note = [&differs](absl::string_view what, absl::string_view before, absl::string_view now) {
    absl::StrAppend(&differs, differs.empty() ? "" : "; ", what, " was '", before, "' and is now '",
                    now, "'");
  };
  if (old_info.hostname() != new_info.hostname()) {
    note("--hostname", old_info.hostname(), new_info.hostname());
  }
  if (!kept.resources) {
    note("--resources", Text(old_info.resources()), Text(new_info.resources()));
  }
  if (!kept.attributes) {
    note("--attributes", ToString(old_info.attributes()), ToString(new_info.attributes()));
  }
  if (!kept.domain) {
    note("--domain", old_info.domain().ShortDebugString(), new_info.domain().ShortDebugString());
  }
  if (differs.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "Agent '", old_info.id().value(), "' cannot go on with another configuration: ", differs,
      ". Start it with its former flags", OtherWays(policy),
      "; or, to start as a new agent, run it once with "
      "--recover=cleanup, "
      "which ends what still runs, or remove '",
      meta_directory, "/slaves/latest'"));
}

}  // namespace mesos::agent
