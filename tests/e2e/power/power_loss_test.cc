// A master, an agent, a framework and an operator on a machine that loses its power again and
// again.
//
//   power_loss_test [--losses=8] [--seed=1] [--directory=...]
//
// The directory keeps what was told where the run fails, or where it was named.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <regex>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/faults/task_ledger.h"
#include "tests/e2e/power/machine.h"
#include "tests/e2e/power/power_ledger.h"

namespace mesos::e2e {
namespace {

// Of a machine on a loaded host.
constexpr absl::Duration kPatient = absl::Minutes(10);
constexpr int kAnewEvery = 7;

// A file system that does no more than it has promised: it neither writes before it is told to nor
// keeps a file's bytes and its size in order.
constexpr char kStrictDisk[] = "commit=300,data=writeback,noauto_da_alloc";

int losses = 8;
uint64_t seed = 1;
std::string directory;

class PowerRun {
 public:
  explicit PowerRun(const std::string& directory)
      : start_(absl::Now()), random_(seed), machine_(directory) {
    for (const char* name : {"logs", "framework/runs"})
      std::filesystem::create_directories(machine_.outside() + "/" + name);
  }

  std::vector<std::string> Run() {
    for (int i = 1; i <= losses && broken_.empty(); ++i) LivesAndLosesPower(i);
    if (broken_.empty()) Settle();
    CheckLogs();
    return broken_;
  }

 private:
  void Say(const std::string& line) const {
    std::printf("%6.1f s  %s\n", absl::ToDoubleSeconds(absl::Now() - start_), line.c_str());
    std::fflush(stdout);
  }
  void Break(const std::string& what) {
    broken_.push_back(what);
    Say("BROKEN: " + what);
  }

  void PowerOn(const std::string& anew) {
    machine_.PowerOn(
        MESOS_POWER_SCRIPTS "/cluster.sh",
        {{"binaries", MESOS_BINARIES}, {"scripts", MESOS_POWER_SCRIPTS}, {"anew", anew}});
  }

  // False where it does not come true, or something ended that should not.
  bool Await(const std::function<bool()>& condition) {
    const std::string ended = machine_.outside() + "/ended";
    bool whole = true;
    const bool came = Eventually(
        [&] {
          whole = machine_.on() && !std::filesystem::exists(ended);
          return !whole || condition();
        },
        kPatient);
    if (whole) return came;
    Break(machine_.on() ? ReadFile(ended) : "the machine ended by itself: " + machine_.Console());
    return false;
  }

  // How much was told outside, by anybody.
  uint64_t Told() const {
    uint64_t bytes = 0;
    std::error_code gone;
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(machine_.outside(), gone)) {
      if (file.is_regular_file(gone)) bytes += file.file_size(gone);
    }
    return bytes;
  }

  // The moment is told in bytes, so that it does not depend on how fast this machine is: early ones
  // are within the start of the daemons, late ones after some seconds of work.
  void LivesAndLosesPower(int number) {
    const bool anew = number > 1 && random_() % kAnewEvery == 0;
    const uint64_t moment = random_() % (number % 3 == 0 ? 6'000 : 30'000);
    const absl::Time on = absl::Now();
    PowerOn(anew ? absl::StrCat("before", number) : "");
    const uint64_t before = Told();
    if (!Await([&] { return Told() >= before + moment; }) && broken_.empty()) {
      Break(absl::StrCat("the cluster stands still: ", Told() - before, " bytes of ", moment));
    }
    machine_.LosePower();
    Judge(anew);
    Say(absl::StrCat(
        "loss ", number, "/", losses, " seed ", seed, ": ", anew ? "a new agent, " : "", moment,
        " bytes, ", absl::FormatDuration(absl::Trunc(absl::Now() - on, absl::Milliseconds(1))),
        power_.looked() ? "" : ", before the master answered", "; weight ", power_.weight(), ", ",
        TaskLedger::Read(machine_.outside() + "/framework").Summary()));
  }

  // What the file has since the last look, as far as its last whole line.
  std::string Fresh(const std::string& name) {
    const std::string all = ReadFile(machine_.outside() + "/" + name);
    const size_t end = all.rfind('\n') == std::string::npos ? 0 : all.rfind('\n') + 1;
    const size_t begin = std::min(std::exchange(read_[name], end), end);
    return all.substr(begin, end - begin);
  }

