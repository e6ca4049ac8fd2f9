// What a resource from the wire is refused for, and the words it is refused with.

#include "common/resources/validate.h"

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/resources/roles.h"
#include "gtest/gtest.h"
#include "tests/unit/resources/builders.h"

namespace mesos {
namespace {

std::string Fault(const std::string& fields) {
  return ErrorOf(absl::StrCat("resources {", fields, "}"));
}

std::string ScalarFault(double value) {
  Protos protos;
  v1::Resource* resource = protos.Add();
  resource->set_name("cpus");
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
  resource->mutable_allocation_info()->set_role("probe");
  const auto set = ResourceSet::FromProto(protos);
  return set.ok() ? set->ToString() : std::string(set.status().message());
}

TEST(ValidateTest, RefusesAbsurdScalars) {
  const std::string end = " is invalid: Invalid scalar resource: value <= 0";
  EXPECT_EQ(ScalarFault(-1), "Resource 'cpus(allocated: probe):-1'" + end);
  EXPECT_EQ(ScalarFault(0.0001), "Resource 'cpus(allocated: probe):0.0001'" + end);
  EXPECT_EQ(ScalarFault(-std::numeric_limits<double>::infinity()),
            "Resource 'cpus(allocated: probe):-inf'" + end);
  EXPECT_EQ(ScalarFault(std::nan("")),
            "Resource 'cpus(allocated: probe):nan' is invalid: Invalid scalar resource: value is "
            "not a number");
  EXPECT_EQ(ScalarFault(1e300),
            "Resource 'cpus(allocated: probe):1e+300' is invalid: Invalid scalar resource: value "
            "> 9007199254740");
  EXPECT_EQ(ScalarFault(std::numeric_limits<double>::infinity()),
            "Resource 'cpus(allocated: probe):inf' is invalid: Invalid scalar resource: value > "
            "9007199254740");
  EXPECT_EQ(ScalarFault(std::numeric_limits<double>::denorm_min()),
            "Resource 'cpus(allocated: probe):4.94065645841247e-324'" + end);
  EXPECT_EQ(ScalarFault(0), "{}");
  EXPECT_EQ(ScalarFault(limits::kMaxScalar), "cpus(allocated: probe):9007199254740");
  EXPECT_EQ(ScalarFault(1000000), "cpus(allocated: probe):1000000");
}

TEST(ValidateTest, RefusesScalarsThatAreTooMuchTogether) {
  std::string text;
  for (int i = 0; i < 3; ++i) {
    text += R"pb(resources {
                   name: "cpus"
                   type: SCALAR
                   scalar { value: 9e12 }
                 })pb";
  }
  EXPECT_EQ(ErrorOf(text), "Resources 'cpus' are invalid: their sum is > 9007199254740");
}

TEST(ValidateTest, RefusesAValueThatIsNotOfItsType) {
  const std::string cpus = "Resource 'cpus:0' is invalid: ";
  EXPECT_EQ(Fault("name: 'cpus' type: SCALAR"), cpus + "Invalid scalar resource");
  EXPECT_EQ(Fault("name: 'cpus' type: SCALAR scalar { value: 1 } set {}"),
            "Resource 'cpus:1' is invalid: Invalid scalar resource");
  EXPECT_EQ(Fault("name: 'p' type: RANGES scalar { value: 1 }"),
            "Resource 'p:[]' is invalid: Invalid ranges resource");
  EXPECT_EQ(Fault("name: 's' type: SET"), "Resource 's:{}' is invalid: Invalid set resource");
  EXPECT_EQ(Fault("name: 't' type: TEXT"),
            "Resource 't:(a text)' is invalid: Unsupported resource type");
  EXPECT_EQ(Fault("name: '' type: SCALAR scalar { value: 1 }"),
            "Resource ':1' is invalid: Empty resource name");
}

