#pragma once

// What a caller may see of a snapshot, as a snapshot: readers need not know that there is more.
// Pure; any thread.

#include <memory>

#include "agent/core/snapshot.h"
#include "common/auth/visibility.h"

namespace mesos::agent {

// The same where all is visible, or where it is null; else a copy of what is left.
std::shared_ptr<const Snapshot> Visible(std::shared_ptr<const Snapshot> snapshot,
                                        const auth::Visibility& visibility);

}  // namespace mesos::agent
