#include "master/validation/framework_info.h"

#include <limits>

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

v1::FrameworkInfo Framework(const std::string& text) {
  return Parse<v1::FrameworkInfo>("user: 'root' name: 'x' " + text);
}

std::string Error(const std::string& text) {
  return ErrorOf(ValidateFrameworkInfo(Framework(text)));
}

constexpr char kMultiRole[] = "capabilities { type: MULTI_ROLE } ";

TEST(FrameworkInfoTest, TakesOneRoleOrSeveral) {
  EXPECT_EQ(Error(""), "");
  EXPECT_EQ(Error("role: 'web'"), "");
  EXPECT_EQ(Error(kMultiRole), "");
  EXPECT_EQ(Error(std::string(kMultiRole) + "roles: 'a' roles: 'b/c'"), "");
  EXPECT_EQ(Error("id { value: '' }"), "");
  EXPECT_EQ(Error("failover_timeout: 604800"), "");
  EXPECT_EQ(Error("failover_timeout: -1"), "") << "as Mesos takes it: no time at all";
}

TEST(FrameworkInfoTest, RefusesTheWrongRoleField) {
  EXPECT_EQ(Error(std::string(kMultiRole) + "role: 'a' roles: 'b'"),
            "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable");
  EXPECT_EQ(Error("roles: 'b'"),
            "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable");
}

TEST(FrameworkInfoTest, RefusesBadRoles) {
  EXPECT_EQ(Error(std::string(kMultiRole) + "roles: 'a b'"),
            "'FrameworkInfo.roles' contains invalid role: Role component 'a b' is invalid because "
            "it contains backspace or whitespace");
  EXPECT_EQ(Error("role: '-a'"),
            "'FrameworkInfo.role' is not a valid role: Role component '-a' is invalid because it "
            "starts with a dash");
  EXPECT_EQ(Error("role: ''"),
            "'FrameworkInfo.role' is not a valid role: Role names cannot be the empty string");
  EXPECT_EQ(Error(std::string(kMultiRole) + "roles: 'a' roles: 'b' roles: 'b' roles: 'a'"),
            "'FrameworkInfo.roles' contains duplicate items: { a, b }");
}

TEST(FrameworkInfoTest, RefusesBadId) {
  EXPECT_EQ(Error("id { value: '../x' }"), "'../x' contains invalid characters");
}

TEST(FrameworkInfoTest, RefusesAbsurdFailoverTimeouts) {
  for (double seconds : {-1e300, 1e300, 1e10, std::numeric_limits<double>::infinity(),
                         std::numeric_limits<double>::quiet_NaN()}) {
    v1::FrameworkInfo info = Framework("");
    info.set_failover_timeout(seconds);
    EXPECT_THAT(ErrorOf(ValidateFrameworkInfo(info)),
                ::testing::HasSubstr("The framework failover_timeout ("))
        << seconds;
  }
  EXPECT_THAT(Error("failover_timeout: 1e300"), ::testing::HasSubstr("(1e+300) is invalid"));
}

TEST(FrameworkInfoTest, RefusesTenMegabytesOfLabels) {
  v1::FrameworkInfo info = Framework("");
  info.mutable_labels()->add_labels()->set_key(std::string(10 << 20, 'k'));
  EXPECT_THAT(
      ErrorOf(ValidateFrameworkInfo(info)),
      ::testing::MatchesRegex(
          "FrameworkInfo is too large: 1048.* bytes, more than the limit of 1048576 bytes"));
}

TEST(FrameworkInfoTest, RolesOfReadsTheFieldThatCounts) {
  EXPECT_EQ(RolesOf(Framework("")), std::set<std::string>({"*"}));
  EXPECT_EQ(RolesOf(Framework("role: 'a'")), std::set<std::string>({"a"}));
  EXPECT_EQ(RolesOf(Framework(std::string(kMultiRole) + "roles: 'a' roles: 'b'")),
            std::set<std::string>({"a", "b"}));
  EXPECT_EQ(RolesOf(Framework(kMultiRole)), std::set<std::string>());
}

TEST(FrameworkInfoTest, SuppressedRolesMustBeTheFrameworks) {
  const v1::FrameworkInfo info = Framework(std::string(kMultiRole) + "roles: 'a' roles: 'b'");
  google::protobuf::RepeatedPtrField<std::string> suppressed;
  *suppressed.Add() = "a";
  EXPECT_TRUE(ValidateSuppressedRoles(info, suppressed).ok());
  *suppressed.Add() = "z";
  *suppressed.Add() = "c";
  EXPECT_EQ(ErrorOf(ValidateSuppressedRoles(info, suppressed)),
            "Suppressed roles { c, z } are not contained in the set of roles");
}

TEST(FrameworkInfoTest, UpdateMayNotChangePrincipalUserOrCheckpoint) {
  const v1::FrameworkInfo info = Framework("principal: 'p'");
  EXPECT_TRUE(ValidateFrameworkUpdate(info, Framework("principal: 'p' role: 'other'")).ok());
  EXPECT_EQ(ErrorOf(ValidateFrameworkUpdate(info, Framework("principal: 'q'"))),
            "Changing framework's principal is not allowed.");
  EXPECT_EQ(ErrorOf(ValidateFrameworkUpdate(info, Framework(""))),
            "Changing framework's principal is not allowed.");
  EXPECT_EQ(ErrorOf(ValidateFrameworkUpdate(info, Framework("principal: 'p' checkpoint: true"))),
            "Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from 'false' "
            "to 'true'");
  v1::FrameworkInfo other = info;
  other.set_user("nobody");
  EXPECT_EQ(ErrorOf(ValidateFrameworkUpdate(info, other)),
            "Updating 'FrameworkInfo.user' is unsupported; attempted to update from 'root' to "
            "'nobody'");
}

TEST(FrameworkInfoTest, KeepImmutableFieldsMakesAResubscribePass) {
  const v1::FrameworkInfo info = Framework("");
  v1::FrameworkInfo other = Framework("checkpoint: true");
  other.set_user("nobody");
  other.set_name("new name");
  EXPECT_TRUE(KeepImmutableFields(info, &other));
  EXPECT_TRUE(ValidateFrameworkUpdate(info, other).ok());
  EXPECT_EQ(other.name(), "new name");
  EXPECT_FALSE(KeepImmutableFields(info, &other));
}

TEST(FrameworkInfoTest, RefusesMoreRoleNodesThanOneFrameworkMayNeed) {
  v1::FrameworkInfo info;
  info.set_user("u");
  info.set_name("n");
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  std::string tail;
  for (int i = 1; i < 100; ++i) tail += "/a";
  for (int i = 0; i < 100; ++i) info.add_roles("r" + std::to_string(i) + tail);
  EXPECT_EQ(RoleNodesOf(info), 10'000u);
  EXPECT_TRUE(ValidateFrameworkInfo(info).ok());
  info.add_roles("one");
  EXPECT_EQ(ValidateFrameworkInfo(info).message(),
            "'FrameworkInfo.roles' have 10001 path components together, more than the limit of "
            "10000: name fewer or shallower roles");
}

}  // namespace
}  // namespace mesos::master
