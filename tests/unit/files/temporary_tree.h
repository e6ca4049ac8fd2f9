#pragma once

// A temporary directory for the tests of files, gone with the object.

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace mesos::files {

class TemporaryTree {
 public:
  TemporaryTree() {
    std::string name = ::testing::TempDir() + "/files_XXXXXX";
    path_ = mkdtemp(name.data());
    // Without links, as the kernel tells it.
    char real[4096];
    path_ = realpath(path_.c_str(), real);
  }
  ~TemporaryTree() {
    nftw(
        path_.c_str(), [](const char* path, const struct stat*, int, FTW*) { return remove(path); },
        16, FTW_DEPTH | FTW_PHYS);
  }

  const std::string& path() const { return path_; }
  std::string Path(const std::string& name) const { return path_ + "/" + name; }

  void MakeDirectory(const std::string& name) const { mkdir(Path(name).c_str(), 0755); }
  void Write(const std::string& name, const std::string& content) const {
    std::ofstream(Path(name), std::ios::binary) << content;
  }
  void Link(const std::string& target, const std::string& name) const {
    ASSERT_EQ(symlink(target.c_str(), Path(name).c_str()), 0) << name;
  }

 private:
  std::string path_;
};

}  // namespace mesos::files
