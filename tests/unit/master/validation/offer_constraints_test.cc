#include "master/validation/offer_constraints.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using v1::scheduler::OfferConstraints;

// The error for constraints of role "probe", of a framework of that role.
std::string ErrorFor(const std::string& constraints) {
  const auto parsed = Parse<OfferConstraints>(
      absl::StrCat("role_constraints { key: 'probe' value {", constraints, "} }"));
  return std::string(ValidateOfferConstraints(parsed, {"probe"}).message());
}

std::string ErrorForOne(const std::string& constraint) {
  return ErrorFor(absl::StrCat("groups { attribute_constraints {", constraint, "} }"));
}

constexpr char kRack[] = "selector { attribute_name: 'rack' }";
constexpr char kInvalid[] =
    "Offer constraints are not valid: A role probe has an invalid 'AttributeConstraint': ";

TEST(OfferConstraintsTest, TakesWhatMesosTakes) {
  EXPECT_TRUE(ValidateOfferConstraints({}, {}).ok());
  for (const char* predicate :
       {"exists {}", "not_exists {}", "text_equals { value: '' }", "text_not_equals { value: 'x' }",
        "text_matches { regex: 'r[0-9]' }", "text_not_matches { regex: 'r.*' }"}) {
    EXPECT_EQ(ErrorForOne(absl::StrCat(kRack, " predicate {", predicate, "}")), "");
  }
  for (const char* pseudo : {"HOSTNAME", "REGION", "ZONE"}) {
    EXPECT_EQ(ErrorForOne(absl::StrCat("selector { pseudoattribute_type: ", pseudo,
                                       " } predicate { exists {} }")),
              "");
  }
}

TEST(OfferConstraintsTest, RefusesEmptyLists) {
  EXPECT_EQ(ErrorFor(""),
            "Offer constraints are not valid: 'OfferConstraints::role_constraints' has an empty "
            "'RoleConstraints::groups' for role probe");
  EXPECT_THAT(ErrorFor("groups {}"), HasSubstr("contains an empty RoleConstraints::Group"));
}

TEST(OfferConstraintsTest, RefusesSelectorsAndPredicatesThatItDoesNotKnow) {
  const std::string exists = " predicate { exists {} }";
  const std::string both = "selector { attribute_name: 'a' pseudoattribute_type: ZONE }";
  for (const std::string& selector : {std::string("selector {}"), both}) {
    EXPECT_EQ(ErrorForOne(selector + exists),
              absl::StrCat(kInvalid,
                           "Exactly one of 'AttributeConstraint::Selector::name' or "
                           "'AttributeConstraint::Selector::pseudoattribute_type' must be set"));
  }
  EXPECT_EQ(ErrorForOne("selector { pseudoattribute_type: UNKNOWN }" + exists),
            absl::StrCat(kInvalid, "Unknown pseudoattribute type"));
  EXPECT_EQ(ErrorForOne(absl::StrCat(kRack, " predicate {}")),
            absl::StrCat(kInvalid, "Unknown predicate type"));
}

TEST(OfferConstraintsTest, RefusesRegularExpressionsThatAreWrongOrTooLarge) {
  const auto error = [](const std::string& regex) {
    return ErrorForOne(absl::StrCat(kRack, " predicate { text_matches { regex: '", regex, "' } }"));
  };
  EXPECT_EQ(error("("),
            absl::StrCat(kInvalid, "Failed to construct regex from pattern '(': missing ): ("));
  EXPECT_EQ(error("(((a{100}){100}){100})"),
            absl::StrCat(kInvalid,
                         "Failed to construct regex from pattern '(((a{100}){100}){100})': "
                         "invalid repetition size: {100}"));
  EXPECT_THAT(error(std::string(150, 'a')), StartsWith(kInvalid));
  EXPECT_THAT(error("[a-z]{1000}"), StartsWith(kInvalid));
}

TEST(OfferConstraintsTest, RefusesRolesThatTheFrameworkDoesNotHave) {
  const auto constraints = Parse<OfferConstraints>(
      absl::StrCat("role_constraints { key: 'elsewhere' value { groups { attribute_constraints {",
                   kRack, " predicate { exists {} } } } } }"));
  EXPECT_EQ(ValidateOfferConstraints(constraints, {"probe"}).message(),
            "Offer constraints specify `role_constraints` for a role 'elsewhere' not contained in "
            "the set of roles");
}

TEST(OfferConstraintsTest, RefusesWhatIsTooLarge) {
  EXPECT_THAT(ErrorForOne(absl::StrCat(kRack, " predicate { text_equals { value: '",
                                       std::string(limits::kMaxFrameworkInfoBytes, 'x'), "' } }")),
              StartsWith("Offer constraints are too large"));
}

}  // namespace
}  // namespace mesos::master
