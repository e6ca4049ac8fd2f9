#include "common/files/files.h"

#include <fcntl.h>

#include <thread>

#include "common/files/beneath.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/files/temporary_tree.h"

namespace mesos::files {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

class FilesTest : public ::testing::Test {
 protected:
  FilesTest() {
    tree_.MakeDirectory("run");
    tree_.Write("run/stdout", "hello\n");
    tree_.MakeDirectory("run/data");
    tree_.Write("log", "a log");
    files_.Attach("/runs/latest", tree_.Path("run"));
    files_.Attach("/master/log", tree_.Path("log"));
  }

  absl::StatusCode ReadCode(absl::string_view path) {
    return files_.Read(path, 0, std::nullopt).status().code();
  }

  TemporaryTree tree_;
  Files files_;
};

TEST_F(FilesTest, ReadsBelowAnAttachedTreeAndAnAttachedFile) {
  absl::StatusOr<FilePiece> piece = files_.Read("/runs/latest/stdout", 1, 3);
  ASSERT_TRUE(piece.ok()) << piece.status();
  EXPECT_EQ(piece->data, "ell");
  EXPECT_EQ(piece->size, 6u);
  EXPECT_EQ(files_.Read("/master/log", 0, std::nullopt)->data, "a log");
  EXPECT_EQ(files_.Read("master//./log/", 0, std::nullopt)->data, "a log");
}

TEST_F(FilesTest, NamesThePathInItsErrors) {
  EXPECT_EQ(ReadCode("/runs/latest/missing"), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadCode("/runs"), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadCode("/runs/latestmore"), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadCode("/master/log/more"), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadCode("/runs/latest/../../log"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadCode(""), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadCode(std::string(5000, '/')), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(files_.Read("/runs/latest", 0, 1).status().message(),
              HasSubstr("'/runs/latest': Cannot read a directory"));
}

TEST_F(FilesTest, GivesNothingBeyondTheEndAndBoundsAPiece) {
  EXPECT_EQ(files_.Read("/runs/latest/stdout", 6, 10)->data, "");
  EXPECT_EQ(files_.Read("/runs/latest/stdout", UINT64_MAX, std::nullopt)->size, 6u);
  EXPECT_EQ(files_.Read("/runs/latest/stdout", 5, UINT64_MAX)->data, "\n");
  tree_.Write("run/big", std::string(200'000, 'x'));
  EXPECT_EQ(files_.Read("/runs/latest/big", 0, std::nullopt)->data.size(), Files::kMaxReadBytes);
  EXPECT_EQ(files_.Read("/runs/latest/big", 0, 1 << 20)->data.size(), Files::kMaxReadBytes);
}

TEST_F(FilesTest, BrowsesADirectory) {
  tree_.Link("stdout", "run/inside");
  tree_.Link("../log", "run/outside");
  tree_.Link("nowhere", "run/dangling");
  absl::StatusOr<std::vector<FileStat>> entries = files_.Browse("/runs/latest/");
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_THAT(*entries, ElementsAre(Field(&FileStat::path, "/runs/latest/dangling"),
                                    Field(&FileStat::path, "/runs/latest/data"),
                                    Field(&FileStat::path, "/runs/latest/inside"),
                                    Field(&FileStat::path, "/runs/latest/outside"),
                                    Field(&FileStat::path, "/runs/latest/stdout")));
  EXPECT_TRUE(S_ISLNK((*entries)[0].mode));
  EXPECT_TRUE(S_ISDIR((*entries)[1].mode));
  EXPECT_TRUE(S_ISREG((*entries)[2].mode)) << "a link shows what it leads to";
  EXPECT_TRUE(S_ISLNK((*entries)[3].mode)) << "and tells nothing of what stands outside";
  const FileStat& file = (*entries)[4];
  struct stat info = {};
  ASSERT_EQ(stat(tree_.Path("run/stdout").c_str(), &info), 0);
  EXPECT_EQ(file.size, 6u);
  EXPECT_EQ(file.nlink, 1);
  EXPECT_EQ(file.mode, info.st_mode);
  EXPECT_EQ(absl::ToUnixSeconds(file.mtime), info.st_mtime);
  EXPECT_FALSE(file.uid.empty());
  EXPECT_FALSE(file.gid.empty());
}

TEST_F(FilesTest, BrowsesNothingBelowAFile) {
  EXPECT_THAT(*files_.Browse("/master/log"), IsEmpty());
  EXPECT_EQ(files_.Browse("/no/such").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FilesTest, TheLongestAttachedPathCounts) {
  tree_.MakeDirectory("other");
  tree_.Write("other/stdout", "other");
  files_.Attach("/runs/latest/data", tree_.Path("other"));
  EXPECT_EQ(files_.Read("/runs/latest/data/stdout", 0, std::nullopt)->data, "other");
  files_.Detach("/runs/latest/data/");
  EXPECT_EQ(ReadCode("/runs/latest/data/stdout"), absl::StatusCode::kNotFound);
  EXPECT_THAT(files_.Attached(), ElementsAre(Pair("/master/log", tree_.Path("log")),
                                             Pair("/runs/latest", tree_.Path("run"))));
}

TEST_F(FilesTest, KnowsWhatIsGoneOrAttachedBeforeItStands) {
  files_.Attach("/later", tree_.Path("later"));
  EXPECT_EQ(ReadCode("/later/x"), absl::StatusCode::kNotFound);
  tree_.MakeDirectory("later");
  tree_.Write("later/x", "x");
  EXPECT_EQ(ReadCode("/later/x"), absl::StatusCode::kOk);
}

TEST_F(FilesTest, HoldsTensOfThousandsAndIsThreadSafe) {
  std::thread writer([&] {
    for (int i = 0; i < 20'000; ++i) {
      files_.Attach("/many/" + std::to_string(i), tree_.Path("run"));
    }
  });
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(files_.Read("/runs/latest/stdout", 0, 5)->data, "hello");
  }
  writer.join();
  EXPECT_EQ(files_.Attached().size(), 20'002u);
  EXPECT_EQ(files_.Read("/many/19999/stdout", 0, 5)->data, "hello");
}

}  // namespace
}  // namespace mesos::files
