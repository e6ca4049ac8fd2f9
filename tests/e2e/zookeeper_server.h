#pragma once

// A real ZooKeeper under test: Debian's, one server or an ensemble of several, on loopback.
//
//   ZooKeeperServer server;                       // standalone
//   server.address();                             // "127.0.0.1:40123"
//   server.Stop();  server.Start();               // the data stays
//   server.process().Signal(SIGSTOP);
//
// Ready when the constructor returns. Its clock ticks every 100 ms, so that sessions of 200 ms to
// 10 minutes are possible.

#include <memory>
#include <string>

#include "tests/e2e/process.h"

namespace mesos::e2e {

// How long to wait for what a server does: on a busy machine an ensemble may take a minute to
// elect.
inline constexpr absl::Duration kServerPatience = absl::Minutes(10);

// A TCP port of loopback that was free a moment ago.
int FreePort();

class ZooKeeperServer {
 public:
  ZooKeeperServer();

  // One of an ensemble: `id` from 1 on, `peers` the lines "server.N=..." of all.
  ZooKeeperServer(int id, int port, std::string peers);

  void Start();
  void Stop();  // kill -9
  // Until it serves clients, as long as that takes while it runs.
  void AwaitReady();

  Process& process() { return *process_; }
  std::string address() const;

 private:
  void Configure();

  const int id_;
  const int port_;
  const std::string peers_;
  TemporaryDirectory directory_;
  std::unique_ptr<Process> process_;
};

}  // namespace mesos::e2e
