// The checkers must be able to fail: each rule is shown a history that breaks it, and one that does
// not.

#include "tests/sim/ledger.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LedgerTest : public ::testing::Test {
 protected:
  LedgerTest() : world_(1), ledger_(world_) {
    ledger_.AgentRegistered(1, "machine", "a", {4000, 1'024'000});
    ledger_.Launched("t", "f", "a", {1000, 128'000});
  }

  void Told(v1::TaskState state, const std::string& uuid) {
    v1::TaskStatus status;
    status.mutable_task_id()->set_value("t");
    status.set_state(state);
    if (!uuid.empty()) status.set_uuid(uuid);
    if (uuid.empty()) status.set_reason(v1::TaskStatus::REASON_RECONCILIATION);
    ledger_.Told("t", status);
  }

  v1::Offer Offer(const std::string& id, double cpus) {
    v1::Offer offer;
    offer.mutable_id()->set_value(id);
    offer.mutable_agent_id()->set_value("a");
    offer.mutable_framework_id()->set_value("f");
    v1::Resource* resource = offer.add_resources();
    resource->set_name("cpus");
    resource->mutable_scalar()->set_value(cpus);
    return offer;
  }

  void ExpectViolation(const std::string& text) {
    EXPECT_THAT(ledger_.violations(), Contains(HasSubstr(text)));
  }

  World world_;
  Ledger ledger_;
};

TEST_F(LedgerTest, AnHonestLifeBreaksNoRule) {
  ledger_.ContainerStarted("t");
  Told(v1::TASK_STARTING, "1");
  Told(v1::TASK_RUNNING, "2");
  ledger_.ContainerEnded("t", 0);
  Told(v1::TASK_FINISHED, "3");
  Told(v1::TASK_FINISHED, "3");
  Told(v1::TASK_GONE, "");
  Told(v1::TASK_GONE_BY_OPERATOR, "");
  ledger_.CheckEnd();
  EXPECT_THAT(ledger_.violations(), IsEmpty());
}

TEST_F(LedgerTest, SeesAKillForHealthThatWasNotBad) {
  ledger_.ContainerStarted("t");
  ledger_.CheckFailed("t");
  ledger_.ContainerEnded("t", 15);
  v1::TaskStatus status;
  status.set_state(v1::TASK_KILLED);
  status.set_healthy(false);
  status.set_uuid("1");
  ledger_.Told("t", status);
  ExpectViolation("but nobody asked for it");
}

TEST_F(LedgerTest, KillForBadHealthBreaksNoRule) {
  ledger_.ContainerStarted("t");
  for (uint32_t i = 0; i < kConsecutiveFailures; ++i) ledger_.CheckFailed("t");
  ledger_.ContainerEnded("t", 15);
  v1::TaskStatus status;
  status.set_state(v1::TASK_KILLED);
  status.set_healthy(false);
  status.set_uuid("1");
  ledger_.Told("t", status);
  EXPECT_THAT(ledger_.violations(), IsEmpty());
}

TEST_F(LedgerTest, SeesBadHealthThatNoCheckFound) {
  ledger_.ContainerStarted("t");
  v1::TaskStatus status;
  status.set_state(v1::TASK_RUNNING);
  status.set_healthy(false);
  ledger_.Told("t", status);
  ExpectViolation("told unhealthy");
}

TEST_F(LedgerTest, ATaskThatIsUnknownComesBackOnlyWithAnAgentThatWasForgotten) {
  ledger_.ContainerStarted("t");
  Told(v1::TASK_UNKNOWN, "");
  ledger_.AgentForgotten("a");
  Told(v1::TASK_RUNNING, "1");
  EXPECT_THAT(ledger_.violations(), IsEmpty());
  ledger_.AgentForgotten("b");
  ledger_.Launched("u", "f", "c", {});
  ledger_.ContainerStarted("u");
  v1::TaskStatus status;
  for (const v1::TaskState state : {v1::TASK_UNKNOWN, v1::TASK_RUNNING}) {
    status.set_state(state);
    ledger_.Told("u", status);
  }
  ExpectViolation("was TASK_UNKNOWN and is told TASK_RUNNING");
}

TEST_F(LedgerTest, SeesASecondContainer) {
  ledger_.ContainerStarted("t");
  ledger_.ContainerEnded("t", 0);
  ledger_.ContainerStarted("t");
  ExpectViolation("second container");
}

TEST_F(LedgerTest, SeesALateStart) {
  Told(v1::TASK_GONE, "");
  ledger_.ContainerStarted("t");
  ExpectViolation("starts after");
}

TEST_F(LedgerTest, SeesALateStartOfATaskThatTheDriverLost) {
  v1::TaskStatus lost;
  lost.set_state(v1::TASK_LOST);
  lost.set_reason(v1::TaskStatus::REASON_MASTER_DISCONNECTED);
  ledger_.Told("t", lost);
  ledger_.ContainerStarted("t");
  ExpectViolation("starts after");
}

TEST_F(LedgerTest, TaskOfAnAgentThatWasGivenUpMayStart) {
  v1::TaskStatus lost;
  lost.set_state(v1::TASK_LOST);
  lost.set_reason(v1::TaskStatus::REASON_AGENT_REMOVED);
  ledger_.Told("t", lost);
  ledger_.ContainerStarted("t");
  EXPECT_THAT(ledger_.violations(), IsEmpty());
}

TEST_F(LedgerTest, TaskOfAGoneAgentMayStartUntilTheAgentHears) {
  ledger_.GoneAsked(ledger_.AgentOf("machine"));
  Told(v1::TASK_GONE_BY_OPERATOR, "");
  ledger_.ContainerStarted("t");
  EXPECT_THAT(ledger_.violations(), IsEmpty());
}

TEST_F(LedgerTest, SeesAnUpdateAfterTheEnd) {
  ledger_.ContainerStarted("t");
  ledger_.ContainerEnded("t", 0);
  Told(v1::TASK_FINISHED, "3");
  Told(v1::TASK_RUNNING, "2");
  ExpectViolation("was TASK_FINISHED and is told TASK_RUNNING");
}

TEST_F(LedgerTest, ReconciliationMayTellOfAnUnreachableAgentAfterTheEnd) {
  v1::TaskStatus dropped;
  dropped.set_state(v1::TASK_DROPPED);
  dropped.set_reason(v1::TaskStatus::REASON_INVALID_OFFERS);
  ledger_.Told("t", dropped);
  Told(v1::TASK_UNREACHABLE, "");
  EXPECT_THAT(ledger_.violations(), IsEmpty());
  dropped.set_state(v1::TASK_UNREACHABLE);
  dropped.set_reason(v1::TaskStatus::REASON_AGENT_REMOVED);
  ledger_.Told("t", dropped);
  ExpectViolation("was TASK_DROPPED and is told TASK_UNREACHABLE");
}

TEST_F(LedgerTest, SeesAFalseEnd) {
  ledger_.ContainerStarted("t");
  ledger_.ContainerEnded("t", 3 << 8);
  Told(v1::TASK_FINISHED, "3");
  ExpectViolation("did not end with 0");
}

TEST_F(LedgerTest, SeesAnEndWhileItRuns) {
  ledger_.ContainerStarted("t");
  Told(v1::TASK_GONE, "");
  ExpectViolation("but its command runs");
}

TEST_F(LedgerTest, SeesAKillThatNobodyAskedFor) {
  Told(v1::TASK_KILLED, "3");
  ExpectViolation("nobody asked");
}

TEST_F(LedgerTest, SeesATaskThatNeverEnds) {
  Told(v1::TASK_RUNNING, "1");
  ledger_.CheckEnd();
  ExpectViolation("never ended");
}

TEST_F(LedgerTest, SeesResourcesOfferedTwice) {
  ledger_.OfferMade(1, Offer("o1", 3));
  EXPECT_THAT(ledger_.violations(), IsEmpty());
  ledger_.OfferMade(1, Offer("o2", 2));
  ExpectViolation("offer o2");
}

TEST_F(LedgerTest, SeesAnOfferOfWhatAContainerUses) {
  ledger_.ContainerStarted("t");
  ledger_.OfferMade(1, Offer("o1", 3.5));
  ExpectViolation("offer o1");
}

TEST_F(LedgerTest, SeesResourcesThatNobodyIsOffered) {
  ledger_.OfferMade(1, Offer("o1", 3));
  ledger_.CheckAllOffered();
  ExpectViolation("of machine only");
}

TEST_F(LedgerTest, OffersThatEndedDoNotCount) {
  ledger_.OfferMade(1, Offer("o1", 3));
  ledger_.OfferGone("o1");
  ledger_.OfferMade(1, Offer("o2", 3));
  ledger_.OffersOfFrameworkGone(1, "f");
  ledger_.OfferMade(1, Offer("o3", 4));
  EXPECT_THAT(ledger_.violations(), IsEmpty());
}

}  // namespace
}  // namespace mesos::sim
