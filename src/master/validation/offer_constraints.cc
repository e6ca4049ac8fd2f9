#include "master/validation/offer_constraints.h"

#include <re2/re2.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"

namespace mesos::master {
namespace {

using v1::scheduler::AttributeConstraint;
using v1::scheduler::OfferConstraints;
using RoleConstraints = OfferConstraints::RoleConstraints;

absl::Status ValidateSelector(const AttributeConstraint::Selector& selector) {
  if (selector.has_attribute_name() == selector.has_pseudoattribute_type()) {
    return absl::InvalidArgumentError(
        "Exactly one of 'AttributeConstraint::Selector::name' or "
        "'AttributeConstraint::Selector::pseudoattribute_type' must be set");
  }
  if (selector.has_attribute_name()) return absl::OkStatus();
  switch (selector.pseudoattribute_type()) {
    case AttributeConstraint::Selector::HOSTNAME:
    case AttributeConstraint::Selector::REGION:
    case AttributeConstraint::Selector::ZONE:
      return absl::OkStatus();
    case AttributeConstraint::Selector::UNKNOWN:
      break;
  }
  return absl::InvalidArgumentError("Unknown pseudoattribute type");
}

absl::Status ValidateRegex(const std::string& pattern) {
  RE2::Options options;
  options.set_max_mem(static_cast<int64_t>(limits::kMaxConstraintRegexBytes));
  options.set_log_errors(false);
  const RE2 regex(pattern, options);
  if (!regex.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to construct regex from pattern '", pattern, "': ", regex.error()));
  }
  if (regex.ProgramSize() <= limits::kMaxConstraintRegexProgram) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("Regex '", pattern, "' is too large: its program has ", regex.ProgramSize(),
                   " instructions, more than the limit of ", limits::kMaxConstraintRegexProgram));
}

absl::Status ValidatePredicate(const AttributeConstraint::Predicate& predicate) {
  const int set = predicate.has_exists() + predicate.has_not_exists() +
                  predicate.has_text_equals() + predicate.has_text_not_equals() +
                  predicate.has_text_matches() + predicate.has_text_not_matches();
  if (set != 1) return absl::InvalidArgumentError("Unknown predicate type");
  if (predicate.has_text_matches()) return ValidateRegex(predicate.text_matches().regex());
  if (predicate.has_text_not_matches()) return ValidateRegex(predicate.text_not_matches().regex());
  return absl::OkStatus();
}

absl::Status ValidateConstraint(const AttributeConstraint& constraint) {
  RETURN_IF_ERROR(ValidateSelector(constraint.selector()));
  return ValidatePredicate(constraint.predicate());
}

absl::Status ValidateRole(const std::string& role, const RoleConstraints& constraints) {
  if (constraints.groups_size() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("'OfferConstraints::role_constraints' has an empty "
                     "'RoleConstraints::groups' for role ",
                     role));
  }
  for (const RoleConstraints::Group& group : constraints.groups()) {
    if (group.attribute_constraints_size() == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("'OfferConstraints::RoleConstraints::groups' for role ", role,
                       " contains an empty RoleConstraints::Group"));
    }
    for (const AttributeConstraint& constraint : group.attribute_constraints()) {
      if (absl::Status status = ValidateConstraint(constraint); !status.ok()) {
        return absl::InvalidArgumentError(absl::StrCat(
            "A role ", role, " has an invalid 'AttributeConstraint': ", status.message()));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateOfferConstraints(const OfferConstraints& constraints,
                                      const std::set<std::string>& roles) {
  const size_t size = constraints.ByteSizeLong();
  if (size > limits::kMaxFrameworkInfoBytes) {
    return absl::InvalidArgumentError(absl::StrCat("Offer constraints are too large: ", size,
                                                   " bytes, more than the limit of ",
                                                   limits::kMaxFrameworkInfoBytes, " bytes"));
  }
  // A map of protobuf has no order: the first error shall always be the same one.
  std::set<std::string> constrained;
  for (const auto& [role, of_role] : constraints.role_constraints()) constrained.insert(role);
  for (const std::string& role : constrained) {
    if (absl::Status status = ValidateRole(role, constraints.role_constraints().at(role));
        !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Offer constraints are not valid: ", status.message()));
    }
    if (roles.count(role) > 0) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("Offer constraints specify `role_constraints` for a role '", role,
                     "' not contained in the set of roles"));
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
