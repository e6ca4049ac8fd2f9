// Random histories over the allocator and its oracle: the plans must be the same, grant for grant,
// and what is booked must stay within what there is.

#include <cstdlib>

#include "common/runtime/random.h"
#include "gtest/gtest.h"
#include "master/allocator/allocator.h"
#include "tests/unit/allocator/builders.h"
#include "tests/unit/allocator/naive_allocator.h"

namespace mesos::master {
namespace {

constexpr int kFrameworks = 7;
constexpr int kAgents = 9;
const std::vector<std::string> kRoles = {"*",     "eng",     "eng/ads", "eng/ads/x",
                                         "eng/w", "eng-ops", "ops",     "ops/a/b"};

class Pair {
 public:
  explicit Pair(uint64_t seed)
      : random_(seed),
        options_{.weights = {{"eng", 2}, {"eng/ads", 0.5}}},
        real_(NewHierarchicalAllocator(options_)),
        naive_(options_) {}

  void Run(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      Step();
      if (random_.Below(3) == 0) Allocate();
    }
    Allocate();
    ReleaseEverything();
  }

  size_t grants() const { return grants_; }

 private:
  template <typename Call>
  void Both(Call call) {
    call(static_cast<Allocator&>(*real_));
    call(static_cast<Allocator&>(naive_));
  }

  bool Chance(uint64_t of) { return random_.Below(of) == 0; }
  FrameworkIdx AnyFramework() { return FrameworkIdx(random_.Below(kFrameworks)); }
  AgentIdx AnyAgent() { return AgentIdx(random_.Below(kAgents)); }
  const std::string& AnyRole() { return kRoles[random_.Below(kRoles.size())]; }

  std::set<std::string> SomeRoles(uint64_t most) {
    std::set<std::string> roles;
    for (uint64_t n = random_.Below(most + 1); n > 0; --n) roles.insert(AnyRole());
    return roles;
  }

  AllocatorFramework MakeFramework() {
    AllocatorFramework info;
    info.roles = SomeRoles(3);
    info.roles.insert(AnyRole());
    if (Chance(4)) info.suppressed_roles.insert(*info.roles.begin());
    info.revocable_resources = Chance(2);
    info.shared_resources = Chance(2);
    info.gpu_resources = Chance(2);
    info.region_aware = Chance(2);
    info.reservation_refinement = Chance(2);
    info.active = !Chance(5);
    return info;
  }

  ResourceSet MakeTotal() {
    ResourceSet total = Machine(1 + random_.Below(8), 512 * (1 + random_.Below(4)));
    if (Chance(2)) total += Ports(31000, 31000 + random_.Below(100));
    if (Chance(3)) total += Of({.name = "disk", .value = 100});
    if (Chance(3)) total += Of({.value = 2, .roles = {AnyReserver()}});
    if (Chance(3)) total += Of({.name = "mem", .value = 64, .roles = {AnyReserver()}});
    if (Chance(4)) total += Of({.value = 1, .roles = {"eng", "eng/ads"}});
    if (Chance(4)) total += Of({.value = 3, .revocable = true});
    if (Chance(4)) {
      total += Of({.name = "disk", .value = 10, .roles = {"eng"}, .shared_volume = "v"});
    }
    if (Chance(4)) total += Gpus(1);
    if (Chance(8)) total = Of({.value = 0.005}) + Of({.value = 0.005, .roles = {"eng"}});
    return total;
  }

  std::string AnyReserver() {
    const std::string& role = AnyRole();
    return role == "*" ? "eng" : role;
  }

  // All of it, some of its entries, or half of each scalar.
  ResourceSet Part(const ResourceSet& resources) {
    if (Chance(2)) return resources;
    ResourceSet part;
    for (ResourceSet::Entry entry : resources.entries()) {
      if (Chance(3)) continue;
      bool splits = entry.value.type() == ResourceValue::Type::kScalar && !entry.identity->whole();
      if (splits && Chance(2)) entry.value = ResourceValue::Scalar(entry.value.scalar() / 2);
      part.Add(entry);
    }
    return part;
  }

  void Step() {
    switch (random_.Below(12)) {
      case 0:
        return ChangeFramework();
      case 1:
        return ChangeAgent();
      case 2: {
        FrameworkIdx framework = AnyFramework();
        if (!frameworks_.contains(framework)) return;
        bool active = !Chance(3);
        return Both([&](Allocator& a) { a.SetFrameworkActive(framework, active); });
      }
      case 3: {
        AgentIdx agent = AnyAgent();
        if (!agents_.contains(agent)) return;
        bool active = !Chance(3);
        return Both([&](Allocator& a) { a.SetAgentActive(agent, active); });
      }
      case 4: {
        FrameworkIdx framework = AnyFramework();
        if (!frameworks_.contains(framework)) return;
        std::set<std::string> roles = SomeRoles(2);
        bool suppress = Chance(2);
        return Both([&](Allocator& a) {
          if (suppress) return a.SuppressOffers(framework, roles);
          a.ReviveOffers(framework, roles);
        });
      }
      case 5: {
        std::map<std::string, double> weights = {{AnyRole(), 0.5 + random_.Below(4)}};
        return Both([&](Allocator& a) { a.UpdateWeights(weights); });
      }
      case 6:
        now_ += absl::Seconds(random_.Below(10));
        return;
      default:
        return ReleaseOne();
    }
  }