  void Judge(bool anew) {
    PowerLedger::Life life;
    life.anew = anew;
    life.operator_entries = Journal::Parse(Fresh("operator"));
    life.framework_entries = Journal::Parse(Fresh("framework/journal"));
    const std::string log = Fresh("logs/agent");
    const std::regex registered("egistered with master [^ ]* agent=([^ \n]+)");
    for (std::sregex_iterator it(log.begin(), log.end(), registered), end; it != end; ++it)
      life.agent_ids.push_back((*it)[1]);
    const size_t known = power_.broken().size();
    power_.Lost(life);
    for (size_t i = known; i < power_.broken().size(); ++i) Break(power_.broken()[i]);
  }

  // Every task ends, and how it ended is told.
  void Settle() {
    WriteFile(machine_.outside() + "/framework/drain", "");
    PowerOn("");
    const auto ledger = [this] { return TaskLedger::Read(machine_.outside() + "/framework"); };
    const bool settled = Await([&] { return ledger().Unsettled().empty(); });
    machine_.LosePower();
    Judge(/*anew=*/false);
    if (!settled) Break("not settled: " + absl::StrJoin(ledger().Unsettled(), ", "));
    if (!ledger().error().empty()) Break("the framework was refused: " + ledger().error());
    for (const std::string& what : ledger().Check({.machines_lost_power = true})) Break(what);
    if (ledger().launched() == 0) Break("no task was launched");
    Say("settled: " + ledger().Summary());
  }

  void CheckLogs() {
    for (const char* name : {"master", "agent", "framework", "operator"}) {
      std::ifstream log(machine_.outside() + "/logs/" + name);
      std::string line;
      while (std::getline(log, line)) {
        for (const char* sign : {"Check failed", "*** Aborted", "terminate called", "Sanitizer",
                                 "runtime error:", "assertion", "Traceback"}) {
          if (absl::StrContains(line, sign)) Break(absl::StrCat(name, "'s log: ", line));
        }
      }
    }
  }

  const absl::Time start_;
  std::mt19937_64 random_;
  Machine machine_;
  PowerLedger power_;
  std::map<std::string, size_t> read_;  // bytes, by file
  std::vector<std::string> broken_;
};

TEST(MachineTest, LosesWhatWasNotSynced) {
  if (const std::string why = Machine::WhyNot(); !why.empty()) GTEST_SKIP() << why;
  TemporaryDirectory home;
  const std::string script = home.path() + "/script";
  WriteFile(script,
            "#!/bin/sh\nmount -t ext4 /dev/ubda /mnt\necho found $(cd /mnt && ls)\n"
            "echo 1 > /mnt/synced && sync && echo 1 > /mnt/written && echo done\nsleep 600\n");
  std::filesystem::permissions(script, std::filesystem::perms(0755));
  Machine machine(home.path() + "/machine");
  machine.PowerOn(script);
  EXPECT_TRUE(Eventually([&] { return absl::StrContains(machine.Console(), "done"); }, kPatient));
  machine.LosePower();
  EXPECT_FALSE(machine.on());
  machine.PowerOn(script);
  const auto done = [&] { return absl::StrContains(machine.Console(), "synced\r\ndone"); };
  EXPECT_TRUE(Eventually(done, kPatient)) << machine.Console();
}

TEST(PowerLossTest, WhatComesBackTellsTheTruth) {
  if (const std::string why = Machine::WhyNot(); !why.empty()) GTEST_SKIP() << why;
  const bool keep = !directory.empty();
  if (!keep) {
    std::string pattern = (std::filesystem::temp_directory_path() / "mesos-power.XXXXXX").string();
    directory = mkdtemp(pattern.data());
  }
  std::vector<std::string> broken;
  {
    // Not the directory itself: all whose arguments name the machine's are killed at its end.
    PowerRun run(directory + "/machine");
    broken = run.Run();
  }
  EXPECT_TRUE(broken.empty()) << absl::StrJoin(broken, "\n") << "\n\nlogs: " << directory
                              << "/machine/outside; again: scripts/power-loss " << losses
                              << " --seed=" << seed;
  std::error_code ignored;
  if (broken.empty() && !HasFailure() && !keep) std::filesystem::remove_all(directory, ignored);
}

// False where an argument is none of ours.
bool Parse(absl::string_view argument) {
  if (absl::ConsumePrefix(&argument, "--losses=")) {
    return absl::SimpleAtoi(argument, &losses) && losses > 0;
  }
  if (absl::ConsumePrefix(&argument, "--seed=")) return absl::SimpleAtoi(argument, &seed);
  if (!absl::ConsumePrefix(&argument, "--directory=")) return false;
  directory = std::string(argument);
  return !directory.empty();
}

}  // namespace
}  // namespace mesos::e2e

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (mesos::e2e::Parse(argv[i])) continue;
    std::fprintf(stderr,
                 "power_loss_test: cannot use '%s'; it takes --losses=N, --seed=S and "
                 "--directory=PATH\n",
                 argv[i]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
