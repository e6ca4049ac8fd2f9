#include "master/validation/offer.h"

#include <limits>
#include <map>

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

class OfferTest : public ::testing::Test {
 protected:
  absl::Status Validate(const std::vector<std::string>& ids) {
    google::protobuf::RepeatedPtrField<v1::OfferID> offer_ids;
    for (const std::string& id : ids) offer_ids.Add()->set_value(id);
    return ValidateOffers(offer_ids, "f", [&](absl::string_view id) -> std::optional<OfferFacts> {
      auto it = offers_.find(std::string(id));
      if (it == offers_.end()) return std::nullopt;
      return it->second;
    });
  }

  std::map<std::string, OfferFacts> offers_ = {
      {"1", {"f", "agent-1", "web"}},     {"2", {"f", "agent-1", "web"}},
      {"far", {"f", "agent-2", "web"}},   {"batch", {"f", "agent-1", "batch"}},
      {"other", {"g", "agent-1", "web"}},
  };
};

TEST_F(OfferTest, TakesOffersOfOneAgentAndRole) {
  EXPECT_TRUE(Validate({"1"}).ok());
  EXPECT_TRUE(Validate({"1", "2"}).ok());
}

TEST_F(OfferTest, RefusesNoneAndUnknown) {
  EXPECT_EQ(ErrorOf(Validate({})), "No offers specified");
  EXPECT_EQ(ErrorOf(Validate({"no-such-offer"})), "Offer no-such-offer is no longer valid");
  EXPECT_EQ(Validate({"1", "gone"}).code(), absl::StatusCode::kNotFound);
}

TEST_F(OfferTest, RefusesTheSameTwice) {
  EXPECT_EQ(ErrorOf(Validate({"1", "2", "1"})), "Duplicate offer 1 in offer list");
}

TEST_F(OfferTest, RefusesAnothersOffer) {
  EXPECT_EQ(ErrorOf(Validate({"1", "other"})),
            "Offer other has invalid framework g while framework f is expected");
}

TEST_F(OfferTest, RefusesToMixRolesOrAgents) {
  EXPECT_EQ(ErrorOf(Validate({"1", "batch"})),
            "Aggregated offers must be allocated to the same role. Offer batch uses role 'batch' "
            "but another is using role 'web'");
  EXPECT_EQ(ErrorOf(Validate({"1", "far"})),
            "Aggregated offers must belong to one single agent. Offer far uses agent agent-2 and "
            "agent agent-1");
}

TEST(RefuseDurationTest, TakesSecondsAndDefaultsWhatMakesNoSense) {
  v1::Filters filters;
  EXPECT_EQ(RefuseDuration(filters), absl::Seconds(5));
  filters.set_refuse_seconds(0.1);
  EXPECT_EQ(RefuseDuration(filters), absl::Seconds(0.1));
  filters.set_refuse_seconds(0);
  EXPECT_EQ(RefuseDuration(filters), absl::ZeroDuration());
  filters.set_refuse_seconds(-1);
  EXPECT_EQ(RefuseDuration(filters), absl::Seconds(5));
  filters.set_refuse_seconds(std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(RefuseDuration(filters), absl::Seconds(5));
  for (double huge : {1e18, 1e300, std::numeric_limits<double>::infinity()}) {
    filters.set_refuse_seconds(huge);
    EXPECT_EQ(RefuseDuration(filters), absl::Hours(24 * 365)) << huge;
  }
}

}  // namespace
}  // namespace mesos::master
