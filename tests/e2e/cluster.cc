#include "tests/e2e/cluster.h"

#include <signal.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace mesos::e2e {
void KillEverythingBelow(const std::string& directory) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    int pid;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid)) continue;
    const std::string environment = ReadFile(entry.path() / "environ");
    const std::string arguments = ReadFile(entry.path() / "cmdline");
    if (absl::StrContains(environment, directory) || absl::StrContains(arguments, directory)) {
      kill(pid, SIGKILL);
    }
  }
}

std::string Binary(const std::string& name) { return absl::StrCat(MESOS_BINARIES, "/", name); }

Agent::Agent(std::string master, std::string directory, std::vector<std::string> flags)
    : master_(std::move(master)), directory_(std::move(directory)), flags_(std::move(flags)) {
  std::filesystem::create_directories(directory_);
}

Process& Agent::Launch() {
  std::vector<std::string> argv = {Binary("mesos-agent"),
                                   "--master=" + master_,
                                   "--ip=127.0.0.1",
                                   "--port=0",
                                   "--work_dir=" + directory_,
                                   "--runtime_dir=" + directory_ + "/run",
                                   "--registration_backoff_factor=20ms"};
  bool resources = false;
  for (const std::string& flag : flags_) {
    argv.push_back(flag);
    resources |= absl::StartsWith(flag, "--resources=");
  }
  if (!resources) argv.push_back("--resources=cpus:4;mem:2048;disk:1024;ports:[31000-32000]");
  process_.reset();
  process_ = std::make_unique<Process>(argv);
  return *process_;
}

void Agent::Start() {
  Launch().AwaitOutput("[Rr]egistered");
  // Its id is written down a moment after it is told.
  EXPECT_TRUE(Eventually(
      [this] { return std::filesystem::exists(directory_ + "/meta/slaves/latest/slave.info"); }));
}

void Agent::Kill() {
  process_->Signal(SIGKILL);
  process_->AwaitExit();
}

Cluster::~Cluster() {
  agents_.clear();
  master_.reset();
  KillEverythingBelow(directory_.path());
}

void Cluster::StartMaster(std::vector<std::string> flags) {
  std::vector<std::string> argv = {Binary("mesos-master"), "--ip=127.0.0.1", "--port=" + port_,
                                   "--work_dir=" + master_directory()};
  argv.insert(argv.end(), flags.begin(), flags.end());
  master_ = std::make_unique<Process>(argv);
  port_ = master_->AwaitOutput("listening on [^ ]*:([0-9]+)");
}

void Cluster::KillMaster() {
  master_->Signal(SIGKILL);
  master_->AwaitExit();
}

Agent& Cluster::AddAgent(std::vector<std::string> flags) {
  agents_.push_back(std::make_unique<Agent>(
      master_address(), absl::StrCat(directory_.path(), "/agent", agents_.size()),
      std::move(flags)));
  agents_.back()->Start();
  return *agents_.back();
}

std::unique_ptr<Process> Cluster::StartExecute(std::vector<std::string> flags) {
  std::vector<std::string> argv = {Binary("mesos-execute"), "--master=" + master_address(),
                                   "--name=e2e"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return std::make_unique<Process>(argv);
}

Finished Cluster::Execute(std::vector<std::string> flags) {
  auto process = StartExecute(std::move(flags));
  const int status = process->AwaitExit();
  return {status, process->Output()};
}

Finished Cluster::RunFramework(const std::string& name, std::vector<std::string> flags) {
  std::vector<std::string> argv = {Binary(name), "--master=" + master_address()};
  argv.insert(argv.end(), flags.begin(), flags.end());
  return RunToEnd(argv);
}

}  // namespace mesos::e2e