TEST(ValidateTest, RefusesRangesThatMakeNoSense) {
  const auto ranges = [](const std::string& list) {
    return Fault("name: 'ports' type: RANGES ranges {" + list + "}");
  };
  EXPECT_EQ(ranges("range { begin: 2 end: 1 }"),
            "Resource 'ports:[2-1]' is invalid: Invalid ranges resource: begin > end");
  for (const char* overlapping : {"range { begin: 1 end: 5 } range { begin: 3 end: 9 }",
                                  "range { begin: 3 end: 9 } range { begin: 1 end: 5 }",
                                  "range { begin: 5 end: 6 } range { begin: 1 end: 9 }",
                                  "range { begin: 1 end: 1 } range { begin: 1 end: 1 }"}) {
    EXPECT_NE(ranges(overlapping).find("Invalid ranges resource: overlapping ranges"),
              std::string::npos)
        << overlapping;
  }
  EXPECT_EQ(ranges("range { begin: 6 end: 9 } range { begin: 1 end: 5 }"), "ok");
  EXPECT_EQ(ranges("range { begin: 0 end: 18446744073709551615 }"), "ok");
}

TEST(ValidateTest, BoundsRangesAndSets) {
  Protos protos;
  v1::Resource* resource = protos.Add();
  resource->set_name("ports");
  resource->set_type(v1::Value::RANGES);
  for (size_t i = 0; i <= limits::kMaxRangesPerResource; ++i) {
    v1::Value::Range* range = resource->mutable_ranges()->add_range();
    range->set_begin(3 * i);
    range->set_end(3 * i);
  }
  EXPECT_NE(ResourceSet::FromProto(protos).status().message().find(
                "Invalid ranges resource: more than 10000 ranges"),
            absl::string_view::npos);
  resource->mutable_ranges()->mutable_range()->RemoveLast();
  EXPECT_TRUE(ResourceSet::FromProto(protos).ok());

  *protos.Add() = protos[0];
  for (auto& range : *protos[1].mutable_ranges()->mutable_range()) {
    range.set_begin(range.begin() + 1'000'000);
    range.set_end(range.end() + 1'000'000);
  }
  EXPECT_EQ(ResourceSet::FromProto(protos).status().message(),
            "Resources 'ports' are invalid: together more than 10000 ranges or elements");
}

TEST(ValidateTest, DiskRules) {
  EXPECT_EQ(Fault("name: 'mem' type: SCALAR scalar { value: 1 } disk {}"),
            "Resource 'mem[]:1' is invalid: DiskInfo should not be set for mem resource");
  const auto source = [](const std::string& fields) {
    return Fault("name: 'disk' type: SCALAR scalar { value: 1 } disk { source {" + fields + "} }");
  };
  EXPECT_EQ(source("type: MOUNT"), "ok");
  EXPECT_EQ(source("type: BLOCK mount {}"),
            "Resource 'disk[BLOCK]:1' is invalid: Mount should not be set for BLOCK disk source");
  EXPECT_EQ(source("type: RAW path {}"),
            "Resource 'disk[RAW]:1' is invalid: Path should not be set for RAW disk source");
  EXPECT_EQ(source("type: UNKNOWN"),
            "Resource 'disk[UNKNOWN]:1' is invalid: Unsupported 'DiskInfo.Source.Type' in "
            "'UNKNOWN'");
}

TEST(ValidateTest, SharedRules) {
  EXPECT_EQ(Fault("name: 'cpus' type: SCALAR scalar { value: 1 } shared {}"),
            "Resource 'cpus<SHARED>:1' is invalid: Resource cpus cannot be shared");
  EXPECT_EQ(Fault("name: 'disk' type: SCALAR scalar { value: 1 } shared {}"),
            "Resource 'disk<SHARED>:1' is invalid: Only persistent volumes can be shared");
}

std::string ReservationFault(const std::string& fields) {
  const std::string fault = Fault("name: 'cpus' type: SCALAR scalar { value: 1 } " + fields);
  const size_t at = fault.find(" is invalid: ");
  return at == std::string::npos ? fault : fault.substr(at + 13);
}

TEST(ValidateTest, ReservationFormBeforeRefinement) {
  EXPECT_EQ(ReservationFault("role: 'a' reservation { principal: 'p' }"), "ok");
  EXPECT_EQ(ReservationFault("reservation {}"),
            "Invalid reservation: role \"*\" cannot be dynamically reserved");
  EXPECT_EQ(ReservationFault("role: 'a' reservation { type: DYNAMIC }"),
            "'Resource.ReservationInfo.type' must not be set for the 'Resource.reservation' field");
  EXPECT_EQ(ReservationFault("role: 'a' reservation { role: 'a' }"),
            "'Resource.ReservationInfo.role' must not be set for the 'Resource.reservation' field");
  EXPECT_EQ(ReservationFault("role: '-a'"),
            "Role component '-a' is invalid because it starts with a dash");
}

