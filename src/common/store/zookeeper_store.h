#pragma once

// A store in ZooKeeper: the entries stand spread over the nodes of kShards shards, so that none
// nears ZooKeeper's limit of 1 MB and a change writes little more than itself. A shard's node is
// made with its first entry, so that a small store is a few nodes.
//
//   ZooKeeperStore store(executor, sessions, "/mesos-registry");
//
//   /mesos-registry/owner          StoreOwner: who has the store, the epoch, which shards there are
//   /mesos-registry/shards/0000    StoreShard: the entries whose name falls on it
//
// Every write checks the version of `owner`, which each Acquire raises: that is the fence. A change
// of many entries may take several transactions; where one fails, those before it stand. After
// Unavailable what stands is unknown: the next Apply first makes sure that the store is still its
// own, that nothing of the former write is under way any more, and reads it again. An Acquire waits
// for the connection for as long as the store lives. Executor's thread only.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/log_limiter.h"
#include "common/runtime/executor.h"
#include "common/store/store.h"
#include "common/zookeeper/session.h"

namespace mesos::store {

class ZooKeeperStore : public Store {
 public:
  static constexpr int kShards = 1024;

  // What one transaction carries. Each server keeps its last 500 in memory, several times over.
  static constexpr size_t kMaxTransactionBytes = 256 << 10;
  // What one shard's node holds at most; ZooKeeper takes a little under 1 MiB.
  static constexpr size_t kMaxShardBytes = 900'000;
  // The largest entry.
  static constexpr size_t kMaxEntryBytes = 256 << 10;

  ZooKeeperStore(Executor& executor, zookeeper::SessionFactory sessions, std::string path);
  ~ZooKeeperStore() override;

  void Acquire(const std::string& owner,
               absl::AnyInvocable<void(absl::StatusOr<Contents>)> callback) override;
  void Apply(std::vector<Change> changes, absl::AnyInvocable<void(absl::Status)> done) override;

 private:
  struct Shard {
    bool made = false;  // it has a node
    std::map<std::string, std::string> entries;
    zookeeper::Version version{};
  };

  // Whether what stands in ZooKeeper is ours, and known.
  enum class Standing { kNone, kOwned, kUnsure };

  void Open();
  void OnEnded(const absl::Status& why);
  void Abandon();
  // The call under way begins, once there is a connection.
  void Begin();

  // ---- Acquire, step by step
  void MakeParents(size_t made);
  void ReadOwner();
  void MakeStore();
  void RaiseEpoch(const zookeeper::Node& node);
  void EndAcquire(absl::Status status);

  // ---- Shared: reads all shards that have nodes, then goes on with the call under way
  absl::Status TakeOwner(const zookeeper::Node& node);
  void ReadShards();
  void OnShard(int index, absl::StatusOr<zookeeper::Node> node);
  void OnShardsRead(absl::Status status);

  // ---- Apply, step by step
  void CheckOwner();
  void RaiseFence(const zookeeper::Node& node);
  void SortChanges();
  void WriteNext();
  void OnWritten(absl::Status status);
  // Adds the operation that writes shard `index` with `changes`.
  absl::Status AddShard(int index, const std::vector<const Change*>& changes,
                        std::vector<zookeeper::Operation>& batch, size_t& bytes);
  void EndApply(absl::Status status);

  std::string SerializeOwner() const;
  int ShardOf(const std::string& name) const;
  std::string ShardPath(int index) const;
  std::string OwnerPath() const { return path_ + "/owner"; }

  Executor& executor_;
  const zookeeper::SessionFactory sessions_;
  const std::string path_;
  std::unique_ptr<zookeeper::Session> session_;
  bool connected_ = false;
  LogLimiter log_;
  TimerId reopen_ = TimerId::kNone;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  // The call under way: at most one of the two is set. `begun_` once it has asked ZooKeeper.
  absl::AnyInvocable<void(absl::StatusOr<Contents>)> acquired_;
  absl::AnyInvocable<void(absl::Status)> applied_;
  bool begun_ = false;
  bool made_parents_ = false;
  int attempts_ = 0;
  int unread_shards_ = 0;
  // Of reading shards, and of the call: answers of a former one are not heard.
  uint64_t round_ = 0;

  // Invariant: with kOwned, shards_ is what stands in ZooKeeper, and owner_version_ the fence; one
  // that is not made is empty.
  Standing standing_ = Standing::kNone;
  std::string owner_;
  uint64_t epoch_ = 0;
  zookeeper::Version owner_version_{};
  std::vector<Shard> shards_;

  // Of the Apply under way: what is to be written, by shard, and what the transaction under way
  // makes of the shards that it writes.
  std::vector<Change> changes_;
  std::map<int, std::vector<const Change*>> unwritten_;
  std::map<int, Shard> writing_;
  bool makes_nodes_ = false;
};

}  // namespace mesos::store
