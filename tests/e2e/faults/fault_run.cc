#include "tests/e2e/faults/fault_run.h"

#include <rapidjson/document.h>

#include <cstdio>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "tests/e2e/faults/task_ledger.h"

namespace mesos::e2e {
namespace {

constexpr absl::Duration kUntilWhole = absl::Seconds(60);
constexpr absl::Duration kUntilSettled = absl::Seconds(60);
constexpr size_t kMaxTold = 20;

}  // namespace

FaultRun::FaultRun(Options options, const std::string& directory)
    : options_(options),
      start_(absl::Now()),
      cluster_(directory),
      faults_(cluster_, options.seed) {}

void FaultRun::Say(const std::string& line) const {
  std::printf("%6.1f s  %s\n", absl::ToDoubleSeconds(absl::Now() - start_), line.c_str());
  std::fflush(stdout);
}

void FaultRun::Break(const std::string& what) {
  if (broken_.size() >= kMaxTold) return;
  broken_.push_back(what);
  Say("BROKEN: " + what);
}

bool FaultRun::GoOn(const std::function<bool()>& condition, absl::Duration patience) {
  return Eventually(
      [&] {
        faults_.EndDue();
        faults_.Supervise();
        CheckEnds();
        return !broken_.empty() || condition();
      },
      patience);
}

// Nobody of ours ends unless we end it.
void FaultRun::CheckEnds() {
  for (const std::string& name : cluster_.names()) {
    if (absl::StartsWith(name, "zookeeper")) continue;
    const std::string end = cluster_.member(name).UnexpectedEnd();
    if (!end.empty()) Break(end);
  }
}

bool FaultRun::Strike() {
  for (int i = 1; i <= options_.faults && broken_.empty(); ++i) {
    const absl::Time next = absl::Now() + faults_.Pause();
    GoOn([next] { return absl::Now() >= next; }, absl::InfiniteDuration());
    const std::string what = faults_.Begin();
    Say(absl::StrCat("fault ", i, "/", options_.faults, " seed ", options_.seed, ": ", what));
    if (i % kCalmEvery == 0 && i < options_.faults && !Calm()) return false;
  }
  return broken_.empty();
}

bool FaultRun::Calm() {
  faults_.EndAll();
  const absl::Time begin = absl::Now();
  std::string missing = "not looked yet";
  GoOn(
      [&] {
        missing = cluster_.AwaitWhole(absl::ZeroDuration());
        return missing.empty();
      },
      kUntilWhole);
  if (!missing.empty() && broken_.empty()) Break("after all was healed, " + missing);
  if (!broken_.empty()) return false;
  Say(absl::StrCat("all healed, and whole after ", absl::FormatDuration(absl::Now() - begin), "; ",
                   TaskLedger::Read(cluster_.framework_directory()).Summary()));
  return true;
}

// Every task ends, and how it ended is told.
void FaultRun::Settle() {
  WriteFile(cluster_.framework_directory() + "/drain", "");
  std::vector<std::string> unsettled;
  GoOn(
      [&] {
        unsettled = TaskLedger::Read(cluster_.framework_directory()).Unsettled();
        return unsettled.empty();
      },
      kUntilSettled);
  const TaskLedger ledger = TaskLedger::Read(cluster_.framework_directory());
  if (!ledger.error().empty()) Break("the framework was refused: " + ledger.error());
  for (const std::string& what : ledger.Check({.disks_were_full = faults_.agent_disk_was_full()})) {
    Break(what);
  }
  if (ledger.launched() == 0) Break("no task was launched");
  if (broken_.empty()) Say("settled: " + ledger.Summary());
}

// What the leader tells of the framework's tasks is what the framework was told, once the last
// acknowledgements have come through.
void FaultRun::CompareWithMaster() {
  std::vector<std::string> differences;
  GoOn(
      [&] {
        differences = Differences();
        return differences.empty();
      },
      kUntilSettled);
  if (!broken_.empty()) return;
  for (const std::string& difference : differences) Break(difference);
}

std::vector<std::string> FaultRun::Differences() {
  const std::string leader = cluster_.Leader();
  if (leader.empty()) return {"no master leads"};
  rapidjson::Document state;
  state.Parse(cluster_.Get(leader, "/state").c_str());
  if (state.HasParseError() || !state.IsObject()) return {"no master tells its state"};
  std::vector<std::string> differences;
  const TaskLedger ledger = TaskLedger::Read(cluster_.framework_directory());
  for (const auto& framework : state["frameworks"].GetArray()) {
    if (ledger.framework_id() != framework["id"].GetString()) continue;
    for (const char* list : {"tasks", "unreachable_tasks"}) {
      for (const auto& task : framework[list].GetArray()) {
        differences.push_back(absl::StrCat(leader, " still has ", task["id"].GetString(), " as ",
                                           task["state"].GetString()));
      }
    }
    for (const auto& task : framework["completed_tasks"].GetArray()) {
      const std::string id = task["id"].GetString();
      if (ledger.StateOf(id) != task["state"].GetString()) {
        differences.push_back(absl::StrCat(leader, " has ", id, " as ", task["state"].GetString(),
                                           ", but the framework was told ", ledger.StateOf(id)));
      }
    }
  }
  for (const auto& agent : state["slaves"].GetArray()) {
    if (agent["used_resources"]["cpus"].GetDouble() != 0) {
      differences.push_back(
          absl::StrCat(leader, " has resources of ", agent["hostname"].GetString(), " as used"));
    }
  }
  return differences;
}

// With every task's end acknowledged, a new leader that hears of everything anew has nothing to
// tell.
void FaultRun::FailOverOnceMore() {
  // The last acknowledgements are on their way to the agents' disks.
  const auto acknowledged = [this] {
    for (const std::string& agent : cluster_.agents()) {
      rapidjson::Document state;
      state.Parse(cluster_.Get(agent, "/state").c_str());
      if (state.HasParseError() || !state.IsObject() || !state["frameworks"].Empty()) return false;
    }
    return true;
  };
  if (!GoOn(acknowledged, kUntilSettled)) return Break("an agent waits for an acknowledgement");
  const size_t before = TaskLedger::Read(cluster_.framework_directory()).updates_after_the_end();
  std::vector<std::string> all = cluster_.masters();
  all.insert(all.end(), cluster_.agents().begin(), cluster_.agents().end());
  all.push_back("framework");
  for (const std::string& name : all) cluster_.member(name).Kill();
  for (const std::string& name : all) cluster_.Start(name);
  if (!Calm()) return;
  CompareWithMaster();
  const TaskLedger ledger = TaskLedger::Read(cluster_.framework_directory());
  if (ledger.updates_after_the_end() != before) {
    Break(absl::StrCat(ledger.updates_after_the_end() - before,
                       " updates came again though they had been acknowledged"));
  }
  Say(absl::StrCat("after the last failover: ", ledger.Summary(), "; ", before,
                   " updates had come again"));
}

void FaultRun::CheckLogs() {
  for (const std::string& name : cluster_.names()) {
    if (absl::StartsWith(name, "zookeeper")) continue;
    std::ifstream log(cluster_.log(name));
    std::string line;
    while (std::getline(log, line)) {
      for (const char* sign : {"Check failed", "*** Aborted", "terminate called", "Sanitizer",
                               "runtime error:", "assertion"}) {
        if (absl::StrContains(line, sign)) Break(absl::StrCat(name, "'s log: ", line));
      }
    }
  }
}

std::vector<std::string> FaultRun::Run() {
  cluster_.StartAll();
  if (cluster_.small_disks().empty()) Say("without root no disk is filled up");
  if (Calm() && Strike() && Calm()) {
    Settle();
    CompareWithMaster();
    if (broken_.empty()) FailOverOnceMore();
  }
  CheckLogs();
  if (!broken_.empty()) Say("connections:\n" + cluster_.proxy().Describe());
  return broken_;
}

}  // namespace mesos::e2e
