#pragma once

// The nodes of a ZooKeeper in memory: paths, versions, sequences, owners. Pure; for ensembles that
// are made up.
//
//   NodeTree tree([](NodeTree::Change change, const std::string& path) { ... });
//   tree.Create("/mesos/json.info_", data, CreateMode::kEphemeralSequential, session);
//   tree.Apply({CheckNode{"/a", version}, SetNode{"/b", data, version}});
//   tree.EndSession(session);                 // its ephemeral nodes go
//
// `changed` is called for each change while it happens, for who keeps watches. Statuses as in
// session.h.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/zookeeper/session.h"

namespace mesos::zookeeper {

class NodeTree {
 public:
  enum class Change { kData, kChildren };
  using Changed = std::function<void(Change, const std::string& path)>;

  explicit NodeTree(Changed changed);

  // Gives the path of the new node. `owner` counts for ephemeral nodes only.
  absl::StatusOr<std::string> Create(const std::string& path, std::string data, CreateMode mode,
                                     uint64_t owner);

  // All of it or nothing. Checked as a whole first, so no operation may depend on another one.
  absl::Status Apply(const std::vector<Operation>& operations);

  // Null where it is not there.
  const Node* Find(const std::string& path) const;
  std::vector<std::string> ChildrenOf(const std::string& path) const;

  void EndSession(uint64_t owner);

  // ---- As an administrator
  // Makes missing parents.
  void Put(const std::string& path, std::string data);
  // With all below it.
  void Remove(const std::string& path);

 private:
  struct Entry {
    Node node;
    uint64_t owner = 0;  // session of an ephemeral node
    int32_t next_sequence = 0;
  };

  absl::Status CheckCreate(const std::string& path) const;
  absl::Status CheckVersion(const std::string& path, Version version) const;
  absl::Status CheckErase(const std::string& path, Version version) const;
  std::string Insert(const std::string& path, std::string data, CreateMode mode, uint64_t owner);
  void Erase(const std::string& path);

  const Changed changed_;
  // Invariant: every node but "/" has its parent.
  std::map<std::string, Entry> nodes_;
};

}  // namespace mesos::zookeeper
