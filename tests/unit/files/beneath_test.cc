#include "common/files/beneath.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <atomic>
#include <functional>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/files/temporary_tree.h"

namespace mesos::files {
namespace {

using LookUp = absl::StatusOr<PosixDescriptor> (*)(int, absl::string_view);

// Both ways of looking up have to agree on everything here.
class BeneathTest : public ::testing::TestWithParam<LookUp> {
 protected:
  BeneathTest() {
    tree_.MakeDirectory("outside");
    tree_.Write("outside/secret", "secret");
    tree_.MakeDirectory("root");
    tree_.MakeDirectory("root/data");
    tree_.Write("root/stdout", "out");
    tree_.Write("root/data/part", "part");
    root_ = PosixDescriptor(open(tree_.Path("root").c_str(), O_PATH));
  }

  absl::StatusOr<PosixDescriptor> Find(absl::string_view path) {
    return GetParam()(root_.value(), path);
  }

  // What stands at `path`, as text; the code of the error in brackets where it cannot be read.
  std::string Content(absl::string_view path) {
    absl::StatusOr<PosixDescriptor> found = Find(path);
    if (!found.ok()) return "[" + absl::StatusCodeToString(found.status().code()) + "]";
    struct stat info = {};
    absl::StatusOr<PosixDescriptor> file = OpenRegularFile(found->value(), &info);
    if (!file.ok()) return "[" + absl::StatusCodeToString(file.status().code()) + "]";
    char buffer[64];
    const ssize_t count = read(file->value(), buffer, sizeof(buffer));
    return std::string(buffer, static_cast<size_t>(count));
  }

  TemporaryTree tree_;
  PosixDescriptor root_;
};

TEST_P(BeneathTest, FindsWhatStandsBelow) {
  EXPECT_EQ(Content("stdout"), "out");
  EXPECT_EQ(Content("data/part"), "part");
  EXPECT_EQ(Content("data/../stdout"), "out");
  EXPECT_EQ(Content("./data/.//part"), "part");
  EXPECT_EQ(Content(""), "[INVALID_ARGUMENT]") << "the root is a directory";
  EXPECT_EQ(Content("data"), "[INVALID_ARGUMENT]");
  EXPECT_EQ(Content("missing"), "[NOT_FOUND]");
  EXPECT_EQ(Content("stdout/more"), "[NOT_FOUND]");
  EXPECT_EQ(Content("stdout/.."), "[NOT_FOUND]");
}

TEST_P(BeneathTest, NeverLeavesByDots) {
  EXPECT_EQ(Content("../outside/secret"), "[INVALID_ARGUMENT]");
  EXPECT_EQ(Content("data/../../outside/secret"), "[INVALID_ARGUMENT]");
  EXPECT_EQ(Content(".."), "[INVALID_ARGUMENT]");
  EXPECT_EQ(Content("../root/stdout"), "[INVALID_ARGUMENT]") << "outside on the way";
  EXPECT_EQ(Content("/etc/passwd"), "[NOT_FOUND]") << "a leading slash means the root";
}

TEST_P(BeneathTest, FollowsLinksThatStayInside) {
  tree_.Link("stdout", "root/relative");
  tree_.Link("../stdout", "root/data/up");
  tree_.Link(tree_.Path("root/data/part"), "root/absolute");
  tree_.Link("data", "root/directory");
  tree_.Link("directory/up", "root/chain");
  tree_.Link(tree_.Path("root"), "root/data/home");
  EXPECT_EQ(Content("relative"), "out");
  EXPECT_EQ(Content("data/up"), "out");
  EXPECT_EQ(Content("absolute"), "part");
  EXPECT_EQ(Content("directory/part"), "part");
  EXPECT_EQ(Content("chain"), "out");
  EXPECT_EQ(Content("data/home/data/home/stdout"), "out");
}

TEST_P(BeneathTest, NeverFollowsLinksOutside) {
  tree_.Link("../outside/secret", "root/up");
  tree_.Link(tree_.Path("outside/secret"), "root/absolute");
  tree_.Link(tree_.Path("outside"), "root/directory");
  tree_.Link(tree_.Path("root") + "/../outside/secret", "root/around");
  tree_.Link(tree_.Path("root") + "-other/secret", "root/sibling");
  tree_.Link("/proc/self/root", "root/magic");
  tree_.Link("/", "root/slash");
  for (const char* path : {"up", "absolute", "directory/secret", "around", "sibling", "magic",
                           "magic/etc/passwd", "slash/etc/passwd"}) {
    EXPECT_EQ(Content(path), "[INVALID_ARGUMENT]") << path;
  }
}

TEST_P(BeneathTest, EndsWhereLinksGoInCircles) {
  tree_.Link("b", "root/a");
  tree_.Link("a", "root/b");
  tree_.Link("self/self", "root/self");
  EXPECT_EQ(Content("a"), "[INVALID_ARGUMENT]");
  EXPECT_EQ(Content("self"), "[INVALID_ARGUMENT]");
}

TEST_P(BeneathTest, ReadsOnlyRegularFiles) {
  ASSERT_EQ(mkfifo(tree_.Path("root/fifo").c_str(), 0666), 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  tree_.Path("root/s").copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(Content("fifo"), "[INVALID_ARGUMENT]") << "and it did not hang";
  EXPECT_EQ(Content("s"), "[INVALID_ARGUMENT]");
  close(listener);
  PosixDescriptor dev(open("/dev", O_PATH));
  absl::StatusOr<PosixDescriptor> found = GetParam()(dev.value(), "zero");
  ASSERT_TRUE(found.ok()) << found.status();
  struct stat info = {};
  EXPECT_EQ(OpenRegularFile(found->value(), &info).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_P(BeneathTest, RefusesWhatIsNoPath) {
  EXPECT_EQ(Content(absl::string_view("std\0out", 7)), "[INVALID_ARGUMENT]");
  EXPECT_EQ(Content(std::string(kMaxPathBytes + 1, 'a')), "[INVALID_ARGUMENT]");
  EXPECT_EQ(Content(std::string(256, 'a')), "[INVALID_ARGUMENT]") << "longer than a name may be";
}

// A directory is swapped for a link to the outside, again and again, while its file is looked up.
TEST_P(BeneathTest, HoldsAgainstRaces) {
  tree_.MakeDirectory("root/swap");
  tree_.Write("root/swap/secret", "mine");
  tree_.Link("../outside", "root/link");
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    const std::string a = tree_.Path("root/swap");
    const std::string b = tree_.Path("root/link");
    while (!stop) {
      renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
    }
  });
  int mine = 0;
  for (int i = 0; i < 5'000; ++i) {
    const std::string content = Content("swap/secret");
    mine += content == "mine";
    ASSERT_NE(content, "secret");
  }
  stop = true;
  swapper.join();
  EXPECT_GT(mine, 0);
}

INSTANTIATE_TEST_SUITE_P(Ways, BeneathTest, ::testing::Values(&OpenBeneath, &WalkBeneath),
                         [](const auto& info) { return info.index == 0 ? "Open" : "Walk"; });

TEST(WalkBeneathTest, BoundsItsDepth) {
  TemporaryTree tree;
  std::string path;
  PosixDescriptor root(open(tree.path().c_str(), O_PATH));
  for (size_t depth = 0; depth <= kMaxWalkDepth; ++depth) {
    path += "d";
    tree.MakeDirectory(path);
    path += "/";
  }
  EXPECT_EQ(WalkBeneath(root.value(), path).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(WalkBeneath(root.value(), path.substr(2)).ok());
}

}  // namespace
}  // namespace mesos::files
