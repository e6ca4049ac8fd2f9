#include "common/store/zookeeper_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"
#include "internal/store.pb.h"

namespace mesos::store {
namespace {

using zookeeper::Node;
using zookeeper::Version;

constexpr int kRecordFormat = 1;
constexpr int kMaxAttempts = 10;
constexpr uint32_t kMaxShards = 65'536;
constexpr char kRestore[] =
    "; restore ZooKeeper from a backup, or delete the registry's nodes to begin without its memory";
constexpr absl::Duration kReopenInterval = absl::Seconds(1);

Version Next(Version version) { return Version{static_cast<int32_t>(version) + 1}; }

// FNV-1a: the same on every machine and in every version, as what stands in ZooKeeper needs it.
uint64_t Hash(const std::string& name) {
  uint64_t hash = 14695981039346656037ull;
  for (unsigned char c : name) hash = (hash ^ c) * 1099511628211ull;
  return hash;
}

template <typename Record>
absl::Status Parse(const Node& node, const std::string& path, Record& record) {
  if (!record.ParsePartialFromString(node.data) || !record.has_version()) {
    return absl::DataLossError(absl::StrCat("the ZooKeeper node ", path, " is damaged", kRestore));
  }
  if (record.version() > kRecordFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the ZooKeeper node ", path, " has format ", record.version(),
                     ", and this version knows up to ", kRecordFormat,
                     ": start the newer version that wrote it"));
  }
  if (!record.IsInitialized()) {
    return absl::DataLossError(absl::StrCat("the ZooKeeper node ", path, " is damaged: it lacks ",
                                            record.InitializationErrorString(), kRestore));
  }
  return absl::OkStatus();
}

std::string SerializeShard(const std::map<std::string, std::string>& entries) {
  internal::StoreShard record;
  record.set_version(kRecordFormat);
  for (const auto& [name, value] : entries) {
    internal::StoreEntry* entry = record.add_entries();
    entry->set_name(name);
    entry->set_value(value);
  }
  return record.SerializeAsString();
}

std::vector<std::string> PathAndParents(const std::string& path) {
  std::vector<std::string> paths;
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    paths.push_back(path.substr(0, slash));
  }
  paths.push_back(path);
  return paths;
}

}  // namespace

ZooKeeperStore::ZooKeeperStore(Executor& executor, zookeeper::SessionFactory sessions,
                               std::string path)
    : executor_(executor), sessions_(std::move(sessions)), path_(std::move(path)) {
  Open();
}

ZooKeeperStore::~ZooKeeperStore() {
  *alive_ = false;
  executor_.Cancel(reopen_);
}

void ZooKeeperStore::Open() {
  session_ = sessions_({.connected =
                            [this] {
                              connected_ = true;
                              if ((acquired_ || applied_) && !begun_) Begin();
                            },
                        .disconnected = [this] { connected_ = false; },
                        .ended = [this](absl::Status why) { OnEnded(why); }});
}

void ZooKeeperStore::OnEnded(const absl::Status& why) {
  LOG_IF(WARNING, log_.Admits(executor_.Now(), why.message()))
      << "The store at " << path_ << " opens another session: " << why.message();
  connected_ = false;
  session_ = nullptr;
  // Only a session that was there can expire.
  const absl::Duration wait = absl::IsCancelled(why) ? absl::ZeroDuration() : kReopenInterval;
  reopen_ = executor_.RunAt(executor_.Now() + wait, "store_session", [this] { Open(); });
  const absl::Status lost = absl::UnavailableError(why.message());
  if (acquired_ && begun_) EndAcquire(lost);
  if (applied_ && begun_) EndApply(lost);
}

void ZooKeeperStore::Acquire(const std::string& owner,
                             absl::AnyInvocable<void(absl::StatusOr<Contents>)> callback) {
  if (acquired_ || applied_) Abandon();
  acquired_ = std::move(callback);
  owner_ = owner;
  standing_ = Standing::kNone;
  attempts_ = 0;
  made_parents_ = false;
  begun_ = false;
  if (connected_) Begin();
}

// A new session, since the old one may still bring answers to what was under way.
void ZooKeeperStore::Abandon() {
  acquired_ = nullptr;
  applied_ = nullptr;
  ++round_;
  connected_ = false;
  session_ = nullptr;
  executor_.Cancel(reopen_);
  Open();
}

void ZooKeeperStore::Begin() {
  begun_ = true;
  if (acquired_) {
    ReadOwner();
  } else if (standing_ == Standing::kUnsure) {
    CheckOwner();
  } else {
    SortChanges();
  }
}

