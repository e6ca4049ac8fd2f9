#pragma once

// Which process under test holds the other end of a connection on loopback.
//
//   SocketOwners owners;
//   owners.Set("agent0", pid);
//   owners.OwnerOf(40123, 5050);     // "agent0"; empty where none of them has such a connection
//
// Looked up in /proc, so the process may be stopped but not gone. Thread-safe.

#include <sys/types.h>

#include <map>
#include <string>

#include "common/base/mutex.h"

namespace mesos::e2e {

class SocketOwners {
 public:
  // A name that was there before stands for the new process from now on.
  void Set(const std::string& name, pid_t pid);

  // The one that has a TCP connection from `local_port` to `remote_port`, both of 127.0.0.1.
  std::string OwnerOf(int local_port, int remote_port) const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, pid_t> pids_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::e2e
