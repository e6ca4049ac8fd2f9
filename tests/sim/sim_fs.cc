#include "tests/sim/sim_fs.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace mesos::sim {
namespace {

constexpr int kMaxLinks = 8;

std::string Parent(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

absl::Status Missing(const std::string& path) {
  return absl::NotFoundError(absl::StrCat(path, ": No such file or directory"));
}

}  // namespace

std::string SimFs::Resolve(const std::string& path, bool follow_last) const {
  std::string current = path;
  for (int round = 0; round < kMaxLinks; ++round) {
    std::string prefix;
    bool changed = false;
    const std::vector<std::string> parts = absl::StrSplit(current, '/', absl::SkipEmpty());
    for (size_t i = 0; i < parts.size() && !changed; ++i) {
      absl::StrAppend(&prefix, "/", parts[i]);
      if (i + 1 == parts.size() && !follow_last) break;
      auto it = live_.find(prefix);
      if (it == live_.end() || it->second.kind != Node::Kind::kLink) continue;
      const std::string& target = it->second.bytes;
      std::string next =
          absl::StartsWith(target, "/") ? target : absl::StrCat(Parent(prefix), "/", target);
      for (size_t rest = i + 1; rest < parts.size(); ++rest)
        absl::StrAppend(&next, "/", parts[rest]);
      current = next;
      changed = true;
    }
    if (!changed) return prefix.empty() ? "/" : prefix;
  }
  return current;
}

absl::Status SimFs::CheckWritable(const std::string& path) const {
  if (full_) return absl::ResourceExhaustedError(absl::StrCat(path, ": No space left on device"));
  return absl::OkStatus();
}

void SimFs::MakeParents(const std::string& path, Tree* tree) const {
  for (std::string parent = Parent(path); parent != "/"; parent = Parent(parent)) {
    tree->emplace(parent, Node{Node::Kind::kDirectory, ""});
  }
}

absl::Status SimFs::Put(const std::string& path, Node node, Sync sync) {
  const std::string parent = Parent(path);
  auto it = live_.find(parent);
  if (parent != "/" && (it == live_.end() || it->second.kind != Node::Kind::kDirectory)) {
    return Missing(path);
  }
  if (sync == Sync::kYes) {
    MakeParents(path, &durable_);
    durable_[path] = node;
  }
  live_[path] = std::move(node);
  return absl::OkStatus();
}

absl::StatusOr<std::string> SimFs::Read(const std::string& path) {
  auto it = live_.find(Resolve(path, true));
  if (it == live_.end()) return Missing(path);
  if (it->second.kind == Node::Kind::kDirectory) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": Is a directory"));
  }
  return it->second.bytes;
}

absl::Status SimFs::WriteAtomically(const std::string& path, absl::string_view bytes, Sync sync) {
  if (absl::Status status = CheckWritable(path); !status.ok()) return status;
  return Put(Resolve(path, false), Node{Node::Kind::kFile, std::string(bytes)}, sync);
}

absl::Status SimFs::Append(const std::string& path, absl::string_view bytes, Sync sync) {
  const std::string where = Resolve(path, true);
  auto it = live_.find(where);
  std::string whole = it == live_.end() ? "" : it->second.bytes;
  if (full_) {
    // A full disk may take a part of it.
    whole.append(bytes.data(), random_.Below(bytes.size() + 1));
    if (it != live_.end()) it->second.bytes = whole;
    return CheckWritable(path);
  }
  whole.append(bytes.data(), bytes.size());
  return Put(where, Node{Node::Kind::kFile, std::move(whole)}, sync);
}

absl::Status SimFs::AppendWhole(const std::string& path, absl::string_view bytes) {
  if (absl::Status status = CheckWritable(path); !status.ok()) return status;
  return Append(path, bytes, Sync::kNo);
}

absl::Status SimFs::Truncate(const std::string& path, uint64_t size) {
  const std::string where = Resolve(path, true);
  auto it = live_.find(where);
  if (it == live_.end()) return Missing(path);
  Node node = it->second;
  node.bytes.resize(size);
  return Put(where, std::move(node), Sync::kYes);
}

absl::Status SimFs::CreateDirectories(const std::string& path) {
  if (Exists(path)) return absl::OkStatus();
  if (absl::Status status = CheckWritable(path); !status.ok()) return status;
  const std::string where = Resolve(path, true);
  MakeParents(where + "/x", &live_);
  return absl::OkStatus();
}

absl::Status SimFs::Symlink(const std::string& target, const std::string& path) {
  if (absl::Status status = CheckWritable(path); !status.ok()) return status;
  return Put(Resolve(path, false), Node{Node::Kind::kLink, target}, Sync::kNo);
}

absl::StatusOr<std::string> SimFs::ReadLink(const std::string& path) {
  auto it = live_.find(Resolve(path, false));
  if (it == live_.end()) return Missing(path);
  if (it->second.kind != Node::Kind::kLink) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": not a symbolic link"));
  }
  return it->second.bytes;
}

absl::StatusOr<std::vector<std::string>> SimFs::List(const std::string& path) {
  const std::string where = Resolve(path, true);
  if (where != "/" && live_.count(where) == 0) return Missing(path);
  const std::string prefix = where == "/" ? "/" : where + "/";
  std::vector<std::string> names;
  for (auto it = live_.lower_bound(prefix); it != live_.end(); ++it) {
    if (!absl::StartsWith(it->first, prefix)) break;
    const std::string rest = it->first.substr(prefix.size());
    if (rest.find('/') == std::string::npos) names.push_back(rest);
  }
  return names;
}

bool SimFs::Exists(const std::string& path) {
  const std::string where = Resolve(path, true);
  return where == "/" || live_.count(where) > 0;
}

absl::Status SimFs::RemoveAll(const std::string& path) {
  const std::string where = Resolve(path, false);
  for (Tree* tree : {&live_, &durable_}) {
    tree->erase(where);
    const std::string prefix = where + "/";
    auto it = tree->lower_bound(prefix);
    while (it != tree->end() && absl::StartsWith(it->first, prefix)) it = tree->erase(it);
  }
  return absl::OkStatus();
}

void SimFs::MachineCrash() {
  Tree found = durable_;
  for (const auto& [path, node] : live_) {
    if (node.kind == Node::Kind::kDirectory) {
      if (random_.Below(2) == 0) found.emplace(path, node);
      continue;
    }
    auto it = found.find(path);
    const std::string before = it == found.end() ? "" : it->second.bytes;
    if (node.kind != Node::Kind::kFile || !absl::StartsWith(node.bytes, before)) continue;
    if (random_.Below(2) == 0) continue;
    const size_t extra = node.bytes.size() - before.size();
    if (extra == 0) continue;
    // An append that was not synced: some of it made it to the disk.
    MakeParents(path, &found);
    found[path] =
        Node{Node::Kind::kFile, node.bytes.substr(0, before.size() + random_.Below(extra + 1))};
  }
  live_ = found;
  durable_ = std::move(found);
}

void SimFs::Wipe() {
  live_.clear();
  durable_.clear();
}

void SimFs::SyncAll() { durable_ = live_; }

}  // namespace mesos::sim
