#pragma once

// Whether the offer constraints of a framework can be taken: at SUBSCRIBE, where an error becomes
// an ERROR event, and at UPDATE_FRAMEWORK, where it is the answer.
//
//   RETURN_IF_ERROR(ValidateOfferConstraints(subscribe.offer_constraints(), RolesOf(info)));
//
// Every error is InvalidArgument, with Mesos' words. Pure; safe from any thread.

#include <set>
#include <string>

#include "absl/status/status.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// Only for roles of `roles`; no empty lists; selectors and predicates that this version knows;
// regular expressions that compile within limits.h.
absl::Status ValidateOfferConstraints(const v1::scheduler::OfferConstraints& constraints,
                                      const std::set<std::string>& roles);

}  // namespace mesos::master
