#pragma once

// Offers: made from the allocator's grants, taken back, declined; and what a framework says of its
// wish for them (REVIVE, SUPPRESS).
//
//   MakeOffers(world);                              // at the end of an event that freed something
//   DiscardOffer(world, offer, Rescind::kYes, {});  // its resources go back to the allocator
//
// An offer's resources stay booked with the allocator until the offer is discarded, or taken by
// ACCEPT (TakeOffer), which then accounts for them. Core-thread-only.

#include <optional>

#include "absl/time/time.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// The offer as its framework sees it.
void FillOffer(const Offer& offer, v1::Offer* out);

// Runs the allocator and sends each framework its new offers, in as few events as may be and page
// by page (paging.h).
void MakeOffers(World& world);

enum class Rescind { kYes, kNo };

// The offer is no more. With kYes its framework hears of it, where it was told of the offer.
void DiscardOffer(World& world, Offer& offer, Rescind rescind, std::optional<OfferFilter> filter);
void DiscardOffers(World& world, Framework& framework, Rescind rescind);
void DiscardOffers(World& world, Agent& agent, Rescind rescind);

// The offer is no more; its resources are the caller's, who launches with them or gives them back
// (Return).
ResourceSet TakeOffer(World& world, Offer& offer);
void Return(World& world, Framework& framework, Agent& agent, const std::string& role,
            const ResourceSet& resources, std::optional<OfferFilter> filter);

// What the filters (5 s where there are none) of a call that refuses mean: as in Mesos, what was
// refused comes again no sooner than the allocator's next pass, so that declining in a loop costs
// little.
OfferFilter ReadFilter(const World& world, const v1::Filters& filters);

void OnOfferTimeout(World& world, OfferNumber number);

// ---- Calls
void Decline(World& world, Framework& framework, const v1::scheduler::Call::Decline& decline);
void Revive(World& world, Framework& framework, const v1::scheduler::Call::Revive& revive);
void Suppress(World& world, Framework& framework, const v1::scheduler::Call::Suppress& suppress);

}  // namespace mesos::master
