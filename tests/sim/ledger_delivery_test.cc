// Each rule is shown a history that breaks it, and one that does not.

#include "tests/sim/ledger_delivery.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::sim {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class DeliveryLedgerTest : public ::testing::Test {
 protected:
  DeliveryLedgerTest()
      : ledger_([this](const std::string& what) { violations_.push_back(what); }) {}

  void Sent(v1::TaskState state, const std::string& uuid) {
    v1::TaskStatus status;
    status.mutable_task_id()->set_value("t");
    status.set_state(state);
    status.set_uuid(uuid);
    ledger_.Sent("machine", status);
  }

  std::vector<std::string> violations_;
  DeliveryLedger ledger_;
};

TEST_F(DeliveryLedgerTest, AnHonestDeliveryBreaksNoRule) {
  Sent(v1::TASK_RUNNING, "1");
  ledger_.AcknowledgementHeard("1");
  Sent(v1::TASK_RUNNING, "1");
  ledger_.AcknowledgementWritten("1");
  ledger_.Written("2");
  Sent(v1::TASK_FINISHED, "2");
  ledger_.Ended("machine");
  EXPECT_EQ(ledger_.Unacknowledged(), 1u);
  Sent(v1::TASK_FINISHED, "2");
  ledger_.AcknowledgementHeard("2");
  ledger_.CheckEnd();
  EXPECT_THAT(violations_, IsEmpty());
}

TEST_F(DeliveryLedgerTest, SeesAnUpdateThatIsSentAfterItsAcknowledgementIsOnDisk) {
  Sent(v1::TASK_RUNNING, "1");
  ledger_.AcknowledgementWritten("1");
  Sent(v1::TASK_RUNNING, "1");
  EXPECT_THAT(violations_, Contains(HasSubstr("TASK_RUNNING of task t is sent again")));
}

TEST_F(DeliveryLedgerTest, SeesAnEndThatIsNeverAcknowledged) {
  ledger_.Written("1");
  Sent(v1::TASK_FINISHED, "1");
  ledger_.Ended("machine");
  ledger_.CheckEnd();
  EXPECT_THAT(violations_, Contains(HasSubstr("the end of task t on machine")));
}

TEST_F(DeliveryLedgerTest, EndThatWasInMemoryOnlyEndsWithItsProcess) {
  Sent(v1::TASK_DROPPED, "1");
  ledger_.Ended("another");
  EXPECT_EQ(ledger_.Unacknowledged(), 1u);
  ledger_.Ended("machine");
  ledger_.CheckEnd();
  EXPECT_THAT(violations_, IsEmpty());
}

TEST_F(DeliveryLedgerTest, NothingIsHeardOfAMachineThatWasWiped) {
  ledger_.Written("1");
  Sent(v1::TASK_FINISHED, "1");
  ledger_.Wiped("machine");
  ledger_.CheckEnd();
  EXPECT_THAT(violations_, IsEmpty());
}

}  // namespace
}  // namespace mesos::sim
