#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "common/disk/file_system.h"
#include "common/disk/group_sync.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PosixFileSystemTest : public ::testing::Test {
 protected:
  PosixFileSystemTest() {
    std::string pattern = ::testing::TempDir() + "/storage-XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~PosixFileSystemTest() override { std::filesystem::remove_all(directory_); }

  std::string At(const std::string& name) const { return directory_ + "/" + name; }

  std::string directory_;
  std::unique_ptr<FileSystem> fs_ = NewPosixFileSystem();
};

TEST_F(PosixFileSystemTest, ReplacesWholeFiles) {
  for (Sync sync : {Sync::kNo, Sync::kYes}) {
    ASSERT_TRUE(fs_->WriteAtomically(At("file"), "one", sync).ok());
    ASSERT_TRUE(fs_->WriteAtomically(At("file"), std::string("t\0wo", 4), sync).ok());
    EXPECT_EQ(*fs_->Read(At("file")), std::string("t\0wo", 4));
  }
  EXPECT_THAT(*fs_->List(directory_), ElementsAre("file"));
}

TEST_F(PosixFileSystemTest, AppendsAndTruncates) {
  for (Sync sync : {Sync::kNo, Sync::kYes}) {
    ASSERT_TRUE(fs_->Append(At("log"), "abc", sync).ok());
    ASSERT_TRUE(fs_->Append(At("log"), "def", sync).ok());
    EXPECT_EQ(*fs_->Read(At("log")), "abcdef");
    ASSERT_TRUE(fs_->Truncate(At("log"), 2).ok());
    EXPECT_EQ(*fs_->Read(At("log")), "ab");
    ASSERT_TRUE(fs_->RemoveAll(At("log")).ok());
  }
}

TEST_F(PosixFileSystemTest, MakesDirectoriesWithParents) {
  EXPECT_TRUE(fs_->CreateDirectories(At("a/b/c")).ok());
  EXPECT_TRUE(fs_->CreateDirectories(At("a/b/c")).ok());
  EXPECT_TRUE(fs_->Exists(At("a/b/c")));
  ASSERT_TRUE(fs_->WriteAtomically(At("file"), "", Sync::kNo).ok());
  const absl::Status status = fs_->CreateDirectories(At("file/below"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(fs_->CreateDirectories(At("file")).ok());
}

TEST_F(PosixFileSystemTest, WhatIsPrivateIsForItsOwner) {
  const auto mode = [this](const std::string& name) {
    return std::filesystem::status(At(name)).permissions();
  };
  fs_ = NewPosixFileSystem(Privacy::kPrivate);
  ASSERT_TRUE(fs_->CreateDirectories(At("a/b")).ok());
  ASSERT_TRUE(fs_->WriteAtomically(At("a/b/file"), "x", Sync::kNo).ok());
  ASSERT_TRUE(fs_->Append(At("a/b/log"), "x", Sync::kNo).ok());
  EXPECT_EQ(mode("a"), std::filesystem::perms(0700));
  EXPECT_EQ(mode("a/b"), std::filesystem::perms(0700));
  EXPECT_EQ(mode("a/b/file"), std::filesystem::perms(0600));
  EXPECT_EQ(mode("a/b/log"), std::filesystem::perms(0600));
}

TEST_F(PosixFileSystemTest, ReplacesLinks) {
  ASSERT_TRUE(fs_->Symlink("first", At("latest")).ok());
  ASSERT_TRUE(fs_->Symlink("second", At("latest")).ok());
  EXPECT_EQ(*fs_->ReadLink(At("latest")), "second");
}

TEST_F(PosixFileSystemTest, RemovesTreesButNotWhatLinksPointAt) {
  ASSERT_TRUE(fs_->CreateDirectories(At("kept")).ok());
  ASSERT_TRUE(fs_->WriteAtomically(At("kept/file"), "x", Sync::kNo).ok());
  ASSERT_TRUE(fs_->CreateDirectories(At("tree/deep")).ok());
  ASSERT_TRUE(fs_->Symlink(At("kept"), At("tree/link")).ok());
  EXPECT_TRUE(fs_->RemoveAll(At("tree")).ok());
  EXPECT_FALSE(fs_->Exists(At("tree")));
  EXPECT_EQ(*fs_->Read(At("kept/file")), "x");
  EXPECT_TRUE(fs_->RemoveAll(At("never there")).ok());
}

TEST_F(PosixFileSystemTest, HidesWhatACrashLeft) {
  std::ofstream(At("file.mesos-temporary")) << "half";
  // An id may well end so, and ids are directories.
  ASSERT_TRUE(fs_->CreateDirectories(At("id.mesos-temporary")).ok());
  EXPECT_THAT(*fs_->List(directory_), ElementsAre("id.mesos-temporary"));
}

TEST_F(PosixFileSystemTest, ErrorsNamePathAndReason) {
  EXPECT_EQ(fs_->Read(At("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(fs_->Read(At("none")).status().message()),
              AllOf(HasSubstr(At("none")), HasSubstr("No such file")));
  EXPECT_EQ(fs_->List(At("none")).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(fs_->Truncate(At("none"), 0).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(fs_->WriteAtomically(At("none/x"), "", Sync::kNo).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(fs_->Append(At("none/x"), "", Sync::kNo).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(fs_->Read(directory_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(fs_->ReadLink(directory_).ok());
}

TEST_F(PosixFileSystemTest, AFullDiskIsResourceExhaustedAndLeavesFilesAsTheyWere) {
  if (mount("tmpfs", directory_.c_str(), "tmpfs", 0, "size=64k") != 0) {
    GTEST_SKIP() << "needs the right to mount";
  }
  ASSERT_TRUE(fs_->WriteAtomically(At("file"), "old", Sync::kYes).ok());
  ASSERT_TRUE(fs_->Append(At("log"), "abc", Sync::kYes).ok());
  const std::string large(1 << 20, 'x');
  EXPECT_EQ(fs_->WriteAtomically(At("file"), large, Sync::kNo).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(fs_->Append(At("log"), large, Sync::kNo).code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*fs_->Read(At("file")), "old");
  EXPECT_EQ(*fs_->Read(At("log")), "abc");
  EXPECT_THAT(*fs_->List(directory_), ElementsAre("file", "log"));
  umount(directory_.c_str());
}

TEST_F(PosixFileSystemTest, SyncsGroups) {
  ASSERT_TRUE(fs_->CreateDirectories(At("a/b")).ok());
  ASSERT_TRUE(fs_->Append(At("a/b/log"), "x", Sync::kNo).ok());
  ASSERT_TRUE(fs_->Symlink("b", At("a/latest")).ok());
  auto sync = NewPosixGroupSync(directory_);
  ASSERT_TRUE(sync.ok());
  EXPECT_TRUE((*sync)->Sync({}).ok());
  EXPECT_TRUE((*sync)->Sync({At("a/b/log")}).ok());
  EXPECT_TRUE((*sync)->Sync({At("a/b/log"), At("a/latest"), At("gone")}).ok());
  EXPECT_EQ(NewPosixGroupSync(At("none")).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace mesos
