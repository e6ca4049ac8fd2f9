#include "common/net/form.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::net {
namespace {

TEST(PercentDecodeTest, DecodesEscapesAndOptionallyPlus) {
  EXPECT_EQ(*PercentDecode("", false), "");
  EXPECT_EQ(*PercentDecode("/slave(1)/a%2Fb%2fc+d", false), "/slave(1)/a/b/c+d");
  EXPECT_EQ(*PercentDecode("a+b%2Bc%20d", true), "a b+c d");
  EXPECT_EQ(*PercentDecode("%C3%A9%ff", true), "\xC3\xA9\xFF");
}

TEST(PercentDecodeTest, RefusesBrokenEscapesByPlace) {
  for (const char* broken : {"ab%", "ab%4", "ab%zz", "ab%4g", "ab%%41", "ab%+1"}) {
    const auto refused = PercentDecode(broken, true);
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << broken;
    EXPECT_EQ(refused.status().message(), "Malformed % escape at byte 2: expecting two hex digits");
  }
}

TEST(PercentDecodeTest, RefusesNul) {
  EXPECT_TRUE(absl::IsInvalidArgument(PercentDecode("a%00b", false).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(PercentDecode(absl::string_view("a\0b", 3), false).status()));
}

TEST(ParseFormTest, KeepsTheOrderAndEmptyValues) {
  EXPECT_EQ(*ParseForm(""), Fields());
  EXPECT_EQ(
      *ParseForm("a=1&b=2&a=x%3D%26+y&c&d=&=e&&f=g=h"),
      (Fields{
          {"a", "1"}, {"b", "2"}, {"a", "x=& y"}, {"c", ""}, {"d", ""}, {"", "e"}, {"f", "g=h"}}));
}

TEST(ParseFormTest, RefusesBrokenEscapesInNamesAndValues) {
  EXPECT_FALSE(ParseForm("a%=1").ok());
  EXPECT_FALSE(ParseForm("a=1&b=%g0").ok());
}

TEST(ParseFormTest, RefusesTooManyFields) {
  std::string form;
  for (size_t i = 0; i < limits::kMaxFormFields; ++i) absl::StrAppend(&form, "k", i, "=v&");
  EXPECT_EQ(ParseForm(form)->size(), limits::kMaxFormFields);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseForm(form + "one=more").status()));
}

}  // namespace
}  // namespace mesos::net
