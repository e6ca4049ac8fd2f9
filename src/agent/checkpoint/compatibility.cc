#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/recovery.h"

namespace mesos::agent {
namespace {

// Two lists hold the same messages, in whatever order.
template <typename Messages>
bool SameElements(const Messages& a, const Messages& b) {
  auto sorted = [](const Messages& messages) {
    std::vector<std::string> bytes;
    for (const auto& message : messages) bytes.push_back(message.SerializeAsString());
    std::sort(bytes.begin(), bytes.end());
    return bytes;
  };
  return sorted(a) == sorted(b);
}

template <typename Messages>
std::string ShortText(const Messages& messages) {
  std::string text;
  for (const auto& message : messages) {
    if (!text.empty()) text += "; ";
    text += message.ShortDebugString();
  }
  return text.empty() ? "none" : text;
}

}  // namespace

absl::Status CheckCompatible(const v1::AgentInfo& old_info, const v1::AgentInfo& new_info,
                             const std::string& meta_directory) {
  std::string differs;
  auto note = [&differs](absl::string_view what, absl::string_view before, absl::string_view now) {
    absl::StrAppend(&differs, differs.empty() ? "" : "; ", what, " were '", before,
                    "' and are now '", now, "'");
  };
  if (old_info.hostname() != new_info.hostname()) {
    note("its hostname and address", old_info.hostname(), new_info.hostname());
  }
  if (!SameElements(old_info.resources(), new_info.resources())) {
    note("its resources (--resources)", ShortText(old_info.resources()),
         ShortText(new_info.resources()));
  }
  if (!SameElements(old_info.attributes(), new_info.attributes())) {
    note("its attributes (--attributes)", ShortText(old_info.attributes()),
         ShortText(new_info.attributes()));
  }
  if (old_info.domain().SerializeAsString() != new_info.domain().SerializeAsString()) {
    note("its region and zone (--domain)", old_info.domain().ShortDebugString(),
         new_info.domain().ShortDebugString());
  }
  if (differs.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      "Agent '", old_info.id().value(), "' cannot go on with another configuration: ", differs,
      ". Start it as before; or, to start as a new agent, run it once with --recover=cleanup, "
      "which ends "
      "what still runs, or remove '",
      meta_directory, "/slaves/latest'"));
}

}  // namespace mesos::agent
