#pragma once

// A master and agents as real daemons on loopback, each with a directory of its own.
//
//   Cluster cluster;
//   cluster.StartMaster();
//   Agent& agent = cluster.AddAgent({"--resources=cpus:2;mem:512"});
//   agent.Kill(); agent.Start();              // kill -9, then the same agent again
//   Finished done = cluster.Execute({"--command=exit 7"});
//
// The destructor kills the daemons and everything that their agents' launchers still run.

#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/process.h"

namespace mesos::e2e {

// Where the binaries of this build stand.
std::string Binary(const std::string& name);

// Ends every process whose arguments or environment name `directory`: what tasks leave when their
// agent was killed.
void KillEverythingBelow(const std::string& directory);

class Agent {
 public:
  Agent(std::string master, std::string directory, std::vector<std::string> flags);

  // Starts the daemon and waits until it is registered.
  void Start();

  // As Start, but does not wait for anything.
  Process& Launch();

  // kill -9.
  void Kill();

  Process& process() { return *process_; }
  const std::string& directory() const { return directory_; }
  std::vector<std::string>& flags() { return flags_; }

 private:
  std::string master_;
  std::string directory_;
  std::vector<std::string> flags_;
  std::unique_ptr<Process> process_;
};

class Cluster {
 public:
  ~Cluster();

  // `flags` go over the harness's own. On a restart the port and the work directory stay.
  void StartMaster(std::vector<std::string> flags = {});
  void KillMaster();
  Process& master() { return *master_; }
  std::string master_directory() const { return directory_.path() + "/master"; }
  std::string master_address() const { return "127.0.0.1:" + port_; }

  // Starts it and waits until it is registered.
  Agent& AddAgent(std::vector<std::string> flags = {});

  // mesos-execute against this cluster.
  Finished Execute(std::vector<std::string> flags);
  std::unique_ptr<Process> StartExecute(std::vector<std::string> flags);

  // One of the example frameworks, run to its end.
  Finished RunFramework(const std::string& name, std::vector<std::string> flags);

  const std::string& directory() const { return directory_.path(); }

 private:
  TemporaryDirectory directory_;
  std::string port_ = "0";
  std::unique_ptr<Process> master_;
  std::vector<std::unique_ptr<Agent>> agents_;
};

}  // namespace mesos::e2e
