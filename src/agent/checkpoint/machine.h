#pragma once

// The machine that a work directory stands on. A copy of the directory holds the checkpoints of an
// agent that runs elsewhere: whoever took them up would tell what became of tasks that it does not
// run.
//
//   MachineIdentity now = ReadMachineIdentity(work_directory);
//   if (std::string why = WhyCopied(then, now, same_boot, agent_id); !why.empty()) ...
//
// Blocks on the disk. Thread-safe.

#include <string>

namespace mesos::agent {

// What is not known is empty.
struct MachineIdentity {
  std::string machine_id;      // of the installed system; clones often share it
  std::string product_id;      // of the hardware, or of the virtual machine; root alone may read it
  std::string work_directory;  // its path without links

  bool operator==(const MachineIdentity&) const = default;
};

MachineIdentity ReadMachineIdentity(const std::string& work_directory);

// Why what agent `agent_id` wrote on `then` is not where that agent was, in words; empty where
// nothing speaks for that. It is a copy where another machine wrote it, or where the directory that
// it was written into is another one and still that agent's. One that was moved is not. With
// `same_boot` the machine is known to be the same.
std::string WhyCopied(const MachineIdentity& then, const MachineIdentity& now, bool same_boot,
                      const std::string& agent_id);

}  // namespace mesos::agent
