#pragma once

// One process of a cluster under faults: started again and again with the same command, its output
// in one file.
//
//   Member master("master0", argv, environment, directory + "/logs/master0");
//   master.Start();
//   master.Kill();  master.Start();
//   master.UnexpectedEnd();        // empty, or how it ended though nobody had killed it
//
//   down ──Start──▶ up ──Pause──▶ paused ──Resume──▶ up ──Kill, Terminate──▶ down

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/process.h"

namespace mesos::e2e {

class Member {
 public:
  enum class State { kDown, kUp, kPaused };

  Member(std::string name, std::vector<std::string> argv,
         std::map<std::string, std::string> environment, std::string log);

  void Start();
  void Kill();    // kill -9
  void Pause();   // SIGSTOP
  void Resume();  // SIGCONT
  // SIGTERM; it is to end with status 0, else UnexpectedEnd tells.
  void Terminate();

  // Of one that is up: how it ended by itself. It is down then.
  std::string UnexpectedEnd();

  const std::string& name() const { return name_; }
  const std::string& log() const { return log_; }
  State state() const { return state_; }
  pid_t pid() const { return process_ == nullptr ? -1 : process_->pid(); }

 private:
  const std::string name_;
  const std::vector<std::string> argv_;
  const std::map<std::string, std::string> environment_;
  const std::string log_;
  State state_ = State::kDown;
  std::string unexpected_;
  std::unique_ptr<Process> process_;
};

}  // namespace mesos::e2e
