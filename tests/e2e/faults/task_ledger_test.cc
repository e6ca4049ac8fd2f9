// The reckoning itself: what it must let pass, and what it must find.

#include "tests/e2e/faults/task_ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "tests/e2e/faults/journal.h"
#include "tests/e2e/process.h"

namespace mesos::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A ledger of one task "t", that ends by itself with `code`: what was told, and what it did.
TaskLedger Ledger(const std::vector<std::string>& told, const std::vector<std::string>& run,
                  const std::string& code = "0", const std::string& end = "end") {
  std::vector<Journal::Entry> entries = {{"framework", "f"}, {"launch", "t", "agent", code, end}};
  for (const std::string& state : told) {
    entries.push_back({"update", "t", state, "-", "SOURCE_EXECUTOR", "0a"});
  }
  return TaskLedger(entries, {{"t", run}});
}

std::vector<std::string> Check(const TaskLedger& ledger) { return ledger.Check({}); }

TEST(TaskLedgerTest, TakesTrueEnds) {
  EXPECT_THAT(Check(Ledger({"TASK_RUNNING", "TASK_FINISHED"}, {"start", "end 0"})), IsEmpty());
  EXPECT_THAT(Check(Ledger({"TASK_FINISHED", "TASK_FINISHED"}, {"start", "end 0"})), IsEmpty());
  EXPECT_THAT(Check(Ledger({"TASK_FAILED"}, {"start", "end 3"}, "3")), IsEmpty());
  EXPECT_THAT(Check(Ledger({"TASK_KILLED"}, {"start"}, "0", "kill")), IsEmpty());
  EXPECT_THAT(Check(Ledger({"TASK_UNREACHABLE", "TASK_GONE"}, {})), IsEmpty());
}

TEST(TaskLedgerTest, FindsATaskThatRanTwice) {
  EXPECT_THAT(Check(Ledger({"TASK_FINISHED"}, {"start", "start", "end 0"})),
              ElementsAre(HasSubstr("ran 2 times")));
}

TEST(TaskLedgerTest, FindsEndsThatWereNotTold) {
  const TaskLedger ledger = Ledger({"TASK_RUNNING"}, {"start", "end 0"});
  EXPECT_THAT(Check(ledger), ElementsAre(HasSubstr("is not told ended")));
  EXPECT_THAT(ledger.Unsettled(), ElementsAre(HasSubstr("t (TASK_RUNNING)")));
  EXPECT_THAT(Ledger({}, {}).Unsettled(), ElementsAre(HasSubstr("nothing told")));
}

TEST(TaskLedgerTest, ATaskThatLostItsPowerMayBeToldFailedAndNothingElse) {
  const auto check = [](const std::string& before, const std::vector<std::string>& after) {
    std::vector<Journal::Entry> entries = {{"instance", "1"}, {"launch", "t", "agent", "0", "end"}};
    const auto told = [&](const std::string& state) {
      if (!state.empty()) entries.push_back({"update", "t", state, "-", "SOURCE_AGENT", "0a"});
    };
    told(before);
    entries.push_back({"instance", "2"});
    for (const std::string& state : after) told(state);
    return TaskLedger(entries, {{"t", {"start"}}}).Check({.machines_lost_power = true});
  };
  EXPECT_THAT(check("TASK_RUNNING", {"TASK_FAILED"}), IsEmpty());
  EXPECT_THAT(check("", {"TASK_GONE", "TASK_UNKNOWN"}), IsEmpty());
  EXPECT_THAT(check("TASK_FAILED", {}), ElementsAre(HasSubstr("did not fail by itself")));
  EXPECT_THAT(check("TASK_RUNNING", {"TASK_FINISHED"}), ElementsAre(HasSubstr("did not finish")));
  EXPECT_THAT(check("TASK_GONE", {"TASK_FAILED"}), ElementsAre(HasSubstr("also told TASK_FAILED")));
}

TEST(TaskLedgerTest, FindsUntrueEnds) {
  EXPECT_THAT(Check(Ledger({"TASK_FINISHED"}, {"start"})), ElementsAre(HasSubstr("not finish")));
  EXPECT_THAT(Check(Ledger({"TASK_FINISHED"}, {"start", "end 3"}, "3")),
              ElementsAre(HasSubstr("did not finish")));
  EXPECT_THAT(Check(Ledger({"TASK_GONE"}, {"start", "end 0"})),
              ElementsAre(HasSubstr("it finished")));
  EXPECT_THAT(Check(Ledger({"TASK_DROPPED"}, {"start", "end 3"}, "3")),
              ElementsAre(HasSubstr("failed with status 3")));
  EXPECT_THAT(Check(Ledger({"TASK_FAILED"}, {"start"})), ElementsAre(HasSubstr("by itself")));
  EXPECT_THAT(Check(Ledger({"TASK_FAILED"}, {})), ElementsAre(HasSubstr("never ran")));
  EXPECT_THAT(Check(Ledger({"TASK_KILLED"}, {"start"})), ElementsAre(HasSubstr("to be killed")));
  EXPECT_THAT(Check(Ledger({"TASK_GONE"}, {"start"})), ElementsAre(HasSubstr("did not end")));
}

TEST(TaskLedgerTest, FindsAnEndThatChanged) {
  EXPECT_THAT(Check(Ledger({"TASK_GONE", "TASK_RUNNING", "TASK_FINISHED"}, {"start", "end 0"})),
              ElementsAre(HasSubstr("also told TASK_FINISHED, TASK_RUNNING")));
  EXPECT_EQ(Ledger({"TASK_FINISHED", "TASK_FINISHED"}, {}).updates_after_the_end(), 1);
}

TEST(TaskLedgerTest, FindsTasksThatNobodyLaunched) {
  const TaskLedger ledger({{"update", "x", "TASK_RUNNING", "-", "-", "-"}}, {{"y", {"start"}}});
  EXPECT_THAT(Check(ledger), ElementsAre(HasSubstr("x"), HasSubstr("y")));
}

TEST(TaskLedgerTest, AFullDiskExcusesAFailureToStartAndNothingElse) {
  const TaskLedger::Leniency full{.disks_were_full = true};
  EXPECT_THAT(Ledger({"TASK_FAILED"}, {}).Check(full), IsEmpty());
  EXPECT_THAT(Ledger({"TASK_DROPPED"}, {"start"}).Check(full),
              ElementsAre(HasSubstr("did not end")));
  EXPECT_THAT(Ledger({"TASK_FAILED"}, {"start"}).Check(full), ElementsAre(HasSubstr("by itself")));
  EXPECT_THAT(Ledger({"TASK_FINISHED"}, {"start", "start", "end 0"}).Check(full),
              ElementsAre(HasSubstr("ran 2 times")));
}

TEST(JournalTest, LeavesOutALineThatWasNotWrittenToItsEnd) {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/journal";
  Journal(path).Write({"launch", "a b", ""});
  WriteFile(path, ReadFile(path) + "update t");
  EXPECT_THAT(Journal::Read(path), ElementsAre(ElementsAre("launch", "a_b", "-")));
  Journal(path).Write({"next"});
  EXPECT_THAT(Journal::Read(path),
              ElementsAre(ElementsAre("launch", "a_b", "-"), ElementsAre("next")));
}

}  // namespace
}  // namespace mesos::e2e
