#pragma once

// The oracle: what allocator.h promises, computed anew at each call over all agents and frameworks.
// Same interface; slow and plain. It knows nothing of trees, dirty agents or memos.

#include <algorithm>
#include <bit>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "master/allocator/allocator.h"

namespace mesos::master {

class NaiveAllocator final : public Allocator {
 public:
  using Client = std::pair<FrameworkIdx, std::string>;

  explicit NaiveAllocator(AllocatorOptions options) : options_(std::move(options)) {}

  void AddFramework(FrameworkIdx framework, AllocatorFramework info) override {
    frameworks_[framework] = std::move(info);
    Prune();
  }
  void UpdateFramework(FrameworkIdx framework, AllocatorFramework info) override {
    AllocatorFramework& old = frameworks_[framework];
    std::erase_if(filters_, [&](const Filter& f) {
      return f.client.first == framework && (!info.roles.contains(f.client.second) ||
                                             (old.suppressed_roles.contains(f.client.second) &&
                                              !info.suppressed_roles.contains(f.client.second)));
    });
    old = std::move(info);
    Prune();
  }
  void RemoveFramework(FrameworkIdx framework) override {
    frameworks_.erase(framework);
    std::erase_if(used_, [&](const auto& u) { return u.first.second.first == framework; });
    std::erase_if(filters_, [&](const Filter& f) { return f.client.first == framework; });
    Prune();
  }
  void SetFrameworkActive(FrameworkIdx framework, bool active) override {
    frameworks_[framework].active = active;
    if (active) return;
    std::erase_if(filters_, [&](const Filter& f) { return f.client.first == framework; });
  }
  void AddAgent(AgentIdx agent, AllocatorAgent info) override {
    places_ = std::max<size_t>(places_, agent.value() + 1);
    for (const auto& [client, resources] : info.used) {
      if (!resources.empty()) Count(agent, client, resources);
    }
    agents_[agent] = {std::move(info), true};
  }
  void UpdateAgent(AgentIdx agent, ResourceSet total) override {
    agents_[agent].first.total = std::move(total);
  }
  void RemoveAgent(AgentIdx agent) override {
    agents_.erase(agent);
    std::erase_if(used_, [&](const auto& u) { return u.first.first == agent; });
    std::erase_if(filters_, [&](const Filter& f) { return f.agent == agent; });
    Prune();
  }
  void SetAgentActive(AgentIdx agent, bool active) override { agents_[agent].second = active; }
  bool AgentActive(AgentIdx agent) const override { return agents_.at(agent).second; }
  void Book(FrameworkIdx framework, const std::string& role, AgentIdx agent,
            const ResourceSet& resources) override {
    if (!resources.empty()) Count(agent, {framework, role}, resources);
  }
  void Release(FrameworkIdx framework, const std::string& role, AgentIdx agent,
               const ResourceSet& resources, std::optional<OfferFilter> filter) override {
    auto it = used_.find({agent, {framework, role}});
    if (it == used_.end() || resources.empty()) return;
    it->second -= resources;
    if (it->second.empty()) used_.erase(it);
    if (filter && frameworks_.contains(framework) && frameworks_[framework].roles.contains(role)) {
      filters_.push_back({{framework, role}, agent, resources, filter->until});
    }
    Prune();
  }
  void SuppressOffers(FrameworkIdx framework, const std::set<std::string>& roles) override {
    AllocatorFramework& info = frameworks_[framework];
    for (const std::string& role : roles.empty() ? info.roles : roles) {
      if (info.roles.contains(role)) info.suppressed_roles.insert(role);
    }
  }
  void ReviveOffers(FrameworkIdx framework, const std::set<std::string>& roles) override {
    AllocatorFramework& info = frameworks_[framework];
    for (const std::string& role : roles.empty() ? info.roles : roles) {
      info.suppressed_roles.erase(role);
      std::erase_if(filters_, [&](const Filter& f) { return f.client == Client(framework, role); });
    }
  }
  void UpdateWeights(const std::map<std::string, double>& weights) override {
    for (const auto& [role, weight] : weights) options_.weights[role] = weight;
  }

  std::vector<Grant> Allocate(absl::Time now) override {
    std::erase_if(filters_, [&](const Filter& filter) { return filter.until <= now; });
    uint32_t mask =
        static_cast<uint32_t>(Mix(cycle_++)) & (std::bit_ceil(static_cast<uint32_t>(places_)) - 1);
    std::vector<std::pair<uint32_t, AgentIdx>> agents;
    for (const auto& [agent, state] : agents_) {
      if (state.second) agents.emplace_back(agent.value() ^ mask, agent);
    }
    std::sort(agents.begin(), agents.end());
    std::vector<Grant> plan;
    for (const auto& [place, agent] : agents) AllocateAgent(agent, plan);
    return plan;
  }

