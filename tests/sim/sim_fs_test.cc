#include "tests/sim/sim_fs.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::sim {
namespace {

using ::testing::ElementsAre;

class SimFsTest : public ::testing::Test {
 protected:
  SimFsTest() : random_(3), fs_(random_) { EXPECT_TRUE(fs_.CreateDirectories("/a/b").ok()); }

  Random random_;
  SimFs fs_;
};

TEST_F(SimFsTest, SyncedBytesSurviveAMachineCrash) {
  ASSERT_TRUE(fs_.WriteAtomically("/a/b/file", "one", Sync::kYes).ok());
  fs_.MachineCrash();
  EXPECT_EQ(*fs_.Read("/a/b/file"), "one");
}

TEST_F(SimFsTest, UnsyncedAppendsSurviveAsAPrefixAtMost) {
  bool lost = false;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(fs_.WriteAtomically("/a/b/file", "base", Sync::kYes).ok());
    ASSERT_TRUE(fs_.Append("/a/b/file", "-more", Sync::kNo).ok());
    fs_.MachineCrash();
    const std::string left = *fs_.Read("/a/b/file");
    EXPECT_EQ(std::string("base-more").substr(0, left.size()), left);
    EXPECT_GE(left.size(), 4u);
    lost |= left.size() < 9;
  }
  EXPECT_TRUE(lost);
}

TEST_F(SimFsTest, SyncAllKeepsEverything) {
  ASSERT_TRUE(fs_.Append("/a/b/file", "one", Sync::kNo).ok());
  ASSERT_TRUE(fs_.Symlink("b", "/a/link").ok());
  fs_.SyncAll();
  fs_.MachineCrash();
  EXPECT_EQ(*fs_.Read("/a/link/file"), "one");
  EXPECT_EQ(*fs_.ReadLink("/a/link"), "b");
}

TEST_F(SimFsTest, AFullDiskRefusesAndNamesThePath) {
  fs_.set_full(true);
  const absl::Status status = fs_.WriteAtomically("/a/b/file", "one", Sync::kYes);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(status.message()), ::testing::HasSubstr("/a/b/file"));
  EXPECT_FALSE(fs_.Exists("/a/b/file"));
}

TEST_F(SimFsTest, ListsOneLevelAndRemovesTrees) {
  ASSERT_TRUE(fs_.WriteAtomically("/a/b/one", "1", Sync::kNo).ok());
  ASSERT_TRUE(fs_.CreateDirectories("/a/c").ok());
  EXPECT_THAT(*fs_.List("/a"), ElementsAre("b", "c"));
  ASSERT_TRUE(fs_.RemoveAll("/a/b").ok());
  EXPECT_THAT(*fs_.List("/a"), ElementsAre("c"));
  EXPECT_EQ(fs_.Read("/a/b/one").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace mesos::sim
