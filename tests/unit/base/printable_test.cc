#include "common/base/printable.h"

#include <gtest/gtest.h>

namespace mesos {
namespace {

TEST(PrintableTest, EscapesWhatCouldBeginALineOrMoveACursor) {
  EXPECT_EQ(Printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(Printable("\x1b[31m\x7f"), "\\x1b[31m\\x7f");
  EXPECT_EQ(Printable(absl::string_view("\0", 1)), "\\x00");
  // C1, as UTF-8 writes it: U+009B is another way to say ESC [.
  EXPECT_EQ(Printable("\xc2\x9bm"), "\\xc2\\x9bm");
}

TEST(PrintableTest, LeavesTextOfAnyLanguage) {
  for (const char* text :
       {"", "cron-job 7", "naïve ☃ \xc2\xa0", "\xff\xfe", "\xc2", "\xc2z", "a\\nb"}) {
    EXPECT_TRUE(IsPrintable(text)) << text;
    EXPECT_EQ(Printable(text), text);
  }
  EXPECT_FALSE(IsPrintable("a\n"));
  EXPECT_FALSE(IsPrintable("\xc2\x80"));
}

}  // namespace
}  // namespace mesos
