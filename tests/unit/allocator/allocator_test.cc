#include "master/allocator/allocator.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/allocator/builders.h"

namespace mesos::master {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

const FrameworkIdx kFirst(0);
const FrameworkIdx kSecond(1);
const FrameworkIdx kThird(2);
const AgentIdx kAgent(0);
const AgentIdx kOtherAgent(1);

AllocatorFramework InRoles(std::set<std::string> roles) {
  AllocatorFramework info;
  info.roles = std::move(roles);
  return info;
}

class AllocatorTest : public testing::Test {
 protected:
  void AddAgent(AgentIdx agent, const ResourceSet& total) {
    AllocatorAgent info;
    info.total = total;
    allocator_->AddAgent(agent, std::move(info));
  }

  // "framework role agent resources" for each grant; they are kept for Decline.
  std::vector<std::string> Allocate() {
    std::vector<std::string> text;
    plan_ = allocator_->Allocate(now_);
    for (const Grant& grant : plan_) {
      text.push_back(absl::StrCat(grant.framework.value(), " ", grant.role, " ",
                                  grant.agent.value(), " ", grant.resources.ToString()));
    }
    return text;
  }

  void Release(const Grant& grant, std::optional<OfferFilter> filter = std::nullopt) {
    allocator_->Release(grant.framework, grant.role, grant.agent, grant.resources, filter);
  }
  void Decline(const Grant& grant, int seconds) {
    Release(grant, OfferFilter{now_ + absl::Seconds(seconds)});
  }

  std::unique_ptr<Allocator> allocator_ = NewHierarchicalAllocator({});
  absl::Time now_ = absl::UnixEpoch();
  std::vector<Grant> plan_;
};

TEST_F(AllocatorTest, GrantsAllThatIsFreeOfAnAgentOnce) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024) + Ports(1000, 2000));
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:4; mem:1024; ports:[1000-2000]"));
  EXPECT_THAT(Allocate(), IsEmpty());
  EXPECT_EQ(allocator_->Allocated("a"), Machine(4, 1024) + Ports(1000, 2000));
}

TEST_F(AllocatorTest, OffersWhatIsReleasedToWhoHasLess) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  AddAgent(kOtherAgent, Machine(4, 1024));
  EXPECT_THAT(Allocate(), SizeIs(2));
  std::vector<Grant> had = plan_;
  allocator_->AddFramework(kSecond, InRoles({"b"}));
  EXPECT_THAT(Allocate(), IsEmpty());
  Release(had[0]);
  EXPECT_THAT(Allocate(), SizeIs(1));
  EXPECT_EQ(plan_[0].framework, kSecond);
}

TEST_F(AllocatorTest, SpreadsAgentsOverFrameworksByShare) {
  for (uint32_t i = 0; i < 3; ++i) allocator_->AddFramework(FrameworkIdx(i), InRoles({"a"}));
  for (uint32_t i = 0; i < 9; ++i) AddAgent(AgentIdx(i), Machine(4, 1024));
  Allocate();
  std::map<uint32_t, int> agents;
  for (const Grant& grant : plan_) ++agents[grant.framework.value()];
  EXPECT_THAT(agents, ElementsAre(testing::Pair(0, 3), testing::Pair(1, 3), testing::Pair(2, 3)));
}

TEST_F(AllocatorTest, WeightsScaleTheShares) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  allocator_->AddFramework(kSecond, InRoles({"b"}));
  allocator_->UpdateWeights({{"b", 3}});
  EXPECT_EQ(allocator_->Weight("b"), 3);
  for (uint32_t i = 0; i < 8; ++i) AddAgent(AgentIdx(i), Machine(4, 1024));
  Allocate();
  std::map<uint32_t, int> agents;
  for (const Grant& grant : plan_) ++agents[grant.framework.value()];
  EXPECT_EQ(agents[0], 2);
  EXPECT_EQ(agents[1], 6);
}

TEST_F(AllocatorTest, KeepsWhatIsBelowTheMinimum) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(0.009, 31) + Ports(1, 9));
  EXPECT_THAT(Allocate(), IsEmpty());
  AddAgent(kOtherAgent, Machine(0.01, 1));
  EXPECT_THAT(Allocate(), SizeIs(1));
  AddAgent(AgentIdx(2), Mem(32));
  EXPECT_THAT(Allocate(), SizeIs(1));
}