TEST(ValidateTest, ReservationStack) {
  EXPECT_EQ(ReservationFault("reservations { role: 'a' }"),
            "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.");
  EXPECT_EQ(ReservationFault("reservations { type: STATIC }"),
            "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.");
  EXPECT_EQ(ReservationFault("reservations { type: STATIC role: '*' }"),
            "Invalid reservation: role \"*\" cannot be reserved");
  EXPECT_EQ(ReservationFault("reservations { type: UNKNOWN role: 'a' }"),
            "Unsupported 'Resource.ReservationInfo.Type'");
  EXPECT_EQ(
      ReservationFault(
          "reservations { type: STATIC role: 'a' } reservations { type: STATIC role: 'a/b' }"),
      "Invalid refined reservation: A refined reservation cannot be STATIC");
  EXPECT_EQ(
      ReservationFault(
          "reservations { type: STATIC role: 'a' } reservations { type: DYNAMIC role: 'ab' }"),
      "Invalid refined reservation: role 'ab' is not a refinement of 'a'");
}

TEST(ValidateTest, BothFormsMustAgree) {
  const std::string format = "Invalid resource format: ";
  EXPECT_EQ(ReservationFault("role: 'a' reservations { type: STATIC role: 'a' }"), "ok");
  EXPECT_EQ(ReservationFault("role: 'b' reservations { type: STATIC role: 'a' }"),
            format +
                "'Resource.role' field with 'b' does not match the role 'a' in "
                "'Resource.reservations'");
  EXPECT_EQ(ReservationFault("role: 'a' reservation {} reservations { type: STATIC role: 'a' }"),
            format +
                "'Resource.reservation' must not be set if the single reservation in "
                "'Resource.reservations' is STATIC");
  EXPECT_EQ(ReservationFault("role: 'a' reservations { type: DYNAMIC role: 'a' }"),
            format +
                "'Resource.role' and 'Resource.reservation' must either be both set or both "
                "not set if the single reservation in 'Resource.reservations' is DYNAMIC");
  EXPECT_EQ(ReservationFault("role: 'a' reservation { principal: 'p' } "
                             "reservations { type: DYNAMIC role: 'a' principal: 'q' }"),
            format +
                "'Resource.reservation.principal' field with 'p' does not match the "
                "principal 'q' in 'Resource.reservations'");
  EXPECT_EQ(ReservationFault("role: 'a/b' reservations { type: STATIC role: 'a' } "
                             "reservations { type: DYNAMIC role: 'a/b' }"),
            format +
                "'Resource.role' must not be set if there is more than one reservation in "
                "'Resource.reservations'");
}

TEST(ValidateTest, Roles) {
  for (const char* good : {"*", "a", "a/b", "a.b", "eng-1", ".a", "..."}) {
    EXPECT_TRUE(ValidateRole(good).ok()) << good;
  }
  EXPECT_EQ(ValidateRole("").message(), "Role names cannot be the empty string");
  EXPECT_EQ(ValidateRole("/a").message(), "Role '/a' cannot start with a slash");
  EXPECT_EQ(ValidateRole("a/").message(), "Role 'a/' cannot end with a slash");
  EXPECT_EQ(ValidateRole("a//b").message(), "Role 'a//b' cannot contain two adjacent slashes");
  EXPECT_EQ(ValidateRole("a/./b").message(), "Role 'a/./b' cannot include '.' as a component");
  EXPECT_EQ(ValidateRole("a/*").message(), "Role 'a/*' cannot include '*' as a component");
  EXPECT_EQ(ValidateRole("a b").message(),
            "Role component 'a b' is invalid because it contains backspace or whitespace");
  EXPECT_TRUE(IsStrictSubroleOf("a/b", "a"));
  EXPECT_FALSE(IsStrictSubroleOf("a", "a"));
  EXPECT_FALSE(IsStrictSubroleOf("ab/c", "a"));
}

}  // namespace
}  // namespace mesos