  absl::Time NextExpiry() const override {
    absl::Time next = absl::InfiniteFuture();
    for (const Filter& filter : filters_) next = std::min(next, filter.until);
    return next;
  }
  double Weight(const std::string& role) const override {
    auto it = options_.weights.find(role);
    return it == options_.weights.end() ? 1 : it->second;
  }
  size_t FilteredAgents(const std::string& role) const override {
    std::set<std::pair<FrameworkIdx, AgentIdx>> filtered;
    for (const Filter& filter : filters_) {
      if (filter.client.second == role) filtered.emplace(filter.client.first, filter.agent);
    }
    return filtered.size();
  }
  double DominantShare(const std::string& role) const override {
    return Share([&](const Client& client) { return AtOrUnder(client.second, role); }, role);
  }
  uint64_t FiltersDropped() const override { return 0; }
  ResourceSet Allocated(const std::string& role) const override {
    ResourceSet sum;
    for (const auto& [where, resources] : used_) {
      if (where.second.second == role) sum += resources;
    }
    return sum;
  }

  // The clients that may be offered resources, in order.
  std::vector<Client> Order() const {
    std::vector<Client> order;
    OrderBelow("", order);
    return order;
  }

  ResourceSet Used(AgentIdx agent) const {
    ResourceSet sum;
    for (const auto& [where, resources] : used_) {
      if (where.first == agent) sum += resources;
    }
    return sum;
  }
  const std::map<std::pair<AgentIdx, Client>, ResourceSet>& used() const { return used_; }

 private:
  struct Filter {
    Client client;
    AgentIdx agent;
    ResourceSet resources;
    absl::Time until;
  };
  using Rank = std::tuple<double, uint64_t, std::string>;

  static uint64_t Mix(uint64_t v) {  // SplitMix64
    v += 0x9e3779b97f4a7c15;
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
    v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
    return v ^ (v >> 31);
  }
  static bool Shared(const ResourceSet::Entry& entry) { return entry.identity->shared(); }
  static bool NotShared(const ResourceSet::Entry& entry) { return !Shared(entry); }
  static bool AtOrUnder(const std::string& role, const std::string& top) {
    return role == top || absl::StartsWith(role, absl::StrCat(top, "/"));
  }

  bool Active(const Client& client) const {
    auto it = frameworks_.find(client.first);
    return it != frameworks_.end() && it->second.active &&
           it->second.roles.contains(client.second) &&
           !it->second.suppressed_roles.contains(client.second);
  }

  std::set<Client> Tracked() const {
    std::set<Client> tracked;
    for (const auto& [framework, info] : frameworks_) {
      for (const std::string& role : info.roles) tracked.emplace(framework, role);
    }
    for (const auto& [where, resources] : used_) tracked.insert(where.second);
    return tracked;
  }

  template <typename Whose>
  double Share(Whose whose, const std::string& weight_of) const {
    std::map<std::string, double> total, allocated;
    for (const auto& [agent, state] : agents_) {
      Quantities all = state.first.total.ScalarQuantities();
      for (const auto& [name, amount] : all.entries()) {
        total[name] += static_cast<double>(amount);
      }
      ResourceSet here;
      for (const auto& [where, resources] : used_) {
        if (where.first == agent && whose(where.second)) here += resources;
      }
      Quantities taken = here.ScalarQuantities();
      for (const auto& [name, amount] : taken.entries()) {
        allocated[name] += static_cast<double>(amount);
      }
    }
    double share = 0;
    for (const auto& [name, amount] : total) share = std::max(share, allocated[name] / amount);
    return share / (weight_of.empty() ? 1 : Weight(weight_of));
  }

