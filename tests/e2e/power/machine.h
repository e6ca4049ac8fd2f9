#pragma once

// A whole Linux machine as processes of this one: Debian's user-mode-linux, with a disk of its own,
// this machine's files to read, and one directory of it to write ("outside").
//
//   if (const std::string why = Machine::WhyNot(); !why.empty()) GTEST_SKIP() << why;
//   Machine machine(directory);                    // an empty disk
//   machine.PowerOn(script, {{"name", "value"}});  // runs `script NAME`s as its first process
//   machine.LosePower();                           // what was not synced to the disk is gone
//
//   off ──PowerOn──▶ on ──LosePower, or its own end──▶ off
//
// The script finds its variables in its environment, the disk as /dev/ubda, and the path of the
// outside directory as $outside (to be mounted with hostfs; "sync" makes a write there outlive the
// machine once it has returned). Not thread-safe.

#include <map>
#include <memory>
#include <string>

#include "tests/e2e/process.h"

namespace mesos::e2e {

class Machine {
 public:
  // Why machines cannot run here; empty where they can. Starts one to find out.
  static std::string WhyNot();

  // Makes the disk and the outside directory below `directory`, which stays.
  explicit Machine(std::string directory);
  ~Machine();

  void PowerOn(const std::string& script, const std::map<std::string, std::string>& variables = {});

  // Ends all of its processes at once. The disk has what was written to it, and no more.
  void LosePower();

  bool on() { return process_ != nullptr && process_->Running(); }

  // What its kernel and script have printed, since the first time that it was on.
  std::string Console() const { return ReadFile(console()); }
  std::string outside() const { return directory_ + "/outside"; }

 private:
  std::string console() const { return directory_ + "/console"; }
  std::string disk() const { return directory_ + "/disk"; }

  const std::string directory_;
  std::unique_ptr<Process> process_;
};

}  // namespace mesos::e2e
