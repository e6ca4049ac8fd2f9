#pragma once

// A FileSystem in memory, for tests: every call is as good as synced, and faults are set by hand.
//
//   MemoryFileSystem fs;
//   fs.FailWritesWith(absl::ResourceExhaustedError("disk full"));
//
// Not thread-safe.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/disk/file_system.h"

namespace mesos {

class MemoryFileSystem : public FileSystem {
 public:
  struct Node {
    enum class Kind { kFile, kDirectory, kLink } kind = Kind::kFile;
    std::string bytes;  // kLink: the target
  };

  // Every later write gives this error; OK ends it.
  void FailWritesWith(absl::Status error) { write_error_ = std::move(error); }

  const std::map<std::string, Node>& nodes() const { return nodes_; }

  absl::StatusOr<std::string> Read(const std::string& path) override {
    auto it = nodes_.find(path);
    if (it == nodes_.end()) return Missing(path);
    if (it->second.kind != Node::Kind::kFile) {
      return absl::FailedPreconditionError(absl::StrCat("'", path, "' is not a file"));
    }
    return it->second.bytes;
  }

  absl::Status WriteAtomically(const std::string& path, absl::string_view bytes, Sync) override {
    return Put(path, {Node::Kind::kFile, std::string(bytes)});
  }

  absl::Status Append(const std::string& path, absl::string_view bytes, Sync) override {
    if (!write_error_.ok()) return write_error_;
    auto it = nodes_.find(path);
    if (it == nodes_.end()) return Put(path, {Node::Kind::kFile, std::string(bytes)});
    it->second.bytes.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }

  absl::Status Truncate(const std::string& path, uint64_t size) override {
    if (!write_error_.ok()) return write_error_;
    auto it = nodes_.find(path);
    if (it == nodes_.end()) return Missing(path);
    it->second.bytes.resize(size);
    return absl::OkStatus();
  }

  absl::Status CreateDirectories(const std::string& path) override {
    if (!write_error_.ok()) return write_error_;
    for (size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      nodes_.try_emplace(path.substr(0, slash), Node{Node::Kind::kDirectory, ""});
    }
    nodes_.try_emplace(path, Node{Node::Kind::kDirectory, ""});
    return absl::OkStatus();
  }

  absl::Status Symlink(const std::string& target, const std::string& path) override {
    return Put(path, {Node::Kind::kLink, target});
  }

  absl::StatusOr<std::string> ReadLink(const std::string& path) override {
    auto it = nodes_.find(path);
    if (it == nodes_.end()) return Missing(path);
    if (it->second.kind != Node::Kind::kLink) {
      return absl::FailedPreconditionError(absl::StrCat("'", path, "' is not a link"));
    }
    return it->second.bytes;
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& path) override {
    if (!Exists(path)) return Missing(path);
    std::vector<std::string> names;
    const std::string prefix = path + "/";
    for (auto it = nodes_.lower_bound(prefix);
         it != nodes_.end() && absl::StartsWith(it->first, prefix); ++it) {
      const std::string name = it->first.substr(prefix.size());
      if (!absl::StrContains(name, '/')) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  bool Exists(const std::string& path) override { return nodes_.count(path) > 0; }

  absl::Status RemoveAll(const std::string& path) override {
    if (!write_error_.ok()) return write_error_;
    const std::string prefix = path + "/";
    auto end = nodes_.lower_bound(prefix);
    while (end != nodes_.end() && absl::StartsWith(end->first, prefix)) end = nodes_.erase(end);
    nodes_.erase(path);
    return absl::OkStatus();
  }

 private:
  static absl::Status Missing(const std::string& path) {
    return absl::NotFoundError(absl::StrCat("'", path, "': No such file or directory"));
  }

  absl::Status Put(const std::string& path, Node node) {
    if (!write_error_.ok()) return write_error_;
    const size_t slash = path.rfind('/');
    if (slash != std::string::npos && slash > 0) {
      absl::Status status = CreateDirectories(path.substr(0, slash));
      if (!status.ok()) return status;
    }
    nodes_[path] = std::move(node);
    return absl::OkStatus();
  }

  // Invariant: every parent of a node is a node, except "/".
  std::map<std::string, Node> nodes_;
  absl::Status write_error_;
};

}  // namespace mesos
