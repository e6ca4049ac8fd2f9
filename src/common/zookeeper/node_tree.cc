#include "common/zookeeper/node_tree.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mesos::zookeeper {
namespace {

std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

NodeTree::NodeTree(Changed changed) : changed_(std::move(changed)) { nodes_["/"]; }

absl::StatusOr<std::string> NodeTree::Create(const std::string& path, std::string data,
                                             CreateMode mode, uint64_t owner) {
  const std::string checked = mode == CreateMode::kPersistent ? path : ParentOf(path) + "/?";
  if (absl::Status valid = CheckCreate(checked); !valid.ok()) return valid;
  return Insert(path, std::move(data), mode, owner);
}

void NodeTree::EndSession(uint64_t owner) {
  std::vector<std::string> ephemeral;
  for (const auto& [path, entry] : nodes_) {
    if (entry.owner == owner) ephemeral.push_back(path);
  }
  for (const std::string& path : ephemeral) Erase(path);
}

void NodeTree::Put(const std::string& path, std::string data) {
  if (path != "/" && nodes_.count(ParentOf(path)) == 0) Put(ParentOf(path), "");
  if (nodes_.count(path) == 0) {
    Insert(path, std::move(data), CreateMode::kPersistent, 0);
    return;
  }
  Node& node = nodes_[path].node;
  node.data = std::move(data);
  node.version = Version{static_cast<int32_t>(node.version) + 1};
  changed_(Change::kData, path);
}

void NodeTree::Remove(const std::string& path) {
  for (const std::string& child : ChildrenOf(path)) Remove(absl::StrCat(path, "/", child));
  if (nodes_.count(path) > 0) Erase(path);
}

const Node* NodeTree::Find(const std::string& path) const {
  auto it = nodes_.find(path);
  return it == nodes_.end() ? nullptr : &it->second.node;
}

std::vector<std::string> NodeTree::ChildrenOf(const std::string& path) const {
  std::vector<std::string> names;
  const std::string prefix = path == "/" ? "/" : path + "/";
  for (auto it = nodes_.lower_bound(prefix); it != nodes_.end(); ++it) {
    if (!absl::StartsWith(it->first, prefix)) break;
    std::string name = it->first.substr(prefix.size());
    if (!name.empty() && name.find('/') == std::string::npos) names.push_back(std::move(name));
  }
  return names;
}

absl::Status NodeTree::CheckCreate(const std::string& path) const {
  if (nodes_.count(path) > 0)
    return absl::AlreadyExistsError(absl::StrCat("ZooKeeper: there is ", path));
  auto parent = nodes_.find(ParentOf(path));
  if (parent == nodes_.end())
    return absl::NotFoundError(absl::StrCat("ZooKeeper: no ", ParentOf(path)));
  if (parent->second.owner != 0)
    return absl::FailedPreconditionError("ZooKeeper: an ephemeral node has no children");
  return absl::OkStatus();
}

std::string NodeTree::Insert(const std::string& path, std::string data, CreateMode mode,
                             uint64_t owner) {
  Entry& parent = nodes_[ParentOf(path)];
  std::string name = path;
  if (mode == CreateMode::kEphemeralSequential) {
    name = absl::StrFormat("%s%010d", path, parent.next_sequence);
  }
  ++parent.next_sequence;
  nodes_[name] = {{std::move(data), Version{0}},
                  mode == CreateMode::kEphemeralSequential ? owner : 0};
  changed_(Change::kChildren, ParentOf(path));
  return name;
}

absl::Status NodeTree::CheckVersion(const std::string& path, Version version) const {
  auto it = nodes_.find(path);
  if (it == nodes_.end()) return absl::NotFoundError(absl::StrCat("ZooKeeper: no ", path));
  if (version != Version::kAny && it->second.node.version != version)
    return absl::AbortedError(absl::StrCat("ZooKeeper: bad version of ", path));
  return absl::OkStatus();
}

absl::Status NodeTree::CheckErase(const std::string& path, Version version) const {
  if (absl::Status valid = CheckVersion(path, version); !valid.ok()) return valid;
  if (!ChildrenOf(path).empty())
    return absl::FailedPreconditionError(absl::StrCat("ZooKeeper: not empty: ", path));
  return absl::OkStatus();
}

void NodeTree::Erase(const std::string& path) {
  nodes_.erase(path);
  changed_(Change::kData, path);
  changed_(Change::kChildren, path);
  changed_(Change::kChildren, ParentOf(path));
}

absl::Status NodeTree::Apply(const std::vector<Operation>& operations) {
  for (const Operation& operation : operations) {
    absl::Status valid;
    if (const auto* create = std::get_if<CreateNode>(&operation)) valid = CheckCreate(create->path);
    if (const auto* set = std::get_if<SetNode>(&operation))
      valid = CheckVersion(set->path, set->version);
    if (const auto* check = std::get_if<CheckNode>(&operation))
      valid = CheckVersion(check->path, check->version);
    if (const auto* erase = std::get_if<DeleteNode>(&operation))
      valid = CheckErase(erase->path, erase->version);
    if (!valid.ok()) return valid;
  }
  for (const Operation& operation : operations) {
    if (const auto* create = std::get_if<CreateNode>(&operation))
      Insert(create->path, create->data, CreateMode::kPersistent, 0);
    if (const auto* set = std::get_if<SetNode>(&operation)) Put(set->path, set->data);
    if (const auto* erase = std::get_if<DeleteNode>(&operation)) Erase(erase->path);
  }
  return absl::OkStatus();
}

}  // namespace mesos::zookeeper