void ZooKeeperStore::ReadOwner() {
  if (++attempts_ > kMaxAttempts) {
    EndAcquire(absl::UnavailableError(absl::StrCat("others keep acquiring the store at ", path_,
                                                   ": gave up after ", kMaxAttempts, " tries")));
    return;
  }
  session_->Get(OwnerPath(), nullptr, [this](absl::StatusOr<Node> node) {
    if (node.ok()) {
      RaiseEpoch(*node);
    } else if (absl::IsNotFound(node.status())) {
      MakeStore();
    } else {
      EndAcquire(node.status());
    }
  });
}

void ZooKeeperStore::MakeStore() {
  epoch_ = 1;
  shards_.assign(kShards, Shard());
  session_->Multi({zookeeper::CreateNode{OwnerPath(), SerializeOwner()},
                   zookeeper::CreateNode{path_ + "/shards", ""}},
                  [this](absl::Status status) {
                    if (absl::IsAlreadyExists(status)) {
                      ReadOwner();  // another made it meanwhile
                    } else if (absl::IsNotFound(status) && !std::exchange(made_parents_, true)) {
                      MakeParents(0);
                    } else if (!status.ok()) {
                      EndAcquire(std::move(status));
                    } else {
                      owner_version_ = Version{0};
                      ReadShards();
                    }
                  });
}

void ZooKeeperStore::MakeParents(size_t made) {
  const std::vector<std::string> parents = PathAndParents(path_);
  if (made == parents.size()) {
    MakeStore();
    return;
  }
  session_->Create(
      parents[made], "", zookeeper::CreateMode::kPersistent,
      [this, made, last = made + 1 == parents.size()](absl::StatusOr<std::string> path) {
        // Where nothing may be made, it may be there already.
        if (path.ok() || absl::IsAlreadyExists(path.status()) ||
            (absl::IsPermissionDenied(path.status()) && !last)) {
          MakeParents(made + 1);
        } else {
          EndAcquire(path.status());
        }
      });
}

// What the owner's node tells of the store.
absl::Status ZooKeeperStore::TakeOwner(const Node& node) {
  internal::StoreOwner record;
  RETURN_IF_ERROR(Parse(node, OwnerPath(), record));
  if (record.shards() == 0 || record.shards() > kMaxShards ||
      record.made().size() != (record.shards() + 7) / 8) {
    return absl::DataLossError(absl::StrCat(
        "the ZooKeeper node ", OwnerPath(), " is damaged: it tells of ", record.shards(),
        " shards and of the nodes of ", record.made().size() * 8, kRestore));
  }
  epoch_ = record.epoch();
  shards_.assign(record.shards(), Shard());
  for (size_t i = 0; i < shards_.size(); ++i) {
    shards_[i].made = (static_cast<unsigned char>(record.made()[i / 8]) >> i % 8 & 1) != 0;
  }
  return absl::OkStatus();
}

void ZooKeeperStore::RaiseEpoch(const Node& node) {
  if (absl::Status taken = TakeOwner(node); !taken.ok()) {
    EndAcquire(std::move(taken));
    return;
  }
  ++epoch_;
  owner_version_ = Next(node.version);
  session_->Multi({zookeeper::SetNode{OwnerPath(), SerializeOwner(), node.version}},
                  [this](absl::Status status) {
                    if (absl::IsAborted(status)) {
                      ReadOwner();
                    } else if (!status.ok()) {
                      EndAcquire(std::move(status));
                    } else {
                      ReadShards();
                    }
                  });
}

// Nobody else writes from now on, so that what is read one by one belongs together.
void ZooKeeperStore::ReadShards() {
  const uint64_t round = ++round_;
  // One more, for the case of none.
  unread_shards_ = 1;
  for (size_t i = 0; i < shards_.size(); ++i) {
    if (!shards_[i].made) continue;
    ++unread_shards_;
    session_->Get(ShardPath(static_cast<int>(i)), nullptr,
                  [this, i, round](absl::StatusOr<Node> node) {
                    if (round == round_) OnShard(static_cast<int>(i), std::move(node));
                  });
  }
  if (--unread_shards_ == 0) OnShardsRead(absl::OkStatus());
}

