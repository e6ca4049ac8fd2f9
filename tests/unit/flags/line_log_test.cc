#include "common/flags/line_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "common/flags/flags.h"
#include "common/flags/logging.h"

namespace mesos::flags {
namespace {

using testing::HasSubstr;
using testing::Not;

// What glog writes of a process is set up once, so this is one test.
TEST(LineLogTest, NoNameOfOthersBeginsALine) {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / ("line_log_test." + std::to_string(getpid()));
  FLAGS_log_dir = directory;
  ASSERT_TRUE(StartLogging("line_log_test").ok());

  testing::internal::CaptureStderr();
  LOG(WARNING) << "Subscribed name="
               << "mine\nE1130 forged.cc:1] \x1b[31m\xc2\x9b"
               << " tasks=1";
  LOG(INFO) << "naïve ☃ stays";
  const std::string console = testing::internal::GetCapturedStderr();
  google::FlushLogFiles(google::GLOG_INFO);
  std::stringstream file;
  file << std::ifstream(directory / "line_log_test.INFO").rdbuf();

  const std::string wanted =
      "] Subscribed name=mine\\nE1130 forged.cc:1] \\x1b[31m\\xc2\\x9b tasks=1\n";
  for (const std::string& text : {console, file.str()}) {
    EXPECT_THAT(text, HasSubstr(wanted));
    EXPECT_THAT(text, HasSubstr("naïve ☃ stays\n"));
    EXPECT_THAT(text, Not(HasSubstr("\nE1130")));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  }
  EXPECT_EQ(std::count(console.begin(), console.end(), '\n'), 2);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace mesos::flags
