#include "tests/sim/sim_zk.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tests/sim/sim_zk_session.h"

namespace mesos::sim {
namespace {

using zookeeper::NodeTree;

// The service looks for dead sessions now and then, so they live a little longer than they may.
constexpr absl::Duration kTick = absl::Milliseconds(200);

}  // namespace

SimZk::SimZk(World& world, SimNet& net)
    : world_(world),
      net_(net),
      node_(world.AddNode("zookeeper")),
      tree_([this](NodeTree::Change change, const std::string& path) { Changed(change, path); }) {}

void SimZk::Start() {
  world_.Restart(node_);
  net_.Listen(node_, kZooKeeperAddress, [this](ConnectionId id, NodeId) {
    Endpoint endpoint;
    endpoint.closed = [this, id](absl::Status) {
      auto it = by_connection_.find(id);
      if (it == by_connection_.end()) return;
      sessions_[it->second].connection = ConnectionId::kNone;
      by_connection_.erase(it);
    };
    return endpoint;
  });
  for (auto& [id, session] : sessions_) {
    session.heard = world_.now();
    CheckExpiryAt(id, session.heard + session.timeout);
  }
}

void SimZk::Crash() {
  world_.Crash(node_);
  net_.NodeDown(node_, /*polite=*/true);
  for (auto& [id, session] : sessions_) session.connection = ConnectionId::kNone;
  by_connection_.clear();
}

zookeeper::SessionFactory SimZk::Sessions(Executor& executor, NodeId client,
                                          absl::Duration timeout) {
  return [this, &executor, client, timeout](zookeeper::SessionObserver observer) {
    return std::make_unique<SimZkSession>(
        SimZkSession::Deps{world_, net_, *this, executor, client, timeout}, std::move(observer));
  };
}

absl::Duration SimZk::LongestTimeout(NodeId client) const {
  absl::Duration longest;
  for (const auto& [id, session] : sessions_) {
    if (session.client == client) longest = std::max(longest, session.timeout + kTick);
  }
  return longest;
}

void SimZk::Connect(ConnectionId connection, Greeting greeting) {
  ZkSessionId id = greeting.id;
  if (id == ZkSessionId::kNone) {
    id = ZkSessionId{++last_session_};
    world_.Note(node_,
                absl::StrCat("session ", last_session_, " of ", world_.Name(greeting.client)));
    Session& session = sessions_[id];
    session.client = greeting.client;
    session.timeout = greeting.timeout;
    CheckExpiryAt(id, world_.now() + greeting.timeout);
  }
  auto it = sessions_.find(id);
  if (it == sessions_.end()) {
    net_.SendWork(connection, Side::kServer, [to = greeting.to] {
      if (auto client = to.lock()) (*client)->OnExpired();
    });
    net_.Close(connection, Side::kServer, absl::OkStatus());
    return;
  }
  Session& session = it->second;
  if (session.connection != ConnectionId::kNone) {
    by_connection_.erase(session.connection);
    net_.Close(session.connection, Side::kServer, absl::OkStatus());
  }
  session.heard = world_.now();
  session.connection = connection;
  session.to = greeting.to;
  by_connection_[connection] = id;
  Tell(session, [id](ZkClient& client) { client.OnAccepted(id); });
  // Those that fired meanwhile, or whose event went down with the last connection.
  for (uint64_t watch : greeting.watches) {
    if (session.watches.count(watch) == 0)
      Tell(session, [watch](ZkClient& client) { client.OnWatch(watch); });
  }
}

void SimZk::Ask(ConnectionId connection, uint64_t request, const ZkRequest& what) {
  auto it = by_connection_.find(connection);
  if (it == by_connection_.end()) return;
  const ZkSessionId id = it->second;
  sessions_[id].heard = world_.now();
  ZkReply reply = Perform(id, what);
  Tell(sessions_[id],
       [request, reply = std::move(reply)](ZkClient& client) { client.OnReply(request, reply); });
}

void SimZk::CloseSession(ConnectionId connection) {
  auto it = by_connection_.find(connection);
  if (it != by_connection_.end()) End(ZkSessionId(it->second), "is closed");
}

ZkReply SimZk::Perform(ZkSessionId id, const ZkRequest& what) {
  ZkReply reply;
  const zookeeper::Node* found = tree_.Find(what.path);
  const auto missing = [&] { return absl::NotFoundError("ZooKeeper: no " + what.path); };
  switch (what.kind) {
    case ZkRequest::Kind::kPing:
      break;
    case ZkRequest::Kind::kCreate: {
      auto created = tree_.Create(what.path, what.data, what.mode, static_cast<uint64_t>(id));
      reply.status = created.status();
      if (created.ok()) reply.path = *created;
      if (created.ok()) world_.Note(node_, absl::StrCat("has ", *created));
      break;
    }
    case ZkRequest::Kind::kGet:
      if (found == nullptr) {
        reply.status = missing();
      } else {
        reply.node = *found;
        Watch(id, NodeTree::Change::kData, what);
      }
      break;
    case ZkRequest::Kind::kChildren:
      if (found == nullptr) {
        reply.status = missing();
      } else {
        reply.names = tree_.ChildrenOf(what.path);
        Watch(id, NodeTree::Change::kChildren, what);
      }
      break;
    case ZkRequest::Kind::kMulti:
      reply.status = tree_.Apply(what.operations);
      world_.Note(node_, absl::StrCat("transaction of ", what.operations.size(), ": ",
                                      reply.status.ToString()));
      break;
  }
  return reply;
}

void SimZk::Watch(ZkSessionId id, NodeTree::Change change, const ZkRequest& what) {
  if (what.watch == 0) return;
  watches_[{change, what.path}].emplace(id, what.watch);
  sessions_[id].watches.insert(what.watch);
}

void SimZk::Changed(NodeTree::Change change, const std::string& path) {
  auto watches = watches_.extract({change, path});
  if (watches.empty()) return;
  for (const auto& [id, watch] : watches.mapped()) {
    Session& session = sessions_[id];
    session.watches.erase(watch);
    Tell(session, [watch = watch](ZkClient& client) { client.OnWatch(watch); });
  }
}

void SimZk::Tell(const Session& session, std::function<void(ZkClient&)> tell) {
  if (session.connection == ConnectionId::kNone) return;
  net_.SendWork(session.connection, Side::kServer, [to = session.to, tell = std::move(tell)] {
    if (auto client = to.lock()) tell(**client);
  });
}

void SimZk::CheckExpiryAt(ZkSessionId id, absl::Time when) {
  world_.At(node_, when + world_.random().Jitter(kTick), [this, id] {
    auto it = sessions_.find(id);
    if (it == sessions_.end()) return;
    const absl::Time ends = it->second.heard + it->second.timeout;
    if (ends <= world_.now()) {
      End(id, "expires");
    } else {
      CheckExpiryAt(id, ends);
    }
  });
}

void SimZk::End(ZkSessionId id, const char* why) {
  world_.Note(node_, absl::StrCat("session ", static_cast<uint64_t>(id), " ", why));
  auto session = sessions_.extract(id);
  const ConnectionId connection = session.mapped().connection;
  if (connection != ConnectionId::kNone) {
    by_connection_.erase(connection);
    net_.Close(connection, Side::kServer, absl::OkStatus());
  }
  for (auto it = watches_.begin(); it != watches_.end();) {
    std::erase_if(it->second, [id](const auto& watch) { return watch.first == id; });
    it = it->second.empty() ? watches_.erase(it) : std::next(it);
  }
  tree_.EndSession(static_cast<uint64_t>(id));
}

}  // namespace mesos::sim
