#include "common/base/small_file.h"

#include <sys/stat.h>

#include <cstdio>
#include <fstream>

#include "common/base/host_port.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Error(const std::string& path, size_t limit) {
  return std::string(ReadSmallFile(path, limit).status().message());
}

TEST(SmallFileTest, ReadsUpToTheLimitAndNoFurther) {
  const std::string path = ::testing::TempDir() + "/small_file_test";
  std::ofstream(path) << std::string(10'000, 'x');
  EXPECT_EQ(*ReadSmallFile(path, 10'000), std::string(10'000, 'x'));
  EXPECT_THAT(Error(path, 9'999), AllOf(HasSubstr(path), HasSubstr("more than 9999 bytes")));
  std::ofstream(path) << "";
  EXPECT_EQ(*ReadSmallFile(path, 10), "");
  std::remove(path.c_str());
  EXPECT_THAT(Error(path, 10), AllOf(HasSubstr(path), HasSubstr("No such file")));
}

TEST(SmallFileTest, RefusesWhatIsNoFileWithoutWaiting) {
  EXPECT_THAT(Error("/dev/zero", 10), HasSubstr("'/dev/zero': it is a device"));
  EXPECT_THAT(Error(::testing::TempDir(), 10), HasSubstr("it is a folder"));
  const std::string fifo = ::testing::TempDir() + "/small_file_test_fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(Error(fifo, 10), HasSubstr("it is a FIFO"));
  std::remove(fifo.c_str());
}

TEST(HostPortTest, PutsIpv6InBrackets) {
  EXPECT_EQ(JoinHostPort("10.0.0.1", 5050), "10.0.0.1:5050");
  EXPECT_EQ(JoinHostPort("::1", 5050), "[::1]:5050");
}

}  // namespace
}  // namespace mesos
