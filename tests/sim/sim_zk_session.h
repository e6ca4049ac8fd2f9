#pragma once

// A client's session with SimZk: dials again when the connection is lost or silent, pings, and
// hears of its end when it is back.
//
//   connecting ──OnAccepted──▶ connected ──lost, or silent for two thirds of the timeout──▶
//   connecting
//        └──OnExpired──▶ ended
//
// What is asked while it connects waits for the connection, and fails with it.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/executor.h"
#include "common/zookeeper/session.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/sim_zk.h"
#include "tests/sim/world.h"

namespace mesos::sim {

class SimZkSession final : public zookeeper::Session, private ZkClient {
 public:
  struct Deps {
    World& world;
    SimNet& net;
    SimZk& zk;
    Executor& executor;
    NodeId node;
    absl::Duration timeout;
  };

  SimZkSession(Deps deps, zookeeper::SessionObserver observer);
  ~SimZkSession() override;

  void Create(const std::string& path, std::string data, zookeeper::CreateMode mode,
              zookeeper::Callback<std::string> callback) override;
  void Sync(const std::string& path, zookeeper::Done done) override;
  void Get(const std::string& path, zookeeper::Watch watch,
           zookeeper::Callback<zookeeper::Node> callback) override;
  void Children(const std::string& path, zookeeper::Watch watch,
                zookeeper::Callback<std::vector<std::string>> callback) override;
  void Delete(const std::string& path, zookeeper::Version version, zookeeper::Done done) override;
  void Multi(std::vector<zookeeper::Operation> operations, zookeeper::Done done) override;
  absl::Duration timeout() const override { return deps_.timeout; }

 private:
  using Answer = absl::AnyInvocable<void(ZkReply)>;

  void OnAccepted(ZkSessionId id) override;
  void OnExpired() override;
  void OnReply(uint64_t request, ZkReply reply) override;
  void OnWatch(uint64_t watch) override;

  void Dial();
  void OnLost();
  // Gives the connection up where it was silent for too long.
  void ArmSilence();
  void ArmPing();
  uint64_t Keep(zookeeper::Watch watch);
  void Ask(ZkRequest what, Answer answer);
  void Send(uint64_t request, ZkRequest what);

  Deps deps_;
  // Held while it is called: the callback may destroy the session.
  const std::shared_ptr<zookeeper::SessionObserver> observer_;
  // By which the service finds this session while it is there.
  const std::shared_ptr<ZkClient*> self_;
  // Tells a loop over callbacks that one of them has destroyed the session; `self_` does not, since
  // who calls in may hold it.
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  ZkSessionId id_ = ZkSessionId::kNone;
  ConnectionId connection_ = ConnectionId::kNone;
  bool connected_ = false;
  bool ended_ = false;
  absl::Time heard_;
  TimerId redial_ = TimerId::kNone;
  TimerId silence_ = TimerId::kNone;
  TimerId ping_ = TimerId::kNone;

  uint64_t last_request_ = 0;
  std::map<uint64_t, Answer> asked_;
  std::vector<std::pair<uint64_t, ZkRequest>> unsent_;  // empty while connected
  uint64_t last_watch_ = 0;
  std::map<uint64_t, zookeeper::Watch> watches_;
};

}  // namespace mesos::sim