void ZooKeeperStore::OnShard(int index, absl::StatusOr<Node> node) {
  if (!node.ok()) {
    OnShardsRead(
        absl::IsNotFound(node.status())
            ? absl::DataLossError(absl::StrCat("the ZooKeeper node ", ShardPath(index),
                                               " is missing: somebody deleted it", kRestore))
            : node.status());
    return;
  }
  internal::StoreShard record;
  if (absl::Status parsed = Parse(*node, ShardPath(index), record); !parsed.ok()) {
    OnShardsRead(std::move(parsed));
    return;
  }
  Shard& shard = shards_[static_cast<size_t>(index)];
  shard.version = node->version;
  shard.entries.clear();
  for (internal::StoreEntry& entry : *record.mutable_entries()) {
    shard.entries[entry.name()] = std::move(*entry.mutable_value());
  }
  if (--unread_shards_ == 0) OnShardsRead(absl::OkStatus());
}

void ZooKeeperStore::OnShardsRead(absl::Status status) {
  ++round_;
  if (status.ok()) standing_ = Standing::kOwned;
  if (acquired_) {
    EndAcquire(std::move(status));
  } else if (applied_ && status.ok()) {
    SortChanges();
  } else if (applied_) {
    EndApply(std::move(status));
  }
}

void ZooKeeperStore::EndAcquire(absl::Status status) {
  ++round_;
  auto callback = std::exchange(acquired_, nullptr);
  if (!status.ok()) {
    standing_ = Standing::kNone;
    callback(std::move(status));
    return;
  }
  Contents contents;
  contents.epoch = epoch_;
  for (const Shard& shard : shards_)
    contents.entries.insert(shard.entries.begin(), shard.entries.end());
  callback(std::move(contents));
}

void ZooKeeperStore::Apply(std::vector<Change> changes,
                           absl::AnyInvocable<void(absl::Status)> done) {
  CHECK(!acquired_ && !applied_) << "one call to a store at a time";
  applied_ = std::move(done);
  changes_ = std::move(changes);
  absl::Status status;
  if (standing_ == Standing::kNone)
    status = absl::FailedPreconditionError("the store was not acquired");
  for (const Change& change : changes_) {
    if (change.name.size() + change.value.value_or("").size() > kMaxEntryBytes) {
      status = absl::InvalidArgumentError(
          absl::StrCat("the entry '", change.name, "' is larger than ", kMaxEntryBytes, " bytes"));
    }
  }
  begun_ = false;
  attempts_ = 0;
  if (status.ok() && connected_) {
    Begin();
  } else if (!status.ok()) {
    begun_ = true;
    executor_.Post("store_refusal", [this, alive = alive_, round = round_, status]() mutable {
      if (*alive && round == round_) EndApply(std::move(status));
    });
  }
}

// The epoch is ours still, or another has raised it. What the lost answer was of may still be on
// its way to ZooKeeper's leader, by the server that was lost: raising the version makes it fail
// there.
void ZooKeeperStore::CheckOwner() {
  session_->Sync(OwnerPath(), [](const absl::Status&) {});
  session_->Get(OwnerPath(), nullptr, [this](absl::StatusOr<Node> node) {
    if (!node.ok() && !absl::IsNotFound(node.status())) {
      EndApply(node.status());
      return;
    }
    internal::StoreOwner record;
    if (!node.ok() || !record.ParseFromString(node->data) || record.epoch() != epoch_ ||
        record.owner() != owner_) {
      EndApply(absl::AbortedError("the epoch has changed"));
      return;
    }
    RaiseFence(*node);
  });
}

void ZooKeeperStore::RaiseFence(const Node& node) {
  if (absl::Status taken = TakeOwner(node); !taken.ok()) {
    EndApply(std::move(taken));
    return;
  }
  owner_version_ = Next(node.version);
  session_->Multi({zookeeper::SetNode{OwnerPath(), SerializeOwner(), node.version}},
                  [this](absl::Status status) {
                    if (absl::IsAborted(status) && ++attempts_ <= kMaxAttempts) {
                      CheckOwner();  // the lost write arrived meanwhile, or another owner
                    } else if (!status.ok()) {
                      EndApply(std::move(status));
                    } else {
                      ReadShards();
                    }
                  });
}

void ZooKeeperStore::SortChanges() {
  unwritten_.clear();
  for (const Change& change : changes_) unwritten_[ShardOf(change.name)].push_back(&change);
  if (unwritten_.empty()) {
    executor_.Post("store_apply", [this, alive = alive_, round = round_] {
      if (*alive && round == round_) EndApply(absl::OkStatus());
    });
    return;
  }
  WriteNext();
}

