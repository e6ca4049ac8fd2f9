#pragma once

// What a caller may see of a snapshot, as a snapshot: readers need not know that there is more.
// Pure; any thread.

#include <memory>

#include "common/auth/visibility.h"
#include "master/core/events.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

// The same where all is visible, or where it is null; else a copy of what is left, which costs a
// walk over everything.
std::shared_ptr<const Snapshot> Visible(std::shared_ptr<const Snapshot> snapshot,
                                        const auth::Visibility& visibility);

// Whether one who follows the master's events is told this one.
bool IsVisible(const SendToFollowers& told, const auth::Visibility& visibility);

}  // namespace mesos::master
