#pragma once

// How Mesos lays an election out in ZooKeeper: under the path one ephemeral sequential node a
// candidate, json.info_NNNNNNNNNN, with the candidate's MasterInfo as JSON; the lowest number
// leads. Masters before Mesos 0.24 make info_NNNNNNNNNN, with MasterInfo serialized.

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos::election {

inline constexpr absl::string_view kCandidatePrefix = "json.info_";
inline constexpr absl::string_view kOldCandidatePrefix = "info_";

// The candidate with the lowest number among `names`; what is no candidate (log_replicas, say) is
// passed over. nullopt where there is none.
std::optional<std::string> LowestCandidate(const std::vector<std::string>& names);

// "/mesos" and "a" make "/mesos/a"; "/" and "a" make "/a".
std::string ChildPath(absl::string_view parent, absl::string_view name);

// "/a/b" has itself and "/a", the outermost first; "/" has none.
std::vector<std::string> PathAndParents(absl::string_view path);

}  // namespace mesos::election