TEST_F(AllocatorTest, FilterKeepsTheDeclinedUntilItEnds) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  Decline(plan_[0], 5);
  EXPECT_EQ(allocator_->NextExpiry(), now_ + absl::Seconds(5));
  EXPECT_THAT(Allocate(), IsEmpty());
  now_ += absl::Seconds(5);
  EXPECT_THAT(Allocate(), SizeIs(1));
  EXPECT_EQ(allocator_->NextExpiry(), absl::InfiniteFuture());
}

TEST_F(AllocatorTest, FilterLetsOthersHaveTheDeclined) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  allocator_->AddFramework(kSecond, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  EXPECT_EQ(plan_[0].framework, kFirst);
  Decline(plan_[0], 5);
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].framework, kSecond);
  Decline(plan_[0], 5);
  EXPECT_THAT(Allocate(), IsEmpty());
}

TEST_F(AllocatorTest, FilterLetsMoreThanTheDeclinedThrough) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  allocator_->Release(kFirst, "a", kAgent, Machine(1, 512), OfferFilter{now_ + absl::Hours(1)});
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->Release(kFirst, "a", kAgent, Machine(3, 512), std::nullopt);
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:4; mem:1024"));
}

TEST_F(AllocatorTest, FilterHoldsForItsRoleOnly) {
  allocator_->AddFramework(kFirst, InRoles({"a", "b"}));
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  EXPECT_EQ(plan_[0].role, "a");
  Decline(plan_[0], 5);
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].role, "b");
}

TEST_F(AllocatorTest, ReviveDropsTheFiltersOfItsRoles) {
  allocator_->AddFramework(kFirst, InRoles({"a", "b"}));
  AddAgent(kAgent, Machine(4, 1024));
  for (int i = 0; i < 2; ++i) {
    Allocate();
    Decline(plan_[0], 3600);
  }
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->ReviveOffers(kFirst, {"b", "not its role"});
  EXPECT_THAT(Allocate(), ElementsAre("0 b 0 cpus:4; mem:1024"));
  Decline(plan_[0], 3600);
  allocator_->ReviveOffers(kFirst, {});
  EXPECT_THAT(Allocate(), SizeIs(1));
}

TEST_F(AllocatorTest, SuppressedRolesGetNothingUntilRevived) {
  allocator_->AddFramework(kFirst, InRoles({"a", "b"}));
  allocator_->SuppressOffers(kFirst, {"a"});
  AddAgent(kAgent, Machine(4, 1024));
  EXPECT_THAT(Allocate(), ElementsAre("0 b 0 cpus:4; mem:1024"));
  allocator_->SuppressOffers(kFirst, {});
  Release(plan_[0]);
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->ReviveOffers(kFirst, {"a"});
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:4; mem:1024"));
}

TEST_F(AllocatorTest, SuppressionAtSubscriptionHolds) {
  AllocatorFramework info = InRoles({"a"});
  info.suppressed_roles = {"a"};
  allocator_->AddFramework(kFirst, info);
  AddAgent(kAgent, Machine(4, 1024));
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->UpdateFramework(kFirst, InRoles({"a"}));
  EXPECT_THAT(Allocate(), SizeIs(1));
}

TEST_F(AllocatorTest, InactiveFrameworkKeepsWhatItHasAndGetsNothing) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  Grant grant = plan_[0];
  allocator_->SetFrameworkActive(kFirst, false);
  EXPECT_EQ(allocator_->Allocated("a"), Machine(4, 1024));
  Decline(grant, 3600);
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->SetFrameworkActive(kFirst, true);
  EXPECT_THAT(Allocate(), IsEmpty());  // declined while away: the filter is younger
  allocator_->SetFrameworkActive(kFirst, false);
  allocator_->SetFrameworkActive(kFirst, true);
  EXPECT_THAT(Allocate(), SizeIs(1));
}

TEST_F(AllocatorTest, InactiveAgentIsNotOffered) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  allocator_->SetAgentActive(kAgent, false);
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->SetAgentActive(kAgent, true);
  EXPECT_THAT(Allocate(), SizeIs(1));
}

TEST_F(AllocatorTest, RevocableOnlyToTheCapable) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024) + Of({.value = 2, .revocable = true}));
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:4; mem:1024"));
  AllocatorFramework capable = InRoles({"a"});
  capable.revocable_resources = true;
  allocator_->UpdateFramework(kFirst, capable);
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus{REV}:2"));
}

TEST_F(AllocatorTest, AgentsWithGpusOnlyToTheCapable) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024) + Gpus(1));
  EXPECT_THAT(Allocate(), IsEmpty());
  AllocatorFramework capable = InRoles({"b"});
  capable.gpu_resources = true;
  allocator_->AddFramework(kSecond, capable);
  EXPECT_THAT(Allocate(), ElementsAre("1 b 0 cpus:4; gpus:1; mem:1024"));
}

TEST_F(AllocatorTest, AgentsOfOtherRegionsOnlyToTheRegionAware) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AllocatorAgent agent;
  agent.total = Machine(4, 1024);
  agent.remote = true;
  allocator_->AddAgent(kAgent, agent);
  EXPECT_THAT(Allocate(), IsEmpty());
  AllocatorFramework aware = InRoles({"b"});
  aware.region_aware = true;
  allocator_->AddFramework(kSecond, aware);
  EXPECT_THAT(Allocate(), SizeIs(1));
}

TEST_F(AllocatorTest, ReservedGoesToTheRoleAndThoseBelow) {
  ResourceSet reserved = Of({.value = 2, .roles = {"eng"}});
  allocator_->AddFramework(kFirst, InRoles({"ops"}));
  AddAgent(kAgent, Machine(4, 1024) + reserved);
  EXPECT_THAT(Allocate(), ElementsAre("0 ops 0 cpus:4; mem:1024"));
  allocator_->AddFramework(kSecond, InRoles({"eng/ads"}));
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].framework, kSecond);
  EXPECT_EQ(plan_[0].resources, reserved);
  Release(plan_[0]);
  allocator_->RemoveFramework(kSecond);
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->AddFramework(kThird, InRoles({"engine"}));
  EXPECT_THAT(Allocate(), IsEmpty());
}

TEST_F(AllocatorTest, OneAgentServesSeveralReserversInOneCycle) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  allocator_->AddFramework(kSecond, InRoles({"b"}));
  allocator_->AddFramework(kThird, InRoles({"c"}));
  AddAgent(kAgent, Cpus(1) + Of({.value = 2, .roles = {"b"}}) + Of({.value = 3, .roles = {"c"}}));
  Allocate();
  std::vector<uint32_t> order;
  for (const Grant& grant : plan_) order.push_back(grant.framework.value());
  EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

TEST_F(AllocatorTest, RefinedReservationsOnlyToTheCapable) {
  ResourceSet refined = Of({.value = 2, .roles = {"eng", "eng/ads"}});
  allocator_->AddFramework(kFirst, InRoles({"eng/ads"}));
  AddAgent(kAgent, refined);
  EXPECT_THAT(Allocate(), IsEmpty());
  AllocatorFramework capable = InRoles({"eng/ads"});
  capable.reservation_refinement = true;
  allocator_->UpdateFramework(kFirst, capable);
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].resources, refined);
}

TEST_F(AllocatorTest, SharedVolumeIsOfferedAgainAndCountsOnce) {
  ResourceSet volume = Of({.name = "disk", .value = 10, .roles = {"eng"}, .shared_volume = "v"});
  AllocatorFramework capable = InRoles({"eng"});
  capable.shared_resources = true;
  allocator_->AddFramework(kFirst, capable);
  allocator_->AddFramework(kSecond, InRoles({"eng"}));
  allocator_->AddFramework(kThird, capable);
  AddAgent(kAgent, Machine(4, 1024) + volume);
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].resources, Machine(4, 1024) + volume);
  allocator_->Release(kFirst, "eng", kAgent, Machine(2, 512), std::nullopt);
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].framework, kSecond);
  EXPECT_EQ(plan_[0].resources, Machine(2, 512));
  Decline(plan_[0], 3600);
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].framework, kThird);
  EXPECT_EQ(plan_[0].resources, Machine(2, 512) + volume);
}

TEST_F(AllocatorTest, AgentThatComesBackBringsWhatRunsThere) {
  AllocatorAgent agent;
  agent.total = Machine(4, 1024);
  agent.used[{kFirst, "a"}] = Machine(3, 512);
  allocator_->AddAgent(kAgent, agent);  // before its framework
  EXPECT_EQ(allocator_->Allocated("a"), Machine(3, 512));
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:1; mem:512"));
  allocator_->Release(kFirst, "a", kAgent, Machine(3, 512), std::nullopt);
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:3; mem:512"));
}

TEST_F(AllocatorTest, AgentMayRunMoreThanItHas) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AllocatorAgent agent;
  agent.total = Machine(2, 1024);
  agent.used[{kFirst, "a"}] = Machine(3, 512);
  allocator_->AddAgent(kAgent, agent);
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 mem:512"));
  allocator_->Release(kFirst, "a", kAgent, Cpus(1), std::nullopt);
  EXPECT_THAT(Allocate(), IsEmpty());
  allocator_->Release(kFirst, "a", kAgent, Cpus(1), std::nullopt);
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:1"));
}

TEST_F(AllocatorTest, UpdateAgentOffersWhatIsNew) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  allocator_->UpdateAgent(kAgent, Machine(6, 1024));
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:2"));
}

TEST_F(AllocatorTest, RemovedAgentsAndFrameworksLeaveNothing) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  allocator_->AddFramework(kSecond, InRoles({"b"}));
  AddAgent(kAgent, Machine(4, 1024));
  AddAgent(kOtherAgent, Machine(4, 1024));
  Allocate();
  std::vector<Grant> had = plan_;
  allocator_->RemoveAgent(had[0].agent);
  EXPECT_TRUE(allocator_->Allocated(had[0].role).empty());
  allocator_->RemoveFramework(had[1].framework);
  Allocate();
  ASSERT_THAT(plan_, SizeIs(1));
  EXPECT_EQ(plan_[0].framework, had[0].framework);
  Decline(had[1], 5);  // late: both are gone
  Decline(had[0], 5);
  EXPECT_THAT(Allocate(), IsEmpty());
  EXPECT_EQ(allocator_->NextExpiry(), absl::InfiniteFuture());
}

TEST_F(AllocatorTest, LeavingARoleKeepsWhatIsBookedThere) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  Grant grant = plan_[0];
  allocator_->UpdateFramework(kFirst, InRoles({"b"}));
  EXPECT_EQ(allocator_->Allocated("a"), Machine(4, 1024));
  Decline(grant, 3600);  // no filter is made in a role that it left
  EXPECT_THAT(Allocate(), ElementsAre("0 b 0 cpus:4; mem:1024"));
  EXPECT_TRUE(allocator_->Allocated("a").empty());
}

TEST_F(AllocatorTest, EachAgentIsFirstInSomeCycle) {
  allocator_->AddFramework(kFirst, InRoles({"a"}));
  for (uint32_t i = 0; i < 5; ++i) AddAgent(AgentIdx(i), Machine(4, 1024));
  std::set<uint32_t> first;
  for (int cycle = 0; cycle < 100; ++cycle) {
    Allocate();
    ASSERT_THAT(plan_, SizeIs(5));
    first.insert(plan_[0].agent.value());
    for (const Grant& grant : plan_) Release(grant);
  }
  EXPECT_THAT(first, UnorderedElementsAre(0, 1, 2, 3, 4));
}

TEST_F(AllocatorTest, ManyNewFrameworksFindWhatIsFree) {
  AllocatorFramework picky = InRoles({"a"});
  AddAgent(kAgent, Machine(4, 1024));
  Allocate();
  for (uint32_t i = 0; i < 20; ++i) {
    picky.suppressed_roles = i == 13 ? std::set<std::string>() : std::set<std::string>{"a"};
    allocator_->AddFramework(FrameworkIdx(i), picky);
  }
  EXPECT_THAT(Allocate(), ElementsAre("13 a 0 cpus:4; mem:1024"));
  Release(plan_[0]);
  allocator_->RemoveFramework(FrameworkIdx(13));
  EXPECT_THAT(Allocate(), IsEmpty());
  for (uint32_t i = 0; i < 12; ++i) allocator_->ReviveOffers(FrameworkIdx(i), {});
  EXPECT_THAT(Allocate(), ElementsAre("0 a 0 cpus:4; mem:1024"));
}

}  // namespace
}  // namespace mesos::master
