#include "master/allocator/offer_filters.h"

#include "common/base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/allocator/builders.h"

namespace mesos::master {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const ClientIdx kClient(3);
const ClientIdx kOther(4);
const AgentIdx kAgent(1);

absl::Time At(int second) { return absl::UnixEpoch() + absl::Seconds(second); }

bool Blocks(const OfferFilters& filters, ClientIdx client, AgentIdx agent,
            const ResourceSet& resources) {
  OfferFilters::Memo memo;
  return filters.Blocks(client, agent, resources, memo);
}

std::vector<uint32_t> Expire(OfferFilters& filters, absl::Time now) {
  std::vector<uint32_t> agents;
  filters.Expire(now, [&](AgentIdx agent) { agents.push_back(agent.value()); });
  return agents;
}

TEST(OfferFiltersTest, BlocksWhatIsWithinTheDeclined) {
  OfferFilters filters;
  filters.Add(kClient, kAgent, Machine(4, 1024), At(5));
  EXPECT_TRUE(Blocks(filters, kClient, kAgent, Machine(4, 1024)));
  EXPECT_TRUE(Blocks(filters, kClient, kAgent, Cpus(1)));
  EXPECT_FALSE(Blocks(filters, kClient, kAgent, Machine(4.001, 1024)));
  EXPECT_FALSE(Blocks(filters, kClient, kAgent, Machine(1, 1) + Ports(1, 2)));
  EXPECT_FALSE(Blocks(filters, kOther, kAgent, Cpus(1)));
  EXPECT_FALSE(Blocks(filters, kClient, AgentIdx(7), Cpus(1)));
}

TEST(OfferFiltersTest, OneMemoServesManyClientsOfOneOffer) {
  OfferFilters filters;
  OfferFilters::Memo memo;
  filters.Add(kClient, kAgent, Cpus(2), At(5));
  filters.Add(kOther, kAgent, Cpus(2), At(5));
  filters.Add(ClientIdx(5), kAgent, Cpus(1), At(5));
  ResourceSet offer = Cpus(2);
  EXPECT_TRUE(filters.Blocks(kClient, kAgent, offer, memo));
  EXPECT_TRUE(filters.Blocks(kOther, kAgent, offer, memo));
  EXPECT_FALSE(filters.Blocks(ClientIdx(5), kAgent, offer, memo));
  EXPECT_TRUE(filters.Blocks(kClient, kAgent, offer, memo));
}

TEST(OfferFiltersTest, BlocksUntilExpired) {
  OfferFilters filters;
  EXPECT_EQ(filters.NextExpiry(), absl::InfiniteFuture());
  filters.Add(kClient, kAgent, Cpus(1), At(5));
  filters.Add(kClient, AgentIdx(9), Cpus(1), At(3));
  EXPECT_EQ(filters.NextExpiry(), At(3));
  EXPECT_THAT(Expire(filters, At(2)), IsEmpty());
  EXPECT_THAT(Expire(filters, At(3)), ElementsAre(9));
  EXPECT_EQ(filters.NextExpiry(), At(5));
  EXPECT_THAT(Expire(filters, At(60)), ElementsAre(1));
  EXPECT_FALSE(Blocks(filters, kClient, kAgent, Cpus(1)));
  EXPECT_EQ(filters.size(), 0u);
}

TEST(OfferFiltersTest, KeepsOneOfTwoOnlyWhereOneIsWithinTheOther) {
  OfferFilters filters;
  filters.Add(kClient, kAgent, Cpus(1), At(5));
  filters.Add(kClient, kAgent, Cpus(2), At(6));  // more and longer: the first has no use
  EXPECT_EQ(filters.size(), 1u);
  filters.Add(kClient, kAgent, Cpus(1), At(4));  // less and shorter: of no use itself
  EXPECT_EQ(filters.size(), 1u);
  filters.Add(kClient, kAgent, Cpus(1), At(9));
  filters.Add(kClient, kAgent, Mem(64), At(2));
  EXPECT_EQ(filters.size(), 3u);
  Expire(filters, At(6));
  EXPECT_TRUE(Blocks(filters, kClient, kAgent, Cpus(1)));
  EXPECT_FALSE(Blocks(filters, kClient, kAgent, Cpus(2)));
  EXPECT_FALSE(Blocks(filters, kClient, kAgent, Mem(64)));
}

TEST(OfferFiltersTest, RemovesThoseOfAClientAndOfAnAgent) {
  OfferFilters filters;
  filters.Add(kClient, kAgent, Cpus(1), At(5));
  filters.Add(kClient, AgentIdx(2), Cpus(1), At(5));
  filters.Add(kOther, kAgent, Cpus(1), At(5));
  filters.RemoveClient(kClient);
  EXPECT_FALSE(Blocks(filters, kClient, kAgent, Cpus(1)));
  EXPECT_TRUE(Blocks(filters, kOther, kAgent, Cpus(1)));
  filters.RemoveAgent(kAgent);
  filters.RemoveAgent(AgentIdx(77));
  EXPECT_EQ(filters.size(), 0u);
  EXPECT_EQ(filters.NextExpiry(), absl::InfiniteFuture());
}

TEST(OfferFiltersTest, BeyondTheLimitTheFirstToEndGoes) {
  OfferFilters filters;
  int most = static_cast<int>(limits::kMaxFiltersPerAgent);
  // None is within another: each lasts longer than the ones before and has less.
  for (int i = 0; i < most + 10; ++i) {
    filters.Add(kClient, kAgent, Cpus(100 - i), At(i));
  }
  EXPECT_EQ(filters.size(), limits::kMaxFiltersPerAgent);
  EXPECT_EQ(filters.dropped(), 10u);
  EXPECT_EQ(filters.NextExpiry(), At(10));
}

}  // namespace
}  // namespace mesos::master
