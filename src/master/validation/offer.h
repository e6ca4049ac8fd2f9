#pragma once

// Whether the offers of one ACCEPT can be taken together.
//
//   const auto find = [&](absl::string_view id) -> std::optional<OfferFacts> { ... };
//   absl::Status status = ValidateOffers(accept.offer_ids(), framework_id, find);
//   if (!status.ok()) DropTasks("Task launched with invalid offers: " + status.message());
//
// Pure; safe from any thread.

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/repeated_field.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// What must be known of an outstanding offer. The views live as long as the offer.
struct OfferFacts {
  absl::string_view framework_id;
  absl::string_view agent_id;
  absl::string_view role;  // that it is allocated to
};

// nullopt where there is no such offer (any more).
using FindOfferFacts = absl::FunctionRef<std::optional<OfferFacts>(absl::string_view offer_id)>;

// At least one offer; none twice; each outstanding, for this framework, of one agent, and allocated
// to one role. NotFound where an offer is no longer valid, InvalidArgument for the rest; texts as
// Mesos gives them.
absl::Status ValidateOffers(const google::protobuf::RepeatedPtrField<v1::OfferID>& offer_ids,
                            absl::string_view framework_id, FindOfferFacts find);

// How long declined resources are kept from the framework: `refuse_seconds`, at most a year; 5 s
// where it is unset, negative or not a number, as in Mesos.
absl::Duration RefuseDuration(const v1::Filters& filters);

}  // namespace mesos::master