  void ChangeFramework() {
    FrameworkIdx framework = AnyFramework();
    AllocatorFramework info = MakeFramework();
    if (frameworks_.insert(framework).second) {
      return Both([&](Allocator& a) { a.AddFramework(framework, info); });
    }
    if (!Chance(3)) return Both([&](Allocator& a) { a.UpdateFramework(framework, info); });
    frameworks_.erase(framework);
    Both([&](Allocator& a) { a.RemoveFramework(framework); });
  }

  void ChangeAgent() {
    AgentIdx agent = AnyAgent();
    ResourceSet total = MakeTotal();
    if (agents_.contains(agent)) {
      if (Chance(2)) {
        agents_[agent] = total;
        return Both([&](Allocator& a) { a.UpdateAgent(agent, total); });
      }
      agents_.erase(agent);
      return Both([&](Allocator& a) { a.RemoveAgent(agent); });
    }
    AllocatorAgent info{.total = total, .used = {}, .remote = Chance(4)};
    if (Chance(2)) info.used[{AnyFramework(), AnyRole()}] = Part(total.AvailableTo("*"));
    agents_[agent] = total;
    Both([&](Allocator& a) { a.AddAgent(agent, info); });
    if (!Chance(3)) return;
    FrameworkIdx framework = AnyFramework();
    std::string role = AnyRole();
    Both([&](Allocator& a) { a.Book(framework, role, agent, Cpus(0.5)); });
  }

  void ReleaseOne() {
    if (naive_.used().empty()) return;
    auto it = std::next(naive_.used().begin(), random_.Below(naive_.used().size()));
    auto [agent, client] = it->first;
    ResourceSet part = Part(it->second);
    std::optional<OfferFilter> filter;
    if (!Chance(3)) filter = OfferFilter{now_ + absl::Seconds(random_.Below(20))};
    Both([&](Allocator& a) { a.Release(client.first, client.second, agent, part, filter); });
  }

  void Allocate() {
    std::vector<Grant> plan = real_->Allocate(now_);
    std::vector<Grant> expected = naive_.Allocate(now_);
    EXPECT_EQ(ToString(plan), ToString(expected));
    grants_ += plan.size();
    for (const std::string& role : kRoles) {
      EXPECT_EQ(real_->Allocated(role).ToString(), naive_.Allocated(role).ToString()) << role;
      EXPECT_EQ(real_->Weight(role), naive_.Weight(role));
      EXPECT_EQ(real_->FilteredAgents(role), naive_.FilteredAgents(role)) << role;
      EXPECT_DOUBLE_EQ(real_->DominantShare(role), naive_.DominantShare(role)) << role;
    }
    EXPECT_LE(naive_.NextExpiry(), real_->NextExpiry());  // the oracle keeps filters within others
    for (const Grant& grant : plan) {
      EXPECT_TRUE(frameworks_.contains(grant.framework));
      EXPECT_TRUE(agents_[grant.agent].Contains(grant.resources));
    }
  }

  void ReleaseEverything() {
    while (!naive_.used().empty()) {
      auto [where, resources] = *naive_.used().begin();
      auto [agent, client] = where;
      Both([&, r = resources](Allocator& a) {
        a.Release(client.first, client.second, agent, r, std::nullopt);
      });
    }
    for (const std::string& role : kRoles) EXPECT_TRUE(real_->Allocated(role).empty());
    // Whoever takes all finds each agent whole again.
    FrameworkIdx everything(kFrameworks);
    AllocatorFramework info;
    info.roles = {kRoles.begin(), kRoles.end()};
    info.revocable_resources = info.shared_resources = info.gpu_resources = true;
    info.region_aware = info.reservation_refinement = true;
    for (FrameworkIdx framework : frameworks_) {
      Both([&](Allocator& a) { a.RemoveFramework(framework); });
    }
    Both([&](Allocator& a) { a.AddFramework(everything, info); });
    for (const auto& [agent, total] : agents_) {
      AgentIdx index = agent;
      Both([&](Allocator& a) { a.SetAgentActive(index, true); });
    }
    frameworks_ = {everything};
    Allocate();
  }

  static std::string ToString(const std::vector<Grant>& plan) {
    std::string text;
    for (const Grant& grant : plan) {
      absl::StrAppend(&text, "framework ", grant.framework.value(), " role ", grant.role, " agent ",
                      grant.agent.value(), ": ", grant.resources.ToString(), "\n");
    }
    return text;
  }

  Random random_;
  AllocatorOptions options_;
  std::unique_ptr<Allocator> real_;
  NaiveAllocator naive_;
  absl::Time now_ = absl::UnixEpoch();
  std::set<FrameworkIdx> frameworks_;
  std::map<AgentIdx, ResourceSet> agents_;
  size_t grants_ = 0;
};

TEST(AllocatorPropertyTest, PlansAreThoseOfTheOracle) {
  size_t grants = 0;
  for (uint64_t seed = 1; seed <= 300 && !HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    Pair pair(seed);
    pair.Run(120);
    grants += pair.grants();
  }
  EXPECT_GT(grants, 300 * 20);
}

}  // namespace
}  // namespace mesos::master
