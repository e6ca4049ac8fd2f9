#pragma once

// What the v1 API can ask for and this product does not do yet. Each is refused with Unimplemented
// and a message that names it, never ignored. A rule goes away with the change that brings the
// feature.
//
// Pure; safe from any thread.

#include "absl/status/status.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// Container images and Docker, networks, volumes, Linux isolation settings, resource limits,
// secrets by reference.
absl::Status CheckTaskSupported(const v1::TaskInfo& task);

// Only LAUNCH is performed.
absl::Status CheckOperationSupported(const v1::Offer::Operation& operation);

// Offer filters of a framework.
absl::Status CheckFrameworkSupported(const v1::FrameworkInfo& info);

// Offer constraints at SUBSCRIBE and UPDATE_FRAMEWORK; reconciliation of named operations.
absl::Status CheckCallSupported(const v1::scheduler::Call& call);

}  // namespace mesos::master
