#include "tests/sim/sim_zk_session.h"

#include <utility>

namespace mesos::sim {

SimZkSession::SimZkSession(Deps deps, zookeeper::SessionObserver observer)
    : deps_(deps),
      observer_(std::make_shared<zookeeper::SessionObserver>(std::move(observer))),
      self_(std::make_shared<ZkClient*>(static_cast<ZkClient*>(this))) {
  Dial();
}

SimZkSession::~SimZkSession() {
  *alive_ = false;
  for (TimerId timer : {redial_, silence_, ping_}) deps_.executor.Cancel(timer);
  if (connection_ == ConnectionId::kNone) return;
  if (connected_) {
    deps_.net.SendWork(connection_, Side::kClient, [zk = &deps_.zk, connection = connection_] {
      zk->CloseSession(connection);
    });
  }
  deps_.net.Close(connection_, Side::kClient, absl::OkStatus());
}

void SimZkSession::Dial() {
  redial_ = TimerId::kNone;
  heard_ = deps_.executor.Now();
  Endpoint endpoint;
  const std::weak_ptr<ZkClient*> weak = self_;
  endpoint.opened = [this, weak] {
    if (weak.expired()) return;
    SimZk::Greeting greeting{deps_.node, id_, deps_.timeout, {}, weak};
    for (const auto& [watch, callback] : watches_) greeting.watches.push_back(watch);
    deps_.net.SendWork(connection_, Side::kClient,
                       [zk = &deps_.zk, connection = connection_, greeting = std::move(greeting)] {
                         zk->Connect(connection, greeting);
                       });
  };
  endpoint.closed = [this, weak](absl::Status) {
    if (!weak.expired()) OnLost();
  };
  connection_ = deps_.net.Dial(deps_.node, kZooKeeperAddress, std::move(endpoint));
  ArmSilence();
}

void SimZkSession::ArmSilence() {
  deps_.executor.Cancel(silence_);
  silence_ = deps_.executor.RunAt(heard_ + deps_.timeout * 2 / 3, "zk_silence", [this] {
    silence_ = TimerId::kNone;
    if (deps_.executor.Now() < heard_ + deps_.timeout * 2 / 3) return ArmSilence();
    deps_.net.Close(connection_, Side::kClient, absl::OkStatus());
    OnLost();
  });
}

void SimZkSession::ArmPing() {
  ping_ = deps_.executor.RunAt(deps_.executor.Now() + deps_.timeout / 3, "zk_ping", [this] {
    Ask({}, [](ZkReply) {});
    ArmPing();
  });
}

// Everything that was asked may have happened.
void SimZkSession::OnLost() {
  connection_ = ConnectionId::kNone;
  deps_.executor.Cancel(std::exchange(silence_, TimerId::kNone));
  deps_.executor.Cancel(std::exchange(ping_, TimerId::kNone));
  unsent_.clear();
  if (ended_) return;
  redial_ = deps_.executor.RunAt(
      deps_.executor.Now() + absl::Milliseconds(20) + deps_.world.random().Jitter(absl::Seconds(1)),
      "zk_dial", [this] { Dial(); });
  const std::shared_ptr<bool> alive = alive_;
  const std::shared_ptr<zookeeper::SessionObserver> observer = observer_;
  const bool was_connected = std::exchange(connected_, false);
  for (auto& [request, answer] : std::exchange(asked_, {})) {
    ZkReply reply;
    reply.status = absl::UnavailableError("ZooKeeper: connection loss");
    answer(std::move(reply));
    if (!*alive) return;
  }
  if (was_connected && observer->disconnected) observer->disconnected();
}

void SimZkSession::OnAccepted(ZkSessionId id) {
  id_ = id;
  heard_ = deps_.executor.Now();
  connected_ = true;
  ArmPing();
  for (auto& [request, what] : std::exchange(unsent_, {})) Send(request, std::move(what));
  const std::shared_ptr<zookeeper::SessionObserver> observer = observer_;
  if (observer->connected) observer->connected();
}

void SimZkSession::OnExpired() {
  ended_ = true;
  const std::shared_ptr<bool> alive = alive_;
  const std::shared_ptr<zookeeper::SessionObserver> observer = observer_;
  for (auto& [request, answer] : std::exchange(asked_, {})) {
    ZkReply reply;
    reply.status = absl::CancelledError("ZooKeeper: session expired");
    answer(std::move(reply));
    if (!*alive) return;
  }
  if (observer->ended) observer->ended(absl::CancelledError("the ZooKeeper session has expired"));
}

void SimZkSession::OnReply(uint64_t request, ZkReply reply) {
  heard_ = deps_.executor.Now();
  auto answer = asked_.extract(request);
  if (!answer.empty()) answer.mapped()(std::move(reply));
}

void SimZkSession::OnWatch(uint64_t watch) {
  heard_ = deps_.executor.Now();
  auto found = watches_.extract(watch);
  if (!found.empty()) found.mapped()();
}

uint64_t SimZkSession::Keep(zookeeper::Watch watch) {
  if (!watch) return 0;
  watches_[++last_watch_] = std::move(watch);
  return last_watch_;
}

void SimZkSession::Ask(ZkRequest what, Answer answer) {
  const uint64_t request = ++last_request_;
  asked_[request] = std::move(answer);
  if (connected_) {
    Send(request, std::move(what));
  } else if (connection_ != ConnectionId::kNone) {
    unsent_.emplace_back(request, std::move(what));
  } else {
    deps_.executor.Post(
        "zk_refusal", [this, weak = std::weak_ptr<ZkClient*>(self_), request, ended = ended_] {
          if (weak.expired()) return;
          ZkReply reply;
          reply.status = ended ? absl::CancelledError("ZooKeeper: session expired")
                               : absl::UnavailableError("ZooKeeper: connection loss");
          auto refused = asked_.extract(request);
          if (!refused.empty()) refused.mapped()(std::move(reply));
        });
  }
}

void SimZkSession::Send(uint64_t request, ZkRequest what) {
  deps_.net.SendWork(connection_, Side::kClient,
                     [zk = &deps_.zk, connection = connection_, request, what = std::move(what)] {
                       zk->Ask(connection, request, what);
                     });
}

void SimZkSession::Create(const std::string& path, std::string data, zookeeper::CreateMode mode,
                          zookeeper::Callback<std::string> callback) {
  ZkRequest what;
  what.kind = ZkRequest::Kind::kCreate;
  what.path = path;
  what.data = std::move(data);
  what.mode = mode;
  Ask(std::move(what), [callback = std::move(callback)](ZkReply reply) mutable {
    if (reply.status.ok()) return callback(std::move(reply.path));
    callback(std::move(reply.status));
  });
}

// The service is one server: whatever it answers is up to date.
void SimZkSession::Sync(const std::string&, zookeeper::Done done) {
  Ask({}, [done = std::move(done)](ZkReply reply) mutable { done(std::move(reply.status)); });
}

void SimZkSession::Get(const std::string& path, zookeeper::Watch watch,
                       zookeeper::Callback<zookeeper::Node> callback) {
  ZkRequest what;
  what.kind = ZkRequest::Kind::kGet;
  what.path = path;
  what.watch = Keep(std::move(watch));
  Ask(std::move(what),
      [this, watch = what.watch, callback = std::move(callback)](ZkReply reply) mutable {
        if (reply.status.ok()) return callback(std::move(reply.node));
        watches_.erase(watch);
        callback(std::move(reply.status));
      });
}

void SimZkSession::Children(const std::string& path, zookeeper::Watch watch,
                            zookeeper::Callback<std::vector<std::string>> callback) {
  ZkRequest what;
  what.kind = ZkRequest::Kind::kChildren;
  what.path = path;
  what.watch = Keep(std::move(watch));
  Ask(std::move(what),
      [this, watch = what.watch, callback = std::move(callback)](ZkReply reply) mutable {
        if (reply.status.ok()) return callback(std::move(reply.names));
        watches_.erase(watch);
        callback(std::move(reply.status));
      });
}

void SimZkSession::Delete(const std::string& path, zookeeper::Version version,
                          zookeeper::Done done) {
  Multi({zookeeper::DeleteNode{path, version}}, std::move(done));
}

void SimZkSession::Multi(std::vector<zookeeper::Operation> operations, zookeeper::Done done) {
  ZkRequest what;
  what.kind = ZkRequest::Kind::kMulti;
  what.operations = std::move(operations);
  Ask(std::move(what),
      [done = std::move(done)](ZkReply reply) mutable { done(std::move(reply.status)); });
}

}  // namespace mesos::sim
