#pragma once

// The far side of a driver on the real gRPC server: a master or an agent of a few lines that notes
// what comes.
//
//   RpcPeer master;
//   ASSERT_TRUE(master.ServeMaster("127.0.0.1:0").ok());
//   ... a driver connects to master.port() ...
//   EXPECT_TRUE(master.AwaitNote("ACKNOWLEDGE uuid-1"));
//
// Names no runtime class, so that a test may see the public Executor. Thread-safe. Destruction cuts
// every connection off.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace mesos {

class RpcPeer {
 public:
  RpcPeer();
  ~RpcPeer();

  // Answers SUBSCRIBE by SUBSCRIBED as framework F1, and TEARDOWN by the end of the session.
  absl::Status ServeMaster(const std::string& address);
  // Answers SUBSCRIBE by SUBSCRIBED.
  absl::Status ServeAgent(const std::string& address);
  int port() const;

  // To the newest session.
  void SendUpdate(const std::string& task, const std::string& uuid);
  void SendLaunch(const std::string& task);
  void SendMessage(const std::string& data);
  void SendShutdown();

  // What came, as one line each, and what a test adds itself.
  void Note(const std::string& note);
  std::vector<std::string> notes() const;
  bool AwaitNote(const std::string& note);  // false after 20 seconds

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos
