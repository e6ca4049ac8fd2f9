#include "master/validation/offer.h"

#include <cmath>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::master {
namespace {

using OfferIds = google::protobuf::RepeatedPtrField<v1::OfferID>;

absl::Status ValidateDistinct(const OfferIds& offer_ids) {
  std::set<absl::string_view> seen;
  for (const v1::OfferID& id : offer_ids) {
    if (!seen.insert(id.value()).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("Duplicate offer ", id.value(), " in offer list"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateFramework(const OfferIds& offer_ids, const std::vector<OfferFacts>& offers,
                               absl::string_view framework_id) {
  for (size_t i = 0; i < offers.size(); ++i) {
    if (offers[i].framework_id == framework_id) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("Offer ", offer_ids[i].value(), " has invalid framework ",
                     offers[i].framework_id, " while framework ", framework_id, " is expected"));
  }
  return absl::OkStatus();
}

absl::Status ValidateTogether(const OfferIds& offer_ids, const std::vector<OfferFacts>& offers) {
  for (size_t i = 1; i < offers.size(); ++i) {
    if (offers[i].role == offers[0].role) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "Aggregated offers must be allocated to the same role. Offer ", offer_ids[i].value(),
        " uses role '", offers[i].role, "' but another is using role '", offers[0].role, "'"));
  }
  for (size_t i = 1; i < offers.size(); ++i) {
    if (offers[i].agent_id == offers[0].agent_id) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "Aggregated offers must belong to one single agent. Offer ", offer_ids[i].value(),
        " uses agent ", offers[i].agent_id, " and agent ", offers[0].agent_id));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateOffers(const OfferIds& offer_ids, absl::string_view framework_id,
                            FindOfferFacts find) {
  if (offer_ids.empty()) return absl::InvalidArgumentError("No offers specified");
  if (absl::Status status = ValidateDistinct(offer_ids); !status.ok()) return status;
  std::vector<OfferFacts> offers;
  offers.reserve(offer_ids.size());
  for (const v1::OfferID& id : offer_ids) {
    std::optional<OfferFacts> offer = find(id.value());
    if (!offer) {
      return absl::NotFoundError(absl::StrCat("Offer ", id.value(), " is no longer valid"));
    }
    offers.push_back(*offer);
  }
  if (absl::Status status = ValidateFramework(offer_ids, offers, framework_id); !status.ok()) {
    return status;
  }
  return ValidateTogether(offer_ids, offers);
}

absl::Duration RefuseDuration(const v1::Filters& filters) {
  const double seconds = filters.refuse_seconds();
  if (!(seconds >= 0)) return absl::Seconds(v1::Filters().refuse_seconds());  // negative or NaN
  const absl::Duration duration = absl::Seconds(seconds);
  return duration > limits::kMaxRefuseDuration ? limits::kMaxRefuseDuration : duration;
}

}  // namespace mesos::master
