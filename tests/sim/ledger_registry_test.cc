// Each rule is shown a history that breaks it, and one that does not.

#include "tests/sim/ledger_registry.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

master::RegistryOperation Admit(const std::string& agent) {
  auto info = std::make_shared<v1::AgentInfo>();
  info->mutable_id()->set_value(agent);
  info->set_hostname("host");
  return master::AdmitAgent{std::move(info)};
}

master::RegistryOperation Unreachable(const std::string& agent) {
  return master::MarkUnreachable{agent, absl::UnixEpoch()};
}

master::RegistryOperation Gone(const std::string& agent) {
  return master::MarkGone{agent, absl::UnixEpoch()};
}

class RegistryLedgerTest : public ::testing::Test {
 protected:
  RegistryLedgerTest() : ledger_([this](const std::string& what) { violations_.push_back(what); }) {
    ledger_.Recovered(1, {});
  }

  // Asked for and kept.
  void Keep(uint64_t epoch, uint64_t token, const master::RegistryOperation& operation) {
    ledger_.Asked(epoch, token, {operation});
    ledger_.Kept(epoch, token);
  }

  static master::Registry Contents(const std::vector<master::RegistryOperation>& operations) {
    master::Registry registry;
    registry.Apply(operations);
    return registry;
  }

  void ExpectViolation(const std::string& text) {
    EXPECT_THAT(violations_, Contains(HasSubstr(text)));
  }

  std::vector<std::string> violations_;
  RegistryLedger ledger_;
};

TEST_F(RegistryLedgerTest, AnHonestSuccessionBreaksNoRule) {
  Keep(1, 1, Admit("a"));
  ledger_.AgentTaken(1, "a", "one");
  ledger_.Asked(1, 2, {Admit("b")});
  ledger_.Asked(1, 3, {Unreachable("a")});
  // b was written before the end, a was not.
  ledger_.Recovered(2, Contents({Admit("a"), Admit("b")}));
  ledger_.AgentTakenBack(2, "a");
  Keep(2, 1, Unreachable("b"));
  ledger_.LossTold(2, "b");
  ledger_.Recovered(4, Contents({Admit("a"), Admit("b"), Unreachable("b")}));
  EXPECT_THAT(violations_, IsEmpty());
}

TEST_F(RegistryLedgerTest, SeesAnEpochGivenTwice) {
  ledger_.Recovered(1, {});
  ExpectViolation("epoch 1 is given twice");
}

TEST_F(RegistryLedgerTest, SeesAnAdmittedAgentThatIsForgotten) {
  Keep(1, 1, Admit("a"));
  ledger_.Recovered(2, {});
  ExpectViolation("finds agent a absent, which was kept as admitted");
}

TEST_F(RegistryLedgerTest, SeesAnAgentThatNobodyAdmitted) {
  ledger_.Recovered(2, Contents({Admit("a")}));
  ExpectViolation("finds agent a admitted, which was kept as absent");
}

TEST_F(RegistryLedgerTest, SeesAWriteOfADeposedLeaderThatSucceeds) {
  Keep(1, 1, Admit("a"));
  ledger_.Recovered(2, Contents({Admit("a")}));
  ledger_.Asked(1, 2, {Admit("b")});
  EXPECT_THAT(violations_, IsEmpty());
  ledger_.Kept(1, 2);
  ExpectViolation("asked for after another had come to lead");
}

TEST_F(RegistryLedgerTest, SeesAWriteOfADeposedLeaderThatTheNextButOneFinds) {
  ledger_.Recovered(2, {});
  ledger_.Asked(1, 1, {Admit("a")});
  ledger_.Recovered(3, Contents({Admit("a")}));
  ExpectViolation("the leader of epoch 3 finds agent a admitted");
}

TEST_F(RegistryLedgerTest, SeesAWriteThatIsConfirmedButWasNotThere) {
  ledger_.Asked(1, 1, {Admit("a")});
  ledger_.Recovered(2, {});
  EXPECT_THAT(violations_, IsEmpty());
  ledger_.Kept(1, 1);
  ExpectViolation("finds agent a absent, which was kept as admitted");
}

TEST_F(RegistryLedgerTest, WriteThatIsConfirmedLateBreaksNoRule) {
  ledger_.Asked(1, 1, {Admit("a")});
  ledger_.Recovered(2, Contents({Admit("a")}));
  ledger_.Kept(1, 1);
  EXPECT_THAT(violations_, IsEmpty());
}

TEST_F(RegistryLedgerTest, SeesAGoneAgentThatIsAdmittedAgain) {
  Keep(1, 1, Admit("a"));
  Keep(1, 2, Gone("a"));
  ledger_.Asked(1, 3, {Admit("a")});
  ExpectViolation("admits agent a, which is gone");
}

TEST_F(RegistryLedgerTest, SeesAnAgentIdGivenTwice) {
  Keep(1, 1, Admit("a"));
  ledger_.AgentTaken(1, "a", "one");
  ledger_.AgentTaken(1, "a", "one");
  EXPECT_THAT(violations_, IsEmpty());
  ledger_.AgentTaken(1, "a", "two");
  ExpectViolation("agent id a of one is given to two, too");
}

TEST_F(RegistryLedgerTest, SeesAnAgentThatIsToldTooEarly) {
  ledger_.Asked(1, 1, {Admit("a")});
  ledger_.AgentTaken(1, "a", "one");
  ExpectViolation("tells agent a that it is registered, but it is kept as absent");
}

TEST_F(RegistryLedgerTest, SeesAReturnThatIsToldTooEarly) {
  Keep(1, 1, Admit("a"));
  Keep(1, 2, Unreachable("a"));
  ledger_.Asked(1, 3, {Admit("a")});
  ledger_.AgentTakenBack(1, "a");
  ExpectViolation("tells agent a that it is registered, but it is kept as unreachable");
}

TEST_F(RegistryLedgerTest, SeesALossThatIsToldTooEarly) {
  Keep(1, 1, Admit("a"));
  ledger_.Asked(1, 2, {Unreachable("a")});
  ledger_.LossTold(1, "a");
  ExpectViolation("agent a is lost, but it is kept as admitted");
}

TEST_F(RegistryLedgerTest, AgentIsSettledOnceItIsBackOrGivenUp) {
  Keep(1, 1, Admit("a"));
  Keep(1, 2, Admit("b"));
  ledger_.Recovered(2, Contents({Admit("a"), Admit("b")}));
  EXPECT_FALSE(ledger_.Settled(2, "a"));
  ledger_.AgentTakenBack(2, "a");
  EXPECT_TRUE(ledger_.Settled(2, "a"));
  ledger_.AgentTakenBack(2, "b");
  ledger_.Asked(2, 1, {Unreachable("b")});
  EXPECT_FALSE(ledger_.Settled(2, "b"));
  EXPECT_TRUE(ledger_.MayReturn("b"));
  ledger_.Kept(2, 1);
  EXPECT_TRUE(ledger_.Settled(2, "b"));
  EXPECT_TRUE(ledger_.MayReturn("b"));
  // It came back, but was not told: it may still do so.
  Keep(2, 3, Admit("b"));
  EXPECT_FALSE(ledger_.Settled(2, "b"));
  Keep(2, 4, Gone("b"));
  EXPECT_FALSE(ledger_.MayReturn("b"));
}

}  // namespace
}  // namespace mesos::sim
