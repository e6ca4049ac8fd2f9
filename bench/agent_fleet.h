#pragma once

// Many simulated agents in one thread, each with a connection of its own (raw_agent_link.h), that
// come back to their master by the same policy as real ones (common/reconnect).
//
//   AgentFleet fleet({.agents = 50'000, .tasks = 10, .port = 5050, .addresses = 4});
//   fleet.Begin();                                      // dials, not all at once
//   fleet.RunUntilRegistered(absl::Seconds(60));
//
// It dials 127.0.0.1, 127.0.0.2 and so on in turn, since the ports of one pair of addresses do not
// suffice. One thread.

#include <netinet/in.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "bench/raw_agent_link.h"
#include "common/reconnect/connection_keeper.h"

namespace mesos {

class AgentFleet {
 public:
  struct Options {
    int agents = 1'000;
    int tasks = 10;  // of each
    int port = 5050;
    int addresses = 1;
  };

  explicit AgentFleet(const Options& options);
  ~AgentFleet();

  // All agents are new and register, a bounded number at a time.
  void Begin();

  // Whether all were registered within the time.
  bool RunUntilRegistered(absl::Duration limit);
  void RunFor(absl::Duration duration);

  // Registration counts from zero again: every agent has yet to come back, with its tasks.
  void ExpectReturn();

  int registered() const { return registered_; }
  // When each agent that has come back since ExpectReturn did, in order.
  const std::vector<absl::Time>& returns() const { return returns_; }
  uint64_t dials() const { return dials_; }
  uint64_t losses() const { return losses_; }
  absl::Duration return_spread() const { return return_spread_; }

 private:
  struct Agent;

  void Step(absl::Time until);
  void Dial(Agent& agent, absl::Time now);
  void OnLost(Agent& agent, absl::Time now);
  void OnMessage(Agent& agent, const internal::MasterMessage& message, absl::Time now);
  void OnSettled(Agent& agent, absl::Duration spread, absl::Time now);
  void MakeReregistration(Agent& agent);
  void Await(Agent& agent);

  const Options options_;
  const int epoll_;
  std::vector<std::unique_ptr<Agent>> agents_;
  int beginning_ = 0;  // agents that have not been dialed yet stand from here on
  int registered_ = 0;
  std::vector<absl::Time> returns_;
  uint64_t dials_ = 0;
  uint64_t losses_ = 0;
  absl::Duration return_spread_;
  using Due = std::pair<absl::Time, int>;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

}  // namespace mesos
