#pragma once

// Files of a simulated machine: what was not synced is lost when the machine goes down, but
// survives the end of a process (the page cache lives on).
//
//   SimFs fs(random);
//   fs.WriteAtomically("/meta/boot_id", "1", Sync::kYes);
//   fs.MachineCrash();      // of unsynced appends a random prefix survives, maybe a torn record
//   fs.set_full(true);      // writes answer ResourceExhausted
//
// See file_system.h for the contract that it keeps.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/disk/file_system.h"
#include "common/runtime/random.h"

namespace mesos::sim {

class SimFs : public FileSystem {
 public:
  explicit SimFs(Random& random) : random_(random) {}

  absl::StatusOr<std::string> Read(const std::string& path) override;
  absl::Status WriteAtomically(const std::string& path, absl::string_view bytes,
                               Sync sync) override;
  absl::Status Append(const std::string& path, absl::string_view bytes, Sync sync) override;
  absl::Status Truncate(const std::string& path, uint64_t size) override;
  absl::Status CreateDirectories(const std::string& path) override;
  absl::Status Symlink(const std::string& target, const std::string& path) override;
  absl::StatusOr<std::string> ReadLink(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> List(const std::string& path) override;
  bool Exists(const std::string& path) override;
  absl::Status RemoveAll(const std::string& path) override;

  // Append that leaves the file as it was where it fails, as the agent's checkpoint writer does.
  absl::Status AppendWhole(const std::string& path, absl::string_view bytes);

  // Power loss: back to what was synced, with some luck for what was not.
  void MachineCrash();

  // A new, empty disk.
  void Wipe();

  // Everything written so far is on disk.
  void SyncAll();

  void set_full(bool full) { full_ = full; }

 private:
  struct Node {
    enum class Kind { kFile, kDirectory, kLink };
    Kind kind = Kind::kFile;
    std::string bytes;  // of a link: its target
    bool operator==(const Node& other) const = default;
  };
  using Tree = std::map<std::string, Node>;

  // The path with links followed in every component.
  std::string Resolve(const std::string& path, bool follow_last) const;
  absl::Status CheckWritable(const std::string& path) const;
  absl::Status Put(const std::string& path, Node node, Sync sync);
  void MakeParents(const std::string& path, Tree* tree) const;

  Random& random_;
  Tree live_;     // what a process sees
  Tree durable_;  // what a machine finds after it went down
  bool full_ = false;
};

}  // namespace mesos::sim
