#include "common/resources/roles.h"
#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

TEST(RoleTest, TakesStarAndPaths) {
  for (const char* role : {"*", "a", "eng/web", "a.b", "a-b", "...", "a*", "eng/web/prod"}) {
    EXPECT_EQ(ErrorOf(ValidateRole(role)), "") << role;
  }
}

TEST(RoleTest, RefusesEmptyAndLong) {
  EXPECT_EQ(ErrorOf(ValidateRole("")), "Role names cannot be the empty string");
  EXPECT_EQ(ErrorOf(ValidateRole(std::string(1025, 'r'))),
            "Role names must not be longer than 1024 bytes");
}

TEST(RoleTest, RefusesMisusedSlashes) {
  EXPECT_EQ(ErrorOf(ValidateRole("/a")), "Role '/a' cannot start with a slash");
  EXPECT_EQ(ErrorOf(ValidateRole("/")), "Role '/' cannot start with a slash");
  EXPECT_EQ(ErrorOf(ValidateRole("a/")), "Role 'a/' cannot end with a slash");
  EXPECT_EQ(ErrorOf(ValidateRole("a//b")), "Role 'a//b' cannot contain two adjacent slashes");
}

TEST(RoleTest, RefusesReservedComponents) {
  EXPECT_EQ(ErrorOf(ValidateRole(".")), "Role '.' cannot include '.' as a component");
  EXPECT_EQ(ErrorOf(ValidateRole("a/..")), "Role 'a/..' cannot include '..' as a component");
  EXPECT_EQ(ErrorOf(ValidateRole("a/*")), "Role 'a/*' cannot include '*' as a component");
}

TEST(RoleTest, RefusesDashInFrontAndWhiteSpace) {
  EXPECT_EQ(ErrorOf(ValidateRole("a/-b")),
            "Role component '-b' is invalid because it starts with a dash");
  EXPECT_EQ(ErrorOf(ValidateRole("a b")),
            "Role component 'a b' is invalid because it contains backspace or whitespace");
  for (const char* role : {"a\tb", "a\nb", "a\vb", "a\fb", "a\rb", "a\x7f"}) {
    EXPECT_FALSE(ValidateRole(role).ok()) << role;
  }
}

}  // namespace
}  // namespace mesos::master
