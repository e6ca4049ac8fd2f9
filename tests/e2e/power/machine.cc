#include "tests/e2e/power/machine.h"

#include <sys/statvfs.h>

#include <filesystem>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

constexpr char kKernel[] = "/usr/bin/linux.uml";
constexpr char kMakeFileSystem[] = "/usr/sbin/mkfs.ext4";
constexpr uint64_t kDiskBytes = 256 << 20;
constexpr uint64_t kMemoryMegabytes = 512;

// Of a machine that only says that it is there.
constexpr char kProbe[] = "#!/bin/sh\nmount -t ext4 /dev/ubda /mnt && echo probe-is-up\nsleep 60\n";

// The machine's memory is a file, which is quick where it stands in memory itself.
bool SharedMemorySuffices() {
  struct statvfs status;
  return statvfs("/dev/shm", &status) == 0 && status.f_bavail * status.f_frsize > kMemoryMegabytes
                                                                                      << 20;
}

bool AnythingUses(const std::string& disk) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (absl::StrContains(ReadFile(entry.path() / "cmdline"), "ubd0=" + disk)) return true;
  }
  return false;
}

}  // namespace

std::string Machine::WhyNot() {
  for (const char* program : {kKernel, kMakeFileSystem}) {
    if (!std::filesystem::exists(program)) {
      return absl::StrCat(program, " is missing: scripts/install-dependencies test");
    }
  }
  TemporaryDirectory directory;
  const std::string script = directory.path() + "/probe";
  WriteFile(script, kProbe);
  std::filesystem::permissions(script, std::filesystem::perms(0755));
  Machine probe(directory.path());
  probe.PowerOn(script);
  const auto up = [&] { return absl::StrContains(probe.Console(), "probe-is-up"); };
  if (Eventually([&] { return up() || !probe.on(); }, absl::Minutes(5)) && up()) return "";
  return absl::StrCat("user-mode-linux does not run on this machine:\n", probe.Console());
}

Machine::Machine(std::string directory) : directory_(std::move(directory)) {
  std::filesystem::create_directories(outside());
  WriteFile(disk(), "");
  std::filesystem::resize_file(disk(), kDiskBytes);
  const Finished made = RunToEnd({kMakeFileSystem, "-q", "-F", disk()});
  EXPECT_EQ(made.status, 0) << made.output;
}

Machine::~Machine() { LosePower(); }

void Machine::PowerOn(const std::string& script,
                      const std::map<std::string, std::string>& variables) {
  std::vector<std::string> argv = {kKernel,
                                   "rootfstype=hostfs",
                                   "rootflags=/",
                                   "ro",
                                   "quiet",
                                   "con=null",
                                   "con0=null,fd:1",
                                   absl::StrCat("mem=", kMemoryMegabytes, "M"),
                                   "ubd0=" + disk(),
                                   "init=" + script,
                                   "outside=" + outside()};
  for (const auto& [name, value] : variables) argv.push_back(absl::StrCat(name, "=", value));
  std::map<std::string, std::string> environment = {{"LD_PRELOAD", MESOS_UML_PTRACE_LIBRARY},
                                                    {"HOME", directory_}};
  if (!SharedMemorySuffices()) environment["TMPDIR"] = directory_;
  process_ = std::make_unique<Process>(argv, environment, console());
}

void Machine::LosePower() {
  if (process_ == nullptr) return;
  // Its helpers, which carry out what is on its way to the disk, are processes of their own.
  EXPECT_TRUE(Eventually([this] {
    KillEverythingBelow(directory_);
    process_->Running();  // reaps it
    return !AnythingUses(disk());
  })) << "a machine that lost its power runs on";
  process_ = nullptr;
}

}  // namespace mesos::e2e