  void OrderBelow(const std::string& top, std::vector<Client>& order) const {
    std::set<std::string> children;
    std::vector<std::pair<std::tuple<double, uint64_t, FrameworkIdx>, Client>> own;
    for (const Client& client : Tracked()) {
      if (!Active(client)) continue;
      if (client.second == top) {
        double share = Share([&](const Client& c) { return c == client; }, "");
        own.push_back({{share, Lookup(client_counts_, client), client.first}, client});
      } else if (top.empty() || AtOrUnder(client.second, top)) {
        size_t start = top.empty() ? 0 : top.size() + 1;
        children.insert(client.second.substr(0, client.second.find('/', start)));
      }
    }
    std::vector<std::pair<Rank, std::string>> ranks;
    if (!own.empty()) {
      double share = Share([&](const Client& c) { return c.second == top; }, "");
      ranks.push_back({{share, Lookup(own_counts_, top), "."}, ""});
    }
    for (const std::string& child : children) {
      double share = Share([&](const Client& c) { return AtOrUnder(c.second, child); }, child);
      std::string name = child.substr(top.empty() ? 0 : top.size() + 1);
      ranks.push_back({{share, Lookup(whole_counts_, child), name}, child});
    }
    std::sort(ranks.begin(), ranks.end());
    std::sort(own.begin(), own.end());
    for (const auto& [rank, child] : ranks) {
      if (!child.empty()) OrderBelow(child, order);
      if (!child.empty()) continue;
      for (const auto& [place, client] : own) order.push_back(client);
    }
  }

  void AllocateAgent(AgentIdx agent, std::vector<Grant>& plan) {
    const AllocatorAgent& info = agents_[agent].first;
    ResourceSet free = info.total.Filter(NotShared);
    for (const auto& [where, resources] : used_) {
      if (where.first == agent) free -= resources.Filter(NotShared);
    }
    free += info.total.Filter(Shared);
    for (const Client& client : Order()) {
      const AllocatorFramework& framework = frameworks_[client.first];
      ResourceSet offer = free.AvailableTo(client.second).Filter([&](const auto& entry) {
        return (framework.revocable_resources || !entry.identity->revocable()) &&
               (framework.shared_resources || !entry.identity->shared()) &&
               (framework.reservation_refinement ||
                entry.identity->traits().reservations.size() < 2);
      });
      if (offer.empty() || (offer.Scalar("cpus") < options_.minimum_cpus &&
                            offer.Scalar("mem") < options_.minimum_mem)) {
        continue;
      }
      if (info.total.Scalar("gpus") > 0 && !framework.gpu_resources) continue;
      if (info.remote && !framework.region_aware) continue;
      bool filtered = std::any_of(filters_.begin(), filters_.end(), [&](const Filter& filter) {
        return filter.client == client && filter.agent == agent && filter.resources.Contains(offer);
      });
      if (filtered) continue;
      free -= offer;
      Count(agent, client, offer);
      plan.push_back({client.first, client.second, agent, offer});
    }
  }

  void Count(AgentIdx agent, const Client& client, const ResourceSet& resources) {
    used_[{agent, client}] += resources;
    Prune();  // the role may be new
    ++client_counts_[client];
    ++own_counts_[client.second];
    std::string path;
    for (absl::string_view part : absl::StrSplit(client.second, '/')) {
      absl::StrAppend(&path, path.empty() ? "" : "/", part);
      ++whole_counts_[path];
    }
  }

  // Counts end with what they count for; a role that becomes a leaf again takes the count of the
  // whole.
  void Prune() {
    std::set<Client> tracked = Tracked();
    std::set<std::string> parents;
    for (const Client& client : tracked) {
      for (size_t at = 0; (at = client.second.find('/', at)) != std::string::npos; ++at) {
        parents.insert(client.second.substr(0, at));
      }
    }
    auto has = [&](auto predicate) {
      return std::any_of(tracked.begin(), tracked.end(), predicate);
    };
    for (const std::string& role : parents_) {
      if (!parents.contains(role)) own_counts_[role] = whole_counts_[role];
    }
    std::erase_if(client_counts_, [&](const auto& c) { return !tracked.contains(c.first); });
    std::erase_if(own_counts_, [&](const auto& c) {
      return !has([&](const Client& client) { return client.second == c.first; });
    });
    std::erase_if(whole_counts_, [&](const auto& c) {
      return !has([&](const Client& client) { return AtOrUnder(client.second, c.first); });
    });
    parents_ = std::move(parents);
  }

  template <typename Map, typename Key>
  static uint64_t Lookup(const Map& map, const Key& key) {
    auto it = map.find(key);
    return it == map.end() ? 0 : it->second;
  }

  AllocatorOptions options_;
  std::map<FrameworkIdx, AllocatorFramework> frameworks_;
  std::map<AgentIdx, std::pair<AllocatorAgent, bool>> agents_;
  std::map<std::pair<AgentIdx, Client>, ResourceSet> used_;
  std::vector<Filter> filters_;
  std::map<Client, uint64_t> client_counts_;
  std::map<std::string, uint64_t> own_counts_;
  std::map<std::string, uint64_t> whole_counts_;
  std::set<std::string> parents_;
  size_t places_ = 0;
  uint64_t cycle_ = 0;
};

}  // namespace mesos::master
