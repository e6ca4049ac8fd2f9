#pragma once

// A directory with a disk of its own, which can be filled up.
//
//   SmallDisk disk(directory + "/agent0", /*megabytes=*/64);
//   disk.Fill();      // every write fails with ENOSPC
//   disk.Free();
//
// A tmpfs, so root only; for others it is a plain directory and mounted() is false.

#include <string>

namespace mesos::e2e {

// From now on what this process and its children mount is theirs alone, and goes with them, however
// they end. Before any thread is started.
void UseOwnMounts();

class SmallDisk {
 public:
  SmallDisk(std::string path, int megabytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  const std::string& path() const { return path_; }
  void Fill();
  void Free();

 private:
  const std::string path_;
  bool mounted_ = false;
};

}  // namespace mesos::e2e
