#include "agent/containerizer/peer_process.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "agent/launcher/container_files.h"

namespace mesos::agent {
namespace {

// A listener on loopback and one connection to it, whose client's end the test holds.
class Connection {
 public:
  explicit Connection(int family) {
    listener_ = socket(family, SOCK_STREAM, 0);
    sockaddr_storage address = Loopback(family);
    socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    client_ = socket(family, SOCK_STREAM, 0);
    EXPECT_EQ(connect(client_, reinterpret_cast<sockaddr*>(&address), length), 0);
    server_ = accept(listener_, nullptr, nullptr);
    peer_.ip = peer_.own_ip = family == AF_INET ? "127.0.0.1" : "::1";
    peer_.own_port = Port(address);
    getsockname(client_, reinterpret_cast<sockaddr*>(&address), &length);
    peer_.port = Port(address);
  }
  ~Connection() {
    for (int fd : {listener_, client_, server_}) close(fd);
  }

  const auth::Peer& peer() const { return peer_; }
  int client() const { return client_; }

 private:
  static sockaddr_storage Loopback(int family) {
    sockaddr_storage address = {};
    address.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET) {
      reinterpret_cast<sockaddr_in&>(address).sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
      reinterpret_cast<sockaddr_in6&>(address).sin6_addr = in6addr_loopback;
    }
    return address;
  }
  static int Port(const sockaddr_storage& address) {
    return ntohs(address.ss_family == AF_INET
                     ? reinterpret_cast<const sockaddr_in&>(address).sin_port
                     : reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }

  int listener_ = -1;
  int client_ = -1;
  int server_ = -1;
  auth::Peer peer_;
};

class PeerProcessTest : public testing::Test {
 protected:
  PeerProcessTest() {
    char pattern[] = "/tmp/mesos-peer-process-XXXXXX";
    EXPECT_NE(mkdtemp(pattern), nullptr);
    directory_ = pattern;
    sleeper_ = fork();
    if (sleeper_ == 0) {
      while (true) pause();
    }
  }
  ~PeerProcessTest() override {
    kill(sleeper_, SIGKILL);
    waitpid(sleeper_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

  // Makes `pid` the container's launcher.
  void LaunchedBy(pid_t pid) {
    const auto stat = launcher::ReadProcessStat(pid);
    ASSERT_TRUE(stat.has_value());
    std::ofstream(directory_ + "/" + launcher::kPidFile)
        << launcher::FormatPidFile({pid, stat->start_time});
  }

  static auth::Peer OnUnixSocket(pid_t pid) {
    auth::Peer peer;
    peer.pid = pid;
    return peer;
  }

  std::string directory_;
  pid_t sleeper_;  // a child of this process
};

TEST_F(PeerProcessTest, FindsTheProcessOfATcpConnection) {
  for (int family : {AF_INET, AF_INET6}) {
    const Connection connection(family);
    LaunchedBy(getpid());
    EXPECT_TRUE(ConnectsFromContainer(directory_, connection.peer())) << family;
    // The child was there before the connection, and does not hold it.
    LaunchedBy(sleeper_);
    EXPECT_FALSE(ConnectsFromContainer(directory_, connection.peer())) << family;
  }
}

TEST_F(PeerProcessTest, AChildOfTheContainerIsOfIt) {
  const Connection connection(AF_INET);
  const pid_t holder = fork();
  if (holder == 0) {
    while (true) pause();
  }
  LaunchedBy(holder);  // inherited it
  EXPECT_TRUE(ConnectsFromContainer(directory_, connection.peer()));
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
  EXPECT_FALSE(ConnectsFromContainer(directory_, connection.peer())) << "the launcher is gone";
}

TEST_F(PeerProcessTest, TheSamePortOfAnotherConnectionIsNotIt) {
  const Connection connection(AF_INET);
  LaunchedBy(getpid());
  auth::Peer other = connection.peer();
  other.own_port += 1;
  EXPECT_FALSE(ConnectsFromContainer(directory_, other));
  other = connection.peer();
  other.ip = "192.0.2.1";
  EXPECT_FALSE(ConnectsFromContainer(directory_, other)) << "another machine";
}

TEST_F(PeerProcessTest, AsksForTheAncestorsOnAUnixSocket) {
  LaunchedBy(getpid());
  EXPECT_TRUE(ConnectsFromContainer(directory_, OnUnixSocket(getpid())));
  EXPECT_TRUE(ConnectsFromContainer(directory_, OnUnixSocket(sleeper_)));
  EXPECT_FALSE(ConnectsFromContainer(directory_, OnUnixSocket(0)));
  LaunchedBy(sleeper_);
  EXPECT_FALSE(ConnectsFromContainer(directory_, OnUnixSocket(getpid())));
}

TEST_F(PeerProcessTest, NobodyIsOfAContainerWithoutALauncher) {
  EXPECT_FALSE(ConnectsFromContainer(directory_, OnUnixSocket(getpid())));
  std::ofstream(directory_ + "/" + launcher::kPidFile) << launcher::FormatPidFile({getpid(), 1});
  EXPECT_FALSE(ConnectsFromContainer(directory_, OnUnixSocket(getpid()))) << "another process";
}

}  // namespace
}  // namespace mesos::agent
