// The reckoning itself: what it must let pass, and what it must find.

#include "tests/e2e/power/power_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mesos::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the operator wrote in each life, one string a life.
std::vector<std::string> AfterLives(const std::vector<std::string>& lives) {
  PowerLedger ledger;
  for (const std::string& life : lives) ledger.Lost({.operator_entries = Journal::Parse(life)});
  return ledger.broken();
}

TEST(PowerLedgerTest, AWeightIsOneThatWasToldOrAskedForSince) {
  const std::string first = "found END\nasks-weight 1\ntold-weight 1\nasks-weight 2\n";
  EXPECT_THAT(AfterLives({first, "found-weight 1\n"}), IsEmpty());
  EXPECT_THAT(AfterLives({first, "found-weight 2\n"}), IsEmpty());
  EXPECT_THAT(AfterLives({first, "found-weight 0\n"}), ElementsAre(HasSubstr("the weight is 0")));
  EXPECT_THAT(AfterLives({first, "found-weight 3\n"}), ElementsAre(HasSubstr("the weight is 3")));
}

TEST(PowerLedgerTest, AnAgentThatWasTakenInIsNotForgotten) {
  const std::string first = "found END\ntold-agent a\n";
  EXPECT_THAT(AfterLives({first, "found-agent a\nfound END\n"}), IsEmpty());
  EXPECT_THAT(AfterLives({first, "found END\n"}), ElementsAre(HasSubstr("is forgotten")));
  // The master had not come so far.
  EXPECT_THAT(AfterLives({first, "started -\n"}), IsEmpty());
}

TEST(PowerLedgerTest, AnAgentThatIsGoneStaysGone) {
  const std::string asked = "told-agent a\nasks-gone a\n";
  EXPECT_THAT(AfterLives({asked, "found-agent a\nfound END\n"}), IsEmpty());
  EXPECT_THAT(AfterLives({asked, "found END\n"}), IsEmpty());
  EXPECT_THAT(AfterLives({asked + "told-gone a\n", "found END\n"}), IsEmpty());
  EXPECT_THAT(AfterLives({asked + "told-gone a\n", "found-agent a\nfound END\n"}),
              ElementsAre(HasSubstr("and is back")));
}

// The agent's life with a task that was told to run by `source`, then one under `id`.
std::vector<std::string> AgentOfNextLife(const std::string& id, const std::string& source,
                                         bool anew) {
  PowerLedger ledger;
  ledger.Lost({.framework_entries =
                   Journal::Parse("launch t a 0 end\nupdate t TASK_RUNNING - " + source + " 0a\n"),
               .agent_ids = {"a"}});
  ledger.Lost({.anew = anew, .agent_ids = {id}});
  return ledger.broken();
}

TEST(PowerLedgerTest, AnAgentWhoseTasksRanIsTheSameWhenItIsBack) {
  EXPECT_THAT(AgentOfNextLife("a", "SOURCE_EXECUTOR", false), IsEmpty());
  EXPECT_THAT(AgentOfNextLife("b", "SOURCE_EXECUTOR", false),
              ElementsAre(HasSubstr("was a, and is b")));
  EXPECT_THAT(AgentOfNextLife("b", "SOURCE_EXECUTOR", true), IsEmpty());
  // Its id was told, and was on its way to the disk.
  EXPECT_THAT(AgentOfNextLife("b", "SOURCE_MASTER", false), IsEmpty());
}

}  // namespace
}  // namespace mesos::e2e
