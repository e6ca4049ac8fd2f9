#pragma once

// The processes below this one, however they were forked: as child subreaper the launcher stays an
// ancestor of all that its command starts, also of what changes its session or loses its parent.
//
//   SignalDescendants(SIGTERM);
//   KillDescendants(reaped);      // SIGKILL until none is left
//
// Walks /proc by parent. Linux; single-threaded.

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace mesos::launcher {

// Parents before their children; zombies are left out.
std::vector<pid_t> Descendants();

// Sends `signal`, then SIGCONT (a stopped process would not see the signal), to every descendant,
// and to those that are forked meanwhile.
void SignalDescendants(int signal);

// Stops every descendant so that none can fork away, kills them, and reaps until none is left: as
// long as that takes, since what hangs in the kernel still uses what the container was given.
// `reaped` hears of each child.
void KillDescendants(const std::function<void(pid_t, int)>& reaped);

}  // namespace mesos::launcher
