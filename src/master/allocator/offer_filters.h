#pragma once

// Which resources of an agent are kept from a framework's role, and until when: what was declined
// with refuse_seconds.
//
//   filters.Add(client, agent, declined, now + absl::Seconds(5));
//   if (filters.Blocks(client, agent, resources, memo)) ...     // within what was declined
//   filters.Expire(now, [&](AgentIdx agent) { ... });           // may be offered again
//
// Core-thread-only. A filter blocks until Expire takes it away, whatever the time is: so a filter
// never ends between the decline and the next allocation. What a client declined with more is let
// through.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/resources/resource_set.h"
#include "master/allocator/share_tree.h"

namespace mesos::master {

class OfferFilters {
 public:
  explicit OfferFilters(size_t most = limits::kMaxFiltersPerAgent) : most_(most) {}

  // A filter within a new one that lasts no longer goes. Beyond `most` of one client on one agent
  // the one that ends first goes.
  void Add(ClientIdx client, AgentIdx agent, const ResourceSet& resources, absl::Time until);

  // What was found last about the same `resources`: many clients decline the same of an agent.
  struct Memo {
    const ResourceSet* declined = nullptr;
    bool within = false;
  };

  bool Blocks(ClientIdx client, AgentIdx agent, const ResourceSet& resources, Memo& memo) const {
    return agent.value() < agents_.size() && !agents_[agent.value()].clients.empty() &&
           BlocksSlow(client, agent, resources, memo);
  }

  void RemoveClient(ClientIdx client);
  void RemoveAgent(AgentIdx agent);

  // Ends what is due at `now`, and calls freed(AgentIdx) for each.
  template <typename Freed>
  void Expire(absl::Time now, Freed freed) {
    while (!expiries_.empty() && expiries_.begin()->first.first <= now) {
      AgentIdx agent = expiries_.begin()->second.second;
      EndFirst();
      freed(agent);
    }
  }

  absl::Time NextExpiry() const;
  size_t size() const { return expiries_.size(); }
  // How many went before their time.
  uint64_t dropped() const { return dropped_; }

  // On how many agents the client has filters.
  size_t FilteredAgents(ClientIdx client) const {
    auto it = clients_.find(client);
    return it == clients_.end() ? 0 : it->second.size();
  }

 private:
  // When it ends, and a number that tells apart what ends at once.
  using Expiry = std::pair<absl::Time, uint64_t>;

  struct Filter {
    Expiry expiry;
    std::shared_ptr<const ResourceSet> resources;
  };
  struct OfAgent {
    absl::flat_hash_map<ClientIdx, absl::InlinedVector<Filter, 1>> clients;
    std::shared_ptr<const ResourceSet> last;  // of the youngest filter, for others to share
  };

  bool BlocksSlow(ClientIdx client, AgentIdx agent, const ResourceSet& resources, Memo& memo) const;
  void EndFirst();

  // Invariant: the three name the same filters; no empty vector or set stands.
  std::vector<OfAgent> agents_;  // by AgentIdx
  absl::flat_hash_map<ClientIdx, absl::btree_set<AgentIdx>> clients_;
  absl::btree_map<Expiry, std::pair<ClientIdx, AgentIdx>> expiries_;

  uint64_t next_number_ = 0;
  const size_t most_;
  uint64_t dropped_ = 0;
};

}  // namespace mesos::master
