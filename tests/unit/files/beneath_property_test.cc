// Random farms of directories, files and links, and random paths into them, against an oracle that
// walks a model of the farm by names alone.

#include <fcntl.h>

#include <map>
#include <optional>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/files/beneath.h"
#include "gtest/gtest.h"
#include "tests/unit/files/temporary_tree.h"

namespace mesos::files {
namespace {

struct Node {
  enum class Kind { kDirectory, kFile, kLink } kind = Kind::kDirectory;
  std::string target;  // of a link
};

// By path below the root; the root is "".
using Model = std::map<std::string, Node>;

std::string Join(const std::string& directory, const std::string& name) {
  return directory.empty() ? name : directory + "/" + name;
}

class Oracle {
 public:
  Oracle(const Model& model, std::string root) : model_(model), root_(std::move(root)) {}

  // The file's or directory's own path; nullopt where it is missing, outside, or too many links.
  std::optional<std::string> Resolve(const std::string& path) {
    std::vector<std::string> ahead = Reversed(path);
    std::string here;
    int links = 0;
    while (!ahead.empty()) {
      const std::string name = ahead.back();
      ahead.pop_back();
      if (model_.at(here).kind != Node::Kind::kDirectory) return std::nullopt;
      if (name == ".") continue;
      if (name == "..") {
        if (here.empty()) return std::nullopt;
        const size_t slash = here.rfind('/');
        here = slash == std::string::npos ? "" : here.substr(0, slash);
        continue;
      }
      const auto next = model_.find(Join(here, name));
      if (next == model_.end()) return std::nullopt;
      if (next->second.kind != Node::Kind::kLink) {
        here = next->first;
        continue;
      }
      if (++links > 40) return std::nullopt;
      absl::string_view target = next->second.target;
      if (absl::StartsWith(target, "/")) {
        if (target != root_ && !absl::StartsWith(target, root_ + "/")) return std::nullopt;
        target.remove_prefix(root_.size());
        here.clear();
      }
      for (std::string& part : Reversed(target)) ahead.push_back(std::move(part));
    }
    return here;
  }

 private:
  static std::vector<std::string> Reversed(absl::string_view path) {
    std::vector<std::string> names = absl::StrSplit(path, '/', absl::SkipEmpty());
    return {names.rbegin(), names.rend()};
  }

  const Model& model_;
  const std::string root_;
};

class Farm {
 public:
  explicit Farm(uint32_t seed) : random_(seed) {
    tree_.MakeDirectory("root");
    tree_.MakeDirectory("outside");
    tree_.Write("outside/a", "outside");
    model_[""] = {};
    std::vector<std::string> directories = {""};
    for (int i = 0; i < 40; ++i) {
      const std::string path = Join(directories[Below(directories.size())], Name());
      if (model_.count(path) > 0) continue;
      switch (Below(3)) {
        case 0:
          tree_.MakeDirectory("root/" + path);
          model_[path] = {Node::Kind::kDirectory, ""};
          directories.push_back(path);
          break;
        case 1:
          tree_.Write("root/" + path, path);
          model_[path] = {Node::Kind::kFile, ""};
          break;
        default: {
          const std::string target = Below(4) == 0 ? AbsolutePath() : RelativePath();
          if (target.empty()) break;
          tree_.Link(target, "root/" + path);
          model_[path] = {Node::Kind::kLink, target};
        }
      }
    }
  }

  std::string RelativePath() {
    std::string path;
    for (size_t i = 1 + Below(5); i > 0; --i) {
      const size_t kind = Below(10);
      absl::StrAppend(&path, path.empty() ? "" : "/", kind < 2 ? ".." : kind < 3 ? "." : Name());
    }
    return path;
  }

  std::string AbsolutePath() {
    if (Below(3) == 0) return tree_.Path("outside");
    return absl::StrCat(tree_.Path("root"), "/", RelativePath());
  }

  const Model& model() const { return model_; }
  std::string root() const { return tree_.Path("root"); }

 private:
  size_t Below(size_t limit) { return random_() % limit; }
  std::string Name() { return std::string(1, static_cast<char>('a' + Below(4))); }

  std::mt19937 random_;
  TemporaryTree tree_;
  Model model_;
};

TEST(BeneathPropertyTest, AgreesWithAWalkOverTheModel) {
  int found = 0;
  for (uint32_t seed = 0; seed < 150; ++seed) {
    Farm farm(seed);
    Oracle oracle(farm.model(), farm.root());
    PosixDescriptor root(open(farm.root().c_str(), O_PATH));
    for (int i = 0; i < 100; ++i) {
      const std::string path = farm.RelativePath();
      const std::optional<std::string> expected = oracle.Resolve(path);
      for (const auto look_up : {&OpenBeneath, &WalkBeneath}) {
        absl::StatusOr<PosixDescriptor> actual = look_up(root.value(), path);
        ASSERT_EQ(actual.ok(), expected.has_value())
            << "seed " << seed << " path " << path << ": " << actual.status();
        if (!expected) continue;
        ++found;
        struct stat got = {};
        struct stat want = {};
        ASSERT_EQ(fstat(actual->value(), &got), 0);
        ASSERT_EQ(lstat(absl::StrCat(farm.root(), "/", *expected).c_str(), &want), 0);
        ASSERT_EQ(got.st_ino, want.st_ino) << "seed " << seed << " path " << path;
      }
    }
  }
  EXPECT_GT(found, 5'000);
}

}  // namespace
}  // namespace mesos::files
