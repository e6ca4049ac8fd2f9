// Wrong flags, files and bytes: a clear error that names the fault, and daemons that live on.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/e2e/cluster.h"

namespace mesos::e2e {
namespace {

using ::testing::HasSubstr;

// Writes bytes to a port and reads until the peer closes, or for as long as it cares to answer.
void SendBytes(int port, const std::string& bytes) {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
  ASSERT_EQ(connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  shutdown(descriptor, SHUT_WR);
  char buffer[4096];
  while (recv(descriptor, buffer, sizeof(buffer), 0) > 0) {
  }
  close(descriptor);
}

void ExpectRefusal(std::vector<std::string> argv, const std::string& text) {
  const Finished done = RunToEnd(std::move(argv));
  EXPECT_NE(done.status, 0) << done.output;
  EXPECT_LT(done.status, 128) << done.output;
  EXPECT_THAT(done.output, HasSubstr(text));
}

TEST(BadInputTest, WrongFlagsAreNamed) {
  ExpectRefusal({Binary("mesos-master"), "--no_such_flag=1"}, "no_such_flag");
  ExpectRefusal({Binary("mesos-master"), "--agent_ping_timeout=soon"}, "agent_ping_timeout");
  ExpectRefusal({Binary("mesos-master"), "--port=99999"}, "port");
  ExpectRefusal({Binary("mesos-agent"), "--work_dir=/tmp"}, "master");
  ExpectRefusal(
      {Binary("mesos-agent"), "--master=127.0.0.1:1", "--work_dir=/tmp", "--resources=cpus"},
      "resources");
  ExpectRefusal({Binary("mesos-execute"), "--master=127.0.0.1:1"}, "name");
  ExpectRefusal({Binary("mesos-execute"), "--master=127.0.0.1:1", "--name=x"}, "command");
}

TEST(BadInputTest, BoundsOfTheGarbageCollectorAndOfFollowersAreChecked) {
  const std::vector<std::string> agent = {Binary("mesos-agent"), "--master=127.0.0.1:1",
                                          "--work_dir=/tmp"};
  for (const char* flag : {"gc_disk_headroom=1.5", "gc_disk_headroom=-0.1", "gc_disk_headroom=much",
                           "disk_watch_interval=0secs"}) {
    std::vector<std::string> argv = agent;
    argv.push_back(absl::StrCat("--", flag));
    ExpectRefusal(argv, std::string(flag).substr(0, std::string(flag).find('=')));
  }
  ExpectRefusal({Binary("mesos-master"), "--max_operator_event_stream_subscribers=0"},
                "max_operator_event_stream_subscribers");
}

TEST(BadInputTest, WhatMesosExecuteCannotDoIsRefusedByName) {
  for (const char* flag : {"task_group={\"tasks\": []}", "docker_image=busybox", "appc_image=x",
                           "containerizer=docker", "networks=net", "volumes=[]", "rlimits={}",
                           "effective_capabilities={}", "bounding_capabilities={}", "package=x.tgz",
                           "overwrite", "tty", "offer_constraints={}"}) {
    ExpectRefusal({Binary("mesos-execute"), "--master=127.0.0.1:1", "--name=x", "--command=true",
                   absl::StrCat("--", flag)},
                  std::string(flag).substr(0, std::string(flag).find('=')));
  }
}

TEST(BadInputTest, HelpIsThereAndEndsWell) {
  for (const char* name : {"mesos-master", "mesos-agent", "mesos-execute"}) {
    const Finished done = RunToEnd({Binary(name), "--help"});
    EXPECT_EQ(done.status, 0) << name;
    EXPECT_THAT(done.output, HasSubstr("--log_dir")) << name;
  }
}

TEST(BadInputTest, PortInUseIsNamed) {
  Cluster cluster;
  cluster.StartMaster();
  const std::string port = cluster.master_address().substr(cluster.master_address().find(':') + 1);
  ExpectRefusal({Binary("mesos-master"), "--ip=127.0.0.1", "--port=" + port,
                 "--work_dir=" + cluster.directory() + "/second"},
                port);
}

TEST(BadInputTest, UnusableWorkDirectoryIsNamed) {
  TemporaryDirectory directory;
  WriteFile(directory.path() + "/file", "");
  ExpectRefusal({Binary("mesos-agent"), "--master=127.0.0.1:1", "--port=0",
                 "--work_dir=" + directory.path() + "/file/below"},
                directory.path() + "/file");
}

TEST(BadInputTest, SecondAgentOnAWorkDirectoryIsRefused) {
  Cluster cluster;
  cluster.StartMaster();
  Agent& agent = cluster.AddAgent();
  ExpectRefusal({Binary("mesos-agent"), "--master=" + cluster.master_address(), "--ip=127.0.0.1",
                 "--port=0", "--work_dir=" + agent.directory()},
                agent.directory());
}

TEST(BadInputTest, GarbageOnThePortsHurtsNobody) {
  Cluster cluster;
  cluster.StartMaster();
  Agent& agent = cluster.AddAgent();
  const int master_port = std::stoi(cluster.master_address().substr(10));
  const int agent_port = std::stoi(agent.process().AwaitOutput("listening on [^ ]*:([0-9]+)"));
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (int port : {master_port, agent_port}) {
    SendBytes(port, "");
    SendBytes(port, std::string(1 << 20, '\xff'));
    SendBytes(port, "GET / HTTP/1.1\r\n\r\n");
    SendBytes(port, preface + std::string(100'000, '\0'));
  }
  EXPECT_EQ(cluster.Execute({"--command=true"}).status, 0);
  EXPECT_TRUE(cluster.master().Running());
  EXPECT_TRUE(agent.process().Running());
}

TEST(BadInputTest, DaemonsEndCleanlyOnSigterm) {
  Cluster cluster;
  cluster.StartMaster();
  Agent& agent = cluster.AddAgent();
  agent.process().Signal(SIGTERM);
  EXPECT_EQ(agent.process().AwaitExit(), 0);
  cluster.master().Signal(SIGTERM);
  EXPECT_EQ(cluster.master().AwaitExit(), 0);
}

}  // namespace
}  // namespace mesos::e2e
