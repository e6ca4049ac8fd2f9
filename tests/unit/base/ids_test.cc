#include "common/base/ids.h"

#include <string>
#include <type_traits>

#include "absl/container/flat_hash_set.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(IdsTest, IndicesAreDenseFromZero) {
  Interner<AgentIdx> agents;
  EXPECT_EQ(agents.capacity(), 0u);
  EXPECT_EQ(agents.Intern("S0"), AgentIdx(0));
  EXPECT_EQ(agents.Intern("S1"), AgentIdx(1));
  EXPECT_EQ(agents.Intern("S0"), AgentIdx(0));
  EXPECT_EQ(agents.capacity(), 2u);
  EXPECT_EQ(agents.Name(AgentIdx(1)), "S1");
}

TEST(IdsTest, FindsOnlyWhatIsInterned) {
  Interner<AgentIdx> agents;
  EXPECT_EQ(agents.Find("S0"), std::nullopt);
  agents.Intern("S0");
  EXPECT_EQ(agents.Find("S0"), AgentIdx(0));
  EXPECT_EQ(agents.Find("S"), std::nullopt);
}

TEST(IdsTest, AReleasedIndexIsHandedOutAgain) {
  Interner<AgentIdx> agents;
  const AgentIdx first = agents.Intern("S0");
  agents.Intern("S1");
  agents.Release(first);
  EXPECT_EQ(agents.Find("S0"), std::nullopt);
  EXPECT_EQ(agents.Intern("S2"), first);
  EXPECT_EQ(agents.Name(first), "S2");
  EXPECT_EQ(agents.capacity(), 2u);
  EXPECT_EQ(agents.Intern("S0"), AgentIdx(2));
}

TEST(IdsTest, IndexTypesDoNotMix) {
  static_assert(!std::is_convertible_v<AgentIdx, FrameworkIdx>);
  static_assert(!std::is_convertible_v<uint32_t, AgentIdx>);
  EXPECT_NE(AgentIdx(), AgentIdx(0));
  EXPECT_LT(AgentIdx(0), AgentIdx(1));
  const absl::flat_hash_set<AgentIdx> set = {AgentIdx(1), AgentIdx(2)};
  EXPECT_TRUE(set.contains(AgentIdx(2)));
  EXPECT_FALSE(set.contains(AgentIdx(3)));
}

TEST(IdsDeathTest, AnIndexThatWasNeverGivenIsABug) {
  Interner<AgentIdx> agents;
  EXPECT_DEATH(agents.Name(AgentIdx(0)), "Check failed");
  EXPECT_DEATH(agents.Release(AgentIdx()), "Check failed");
}

}  // namespace
}  // namespace mesos