void ZooKeeperStore::WriteNext() {
  std::vector<zookeeper::Operation> batch;
  batch.emplace_back();  // the fence, which depends on the rest
  size_t bytes = 0;
  writing_.clear();
  makes_nodes_ = false;
  while (!unwritten_.empty()) {
    const auto& [index, changes] = *unwritten_.begin();
    const size_t before = bytes;
    if (absl::Status added = AddShard(index, changes, batch, bytes); !added.ok()) {
      executor_.Post("store_refusal", [this, alive = alive_, round = round_, added]() mutable {
        if (*alive && round == round_) EndApply(std::move(added));
      });
      return;
    }
    // One too many: it begins the next transaction. A single shard always fits.
    if (before > 0 && bytes > kMaxTransactionBytes) {
      batch.pop_back();
      writing_.erase(index);
      break;
    }
    unwritten_.erase(unwritten_.begin());
  }
  for (auto& [index, shard] : writing_) shard.made = true;
  if (makes_nodes_) {
    batch[0] = zookeeper::SetNode{OwnerPath(), SerializeOwner(), owner_version_};
  } else {
    batch[0] = zookeeper::CheckNode{OwnerPath(), owner_version_};
  }
  session_->Multi(std::move(batch), [this](absl::Status status) { OnWritten(std::move(status)); });
}

void ZooKeeperStore::OnWritten(absl::Status status) {
  if (!status.ok()) {
    EndApply(std::move(status));
    return;
  }
  if (makes_nodes_) owner_version_ = Next(owner_version_);
  for (auto& [index, shard] : writing_) shards_[static_cast<size_t>(index)] = std::move(shard);
  if (unwritten_.empty()) {
    EndApply(absl::OkStatus());
  } else {
    WriteNext();
  }
}

absl::Status ZooKeeperStore::AddShard(int index, const std::vector<const Change*>& changes,
                                      std::vector<zookeeper::Operation>& batch, size_t& bytes) {
  Shard shard = shards_[static_cast<size_t>(index)];
  for (const Change* change : changes) {
    if (change->value) {
      shard.entries[change->name] = *change->value;
    } else {
      shard.entries.erase(change->name);
    }
  }
  // Where there is no node, nothing was to be erased.
  if (!shard.made && shard.entries.empty()) return absl::OkStatus();
  std::string data = SerializeShard(shard.entries);
  if (data.size() > kMaxShardBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the ZooKeeper node ", ShardPath(index),
                                                   " would have ", data.size(),
                                                   " bytes, more than ZooKeeper takes"));
  }
  // Paths and framing count, too.
  bytes += data.size() + 200;
  if (shard.made) {
    batch.emplace_back(zookeeper::SetNode{ShardPath(index), std::move(data), shard.version});
    shard.version = Next(shard.version);
  } else {
    batch.emplace_back(zookeeper::CreateNode{ShardPath(index), std::move(data)});
    shard.version = Version{0};
    makes_nodes_ = true;
  }
  writing_[index] = std::move(shard);
  return absl::OkStatus();
}

std::string ZooKeeperStore::SerializeOwner() const {
  internal::StoreOwner record;
  record.set_version(kRecordFormat);
  record.set_epoch(epoch_);
  record.set_owner(owner_);
  record.set_shards(static_cast<uint32_t>(shards_.size()));
  std::string made((shards_.size() + 7) / 8, '\0');
  const auto mark = [&made](size_t index) {
    made[index / 8] = static_cast<char>(made[index / 8] | 1 << index % 8);
  };
  for (size_t i = 0; i < shards_.size(); ++i) {
    if (shards_[i].made) mark(i);
  }
  // What the transaction under way makes.
  for (const auto& [index, shard] : writing_) {
    if (shard.made) mark(static_cast<size_t>(index));
  }
  record.set_made(std::move(made));
  return record.SerializeAsString();
}

void ZooKeeperStore::EndApply(absl::Status status) {
  ++round_;
  writing_.clear();
  unwritten_.clear();
  changes_.clear();
  if (absl::IsAborted(status)) {
    standing_ = Standing::kNone;
    status = absl::AbortedError(absl::StrCat("the store at ", path_, " has another owner now"));
  } else if (!status.ok() && !absl::IsInvalidArgument(status) && standing_ == Standing::kOwned) {
    standing_ = Standing::kUnsure;
  }
  std::exchange(applied_, nullptr)(std::move(status));
}

int ZooKeeperStore::ShardOf(const std::string& name) const {
  return static_cast<int>(Hash(name) % shards_.size());
}

std::string ZooKeeperStore::ShardPath(int index) const {
  return absl::StrFormat("%s/shards/%04d", path_, index);
}

}  // namespace mesos::store
