// The virtual paths of sandboxes follow what stands on the disk.

#include "agent/api/sandbox_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/unit/files/temporary_tree.h"

namespace mesos::agent {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class SandboxFilesTest : public testing::Test {
 protected:
  SandboxFilesTest() { AttachSandboxes(tree_.path(), files_); }

  // As a registration does.
  void Name(const std::string& agent_id) {
    std::filesystem::create_directories(tree_.Path("meta/slaves"));
    std::filesystem::remove(tree_.Path("meta/slaves/latest"));
    tree_.Link(agent_id, "meta/slaves/latest");
  }

  static std::string Runs(const std::string& executor) {
    return absl::StrCat("slaves/S0/frameworks/F/executors/", executor, "/runs");
  }

  // As the launcher makes it; the newest of its executor.
  void Run(const std::string& executor, const std::string& container) {
    const std::string run = absl::StrCat(Runs(executor), "/", container);
    std::filesystem::create_directories(tree_.Path(run));
    tree_.Write(run + "/stdout", "of " + container);
    std::filesystem::remove(tree_.Path(Runs(executor) + "/latest"));
    tree_.Link(tree_.Path(run), Runs(executor) + "/latest");
  }

  std::string Read(const std::string& path) {
    auto piece = files_.Read(path, 0, std::nullopt);
    return piece.ok() ? piece->data : std::string(piece.status().message());
  }

  files::TemporaryTree tree_;
  files::Files files_;
};

TEST_F(SandboxFilesTest, HasNothingBeforeTheAgentHasAnId) {
  EXPECT_THAT(files_.Attached(), IsEmpty());
  EXPECT_EQ(files_.Browse("/frameworks/F/executors/E/runs/latest").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(SandboxFilesTest, ListsEachRunAndTheNewestUnderBothItsNames) {
  Name("S0");
  Run("E", "c1");
  Run("E", "c2");
  const std::string runs = tree_.Path(Runs("E"));
  EXPECT_THAT(
      files_.Attached(),
      UnorderedElementsAre(Pair(runs + "/c1", runs + "/c1"), Pair(runs + "/c2", runs + "/c2"),
                           Pair(runs + "/latest", runs + "/c2"),
                           Pair("/frameworks/F/executors/E/runs/latest", runs + "/c2")));
  EXPECT_EQ(Read("/frameworks/F/executors/E/runs/latest/stdout"), "of c2");
  EXPECT_EQ(Read(runs + "/latest/stdout"), "of c2");
  EXPECT_EQ(Read(runs + "/c1/stdout"), "of c1");
}

TEST_F(SandboxFilesTest, ForgetsASandboxOnceItIsCollected) {
  Name("S0");
  Run("E", "c1");
  std::filesystem::remove_all(tree_.Path(Runs("E") + "/c1"));  // the link dangles for a while
  EXPECT_THAT(files_.Attached(), IsEmpty());
  EXPECT_EQ(files_.Browse("/frameworks/F/executors/E/runs/latest").status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(SandboxFilesTest, FollowsTheAgentsId) {
  Name("S0");
  Run("E", "c1");
  Name("S1");
  EXPECT_THAT(files_.Attached(), IsEmpty());
  EXPECT_EQ(files_.Read("/frameworks/F/executors/E/runs/latest/stdout", 0, 9).status().code(),
            absl::StatusCode::kNotFound);
  // By its real path it is there until it is collected.
  EXPECT_EQ(Read(tree_.Path(Runs("E") + "/c1/stdout")), "of c1");
}

TEST_F(SandboxFilesTest, LeadsNowhereElse) {
  Name("../../etc");
  tree_.Write("secret", "secret");
  EXPECT_EQ(files_.Read("/frameworks/../secret", 0, 9).status().code(),
            absl::StatusCode::kNotFound);
  Name("S0");
  Run("E", "c1");
  tree_.Link(tree_.Path("secret"), Runs("E") + "/c1/out");
  EXPECT_EQ(files_.Read("/frameworks/F/executors/E/runs/latest/out", 0, 9).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos::agent
