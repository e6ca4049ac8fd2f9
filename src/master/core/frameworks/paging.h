#pragma once

// Tells a framework what there is much of (offers, answers to RECONCILE) in pages: so many bytes
// are sent, and more once the host says that the peer has taken them. So neither a hundred thousand
// tasks nor the offers of as many agents ever stand in a queue, and what is told is as it stands
// then. See Outbox.
//
//   framework.outbox.offers.insert(number);
//   SendPages(world, framework);          // emits events, and AwaitDrain where a page is full
//   ...
//   OnSchedulerDrained(world, session);   // the next page
//
// Core-thread-only.

#include <memory>

#include "absl/status/status.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"

namespace mesos::master {

// Sends what the outbox holds, as far as the page goes.
void SendPages(World& world, Framework& framework);

// The peer has taken what was sent before the last AwaitDrain.
void OnSchedulerDrained(World& world, SessionId session);

// Answers a RECONCILE. ResourceExhausted, and nothing is done, where others of the framework wait
// to be answered that take limits::kMaxPagedCallBytes together with it.
absl::Status Reconcile(World& world, Framework& framework,
                       std::shared_ptr<const v1::scheduler::Call> call);

}  // namespace mesos::master
