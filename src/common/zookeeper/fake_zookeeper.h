#pragma once

// A ZooKeeper ensemble in memory, for tests and the simulation: nodes, sessions, ephemeral nodes,
// watches, and the faults that an ensemble can show.
//
//   FakeZooKeeper zookeeper(executor, absl::Seconds(10));
//   SessionFactory factory = zookeeper.Sessions();           // each call is one client
//   zookeeper.SetReachable(client, false);                   // that client's link is cut
//   zookeeper.SetUp(false);                                  // the ensemble is down
//   zookeeper.Expire(client);
//
// A client that is cut off hears `disconnected` after a third of the timeout, as one whose pings
// stay unanswered; the ensemble ends its session a whole timeout after the cut, and the client
// hears of that when it reaches the ensemble again. What it asks while cut off is answered
// Unavailable; a change asked for at the moment of the cut may have happened (see LoseNextAnswer).
// Everything on the executor's thread.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/runtime/executor.h"
#include "common/zookeeper/node_tree.h"
#include "common/zookeeper/session.h"

namespace mesos::zookeeper {

class FakeZooKeeper {
 public:
  FakeZooKeeper(Executor& executor, absl::Duration timeout);
  ~FakeZooKeeper();

  // Of the client with this name; one client has at most one session at a time in mind, the newest.
  SessionFactory Sessions(const std::string& client = "");

  void SetUp(bool up);
  void SetReachable(const std::string& client, bool reachable);
  // The ensemble ends the sessions of the client now.
  void Expire(const std::string& client);
  // The client's server loses touch with the ensemble for good: it goes on to answer reads, of what
  // stood then, and nothing else. The ensemble ends the session a whole timeout later.
  void Strand(const std::string& client);
  // The next change that the client asks for happens, but its answer is lost with the connection.
  void LoseNextAnswer(const std::string& client);
  // Every request of the client is refused from now on, as by a wrong access list.
  void Forbid(const std::string& client);
  // Nobody may make this node from now on, be it there or not, as by an access list on its parent.
  void ForbidCreating(const std::string& path) { uncreatable_.insert(path); }

  // ---- As an administrator
  // Makes missing parents.
  void Put(const std::string& path, std::string data) { tree_.Put(path, std::move(data)); }
  void Remove(const std::string& path) { tree_.Remove(path); }
  // Null where it is not there.
  const Node* Find(const std::string& path) const { return tree_.Find(path); }
  std::vector<std::string> ChildrenOf(const std::string& path) const {
    return tree_.ChildrenOf(path);
  }
  // How many of the client's watches stand.
  size_t WatchesOf(const std::string& client) const;

 private:
  class FakeSession;

  bool Reaches(const FakeSession& session) const;
  const NodeTree& TreeFor(const std::string& client) const;
  void Fire(std::multimap<std::string, std::pair<uint64_t, Watch>>& watches,
            const std::string& path);
  void EndSession(uint64_t id);
  void Refresh();

  Executor& executor_;
  const absl::Duration timeout_;
  bool up_ = true;
  std::set<std::string> unreachable_;
  std::set<std::string> forbidden_;
  std::set<std::string> losing_answer_;
  std::set<std::string> uncreatable_;
  std::map<std::string, NodeTree> stranded_;  // what each such client's server has

  // Invariant: an ephemeral node's owner is in `alive_`.
  NodeTree tree_;
  uint64_t last_session_ = 0;
  std::map<uint64_t, FakeSession*> sessions_;  // that a client holds
  std::set<uint64_t> alive_;                   // that the ensemble knows
  std::multimap<std::string, std::pair<uint64_t, Watch>> data_watches_;
  std::multimap<std::string, std::pair<uint64_t, Watch>> child_watches_;

  std::shared_ptr<bool> exists_ = std::make_shared<bool>(true);
};

}  // namespace mesos::zookeeper
