#pragma once

// How agents and schedulers find the master: the production dialer, over simulated streams and
// ZooKeeper sessions.
//
//   FindMaster find{.target = "10.0.1.1:5050"};                  // a master that stands alone
//   FindMaster find{.zk = &zk, .timeout = absl::Seconds(4)};     // whoever leads
//   auto dialer = MakeDialer<AgentDialer>(world, net, node, executor, find, kAgentService);

#include <memory>
#include <string>

#include "common/leader/leader_dialer.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/sim/master_node.h"
#include "tests/sim/sim_stream.h"
#include "tests/sim/sim_zk.h"

namespace mesos::sim {

struct FindMaster {
  std::string target;  // empty where ZooKeeper tells
  SimZk* zk = nullptr;
  absl::Duration timeout = absl::Seconds(10);  // of its sessions
};

template <typename In, typename Out>
struct Dialer : leader::LeaderDialer<In, Out> {
  using leader::LeaderDialer<In, Out>::LeaderDialer;
  using Received = In;
  using Sent = Out;
};
using AgentDialer = Dialer<internal::MasterMessage, internal::AgentMessage>;
using SchedulerDialer = Dialer<v1::scheduler::Event, v1::scheduler::Call>;

// Of the node's present process, whose executor it is.
template <typename OneDialer>
std::unique_ptr<OneDialer> MakeDialer(World& world, SimNet& net, NodeId node, Executor& executor,
                                      const FindMaster& find, const std::string& service) {
  using In = typename OneDialer::Received;
  using Out = typename OneDialer::Sent;
  auto dial = [&world, &net, node, service](const std::string& target, Executor&,
                                            rpc::StreamObserver<In> observer) {
    return std::make_unique<ClientStream<In, Out>>(StreamPlace{world, net, node, target + service},
                                                   std::move(observer));
  };
  if (find.zk == nullptr) {
    return std::make_unique<OneDialer>(leader::MasterAddress{find.target, std::nullopt}, dial);
  }
  return std::make_unique<OneDialer>(
      std::make_shared<leader::LeaderWatch>(
          executor, find.zk->Sessions(executor, node, find.timeout), kElectionPath),
      dial);
}

}  // namespace mesos::sim
