#pragma once

// Makes snapshots of the world, and knows which of its views are out of date. Core-thread-only.

#include <memory>

#include "absl/status/status.h"
#include "master/core/views/snapshot.h"
#include "master/core/world/world.h"

namespace mesos::master {

AgentView MakeView(const Agent& agent);
// Not const: its lists are shared from now on.
FrameworkView MakeView(Framework& framework);
FrameworkView MakeViewWithoutTasks(const Framework& framework);

std::shared_ptr<const OfferView> MakeView(const Offer& offer);

// The same one again where nothing has happened since the last, and somebody still holds it.
std::shared_ptr<const Snapshot> TakeSnapshot(World& world);

// Internal where a view that counts as current differs from what stands now, naming whose it is.
absl::Status CheckViews(const World& world);

}  // namespace mesos::master
