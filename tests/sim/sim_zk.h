#pragma once

// A ZooKeeper service on a node of its own: sessions, ephemeral nodes, watches and versions, over
// SimNet, in virtual time.
//
//   SimZk zk(world, net);
//   zk.Start();
//   SessionFactory sessions = zk.Sessions(executor, node, absl::Seconds(4));   // of a process
//   zk.Crash();  zk.Start();           // the service is away; what it holds stays
//   net.Partition(node, zk.node());    // this one is cut off
//
// Faults are those of the network and of the node. A session lives as long as its client is heard
// within its timeout, whichever connections come and go; a restart of the service gives every
// session its whole timeout anew. A watch fires before the answer to anything that is asked later,
// also where its client was away, or its connection was lost with the news. A request whose
// connection was lost may have been carried out.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/runtime/executor.h"
#include "common/zookeeper/node_tree.h"
#include "common/zookeeper/session.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/world.h"

namespace mesos::sim {

inline constexpr char kZooKeeperAddress[] = "zookeeper";

enum class ZkSessionId : uint64_t { kNone = 0 };

// What a client asks; `watch` is its number for the watch, 0 for none.
struct ZkRequest {
  enum class Kind { kPing, kCreate, kGet, kChildren, kMulti };
  Kind kind = Kind::kPing;
  std::string path;
  std::string data;
  zookeeper::CreateMode mode = zookeeper::CreateMode::kPersistent;
  std::vector<zookeeper::Operation> operations;
  uint64_t watch = 0;
};

struct ZkReply {
  absl::Status status;
  std::string path;
  zookeeper::Node node;
  std::vector<std::string> names;
};

// What the service tells a client; called on the client's side of the connection.
class ZkClient {
 public:
  virtual ~ZkClient() = default;
  virtual void OnAccepted(ZkSessionId id) = 0;
  virtual void OnExpired() = 0;
  virtual void OnReply(uint64_t request, ZkReply reply) = 0;
  virtual void OnWatch(uint64_t watch) = 0;
};

class SimZk {
 public:
  SimZk(World& world, SimNet& net);

  void Start();
  void Crash();

  NodeId node() const { return node_; }
  bool up() const { return world_.IsUp(node_); }

  // For the present process of `client`, whose executor it is.
  zookeeper::SessionFactory Sessions(Executor& executor, NodeId client, absl::Duration timeout);

  // The longest timeout of a session that the client's node has: after so long without a word of
  // it, and a tick, each of them has ended.
  absl::Duration LongestTimeout(NodeId client) const;

  const zookeeper::NodeTree& tree() const { return tree_; }

  // ---- For the client's side: each runs at the service
  struct Greeting {
    NodeId client;
    ZkSessionId id = ZkSessionId::kNone;  // of a session to be taken up again
    absl::Duration timeout;
    std::vector<uint64_t> watches;  // that the client waits for
    std::weak_ptr<ZkClient*> to;
  };
  void Connect(ConnectionId connection, Greeting greeting);
  void Ask(ConnectionId connection, uint64_t request, const ZkRequest& what);
  void CloseSession(ConnectionId connection);

 private:
  using WatchKey = std::pair<zookeeper::NodeTree::Change, std::string>;

  struct Session {
    NodeId client;
    absl::Duration timeout;
    absl::Time heard;
    ConnectionId connection = ConnectionId::kNone;  // none while it is away
    std::weak_ptr<ZkClient*> to;
    std::set<uint64_t> watches;  // that stand
  };

  void Changed(zookeeper::NodeTree::Change change, const std::string& path);
  ZkReply Perform(ZkSessionId id, const ZkRequest& what);
  void Watch(ZkSessionId id, zookeeper::NodeTree::Change change, const ZkRequest& what);
  // Runs `tell` at the session's client, if it is connected and still there.
  void Tell(const Session& session, std::function<void(ZkClient&)> tell);
  void CheckExpiryAt(ZkSessionId id, absl::Time when);
  void End(ZkSessionId id, const char* why);

  World& world_;
  SimNet& net_;
  const NodeId node_;
  zookeeper::NodeTree tree_;
  uint64_t last_session_ = 0;
  // Invariant: by_connection_ has each session with a connection; a watch's session is there.
  std::map<ZkSessionId, Session> sessions_;
  std::map<ConnectionId, ZkSessionId> by_connection_;
  std::map<WatchKey, std::set<std::pair<ZkSessionId, uint64_t>>> watches_;
};

}  // namespace mesos::sim
