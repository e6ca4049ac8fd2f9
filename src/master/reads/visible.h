#pragma once

// What a caller may see of a snapshot, as a snapshot: readers need not know that there is more.
// Pure; any thread.

#include <memory>
#include <string>

#include "common/auth/visibility.h"
#include "master/core/events.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

// The same where all is visible, or where it is null; else a copy of what is left, which costs a
// walk over everything.
std::shared_ptr<const Snapshot> Visible(std::shared_ptr<const Snapshot> snapshot,
                                        const auth::Visibility& visibility);

// What an event that followers are told is about, as far as that decides who may hear of it.
struct Subject {
  std::shared_ptr<const v1::FrameworkInfo> framework;  // null: of none
  std::string task_id;                                 // empty: of none
};
Subject SubjectOf(const SendToFollowers& told);
bool IsVisible(const Subject& about, const auth::Visibility& visibility);

}  // namespace mesos::master
