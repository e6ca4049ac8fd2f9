#include "common/flags/duration.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::flags {
namespace {

using ::testing::HasSubstr;

TEST(DurationTest, ReadsEveryUnit) {
  EXPECT_EQ(*ParseDuration("7ns"), absl::Nanoseconds(7));
  EXPECT_EQ(*ParseDuration("7us"), absl::Microseconds(7));
  EXPECT_EQ(*ParseDuration("250ms"), absl::Milliseconds(250));
  EXPECT_EQ(*ParseDuration("5secs"), absl::Seconds(5));
  EXPECT_EQ(*ParseDuration("10mins"), absl::Minutes(10));
  EXPECT_EQ(*ParseDuration("3hrs"), absl::Hours(3));
  EXPECT_EQ(*ParseDuration("2days"), absl::Hours(48));
  EXPECT_EQ(*ParseDuration("1weeks"), absl::Hours(168));
  EXPECT_EQ(*ParseDuration("1.5mins"), absl::Seconds(90));
  EXPECT_EQ(*ParseDuration("0secs"), absl::ZeroDuration());
}

TEST(DurationTest, RefusesWhatIsNoDuration) {
  for (const char* text : {"", "5", "secs", "5 secs", "-5secs", "5sec", "1e3secs", "..5secs",
                           "5secs ", "nansecs", "infsecs"}) {
    EXPECT_THAT(std::string(ParseDuration(text).status().message()), HasSubstr("is not a duration"))
        << text;
  }
  EXPECT_THAT(std::string(ParseDuration("99999999999999weeks").status().message()),
              HasSubstr("too long"));
}

TEST(DurationTest, WritesWhatItReads) {
  for (const char* text : {"7ns", "250ms", "5secs", "1.5mins", "3hrs", "2days", "1weeks"}) {
    EXPECT_EQ(DurationText(*ParseDuration(text)), text);
  }
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0ns");
}

}  // namespace
}  // namespace mesos::flags
