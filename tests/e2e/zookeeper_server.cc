#include "tests/e2e/zookeeper_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::e2e {
namespace {

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

// What the server answers to one of ZooKeeper's four-letter commands; empty where it does not.
std::string Ask(int port, const std::string& command) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(port);
  std::string answer;
  timeval patience{.tv_sec = 1, .tv_usec = 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
      send(fd, command.data(), command.size(), MSG_NOSIGNAL) > 0) {
    char buffer[4096];
    ssize_t count = 0;
    while ((count = recv(fd, buffer, sizeof(buffer), 0)) > 0) answer.append(buffer, count);
  }
  close(fd);
  return answer;
}

}  // namespace

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  socklen_t length = sizeof(address);
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  close(fd);
  return ntohs(address.sin_port);
}

ZooKeeperServer::ZooKeeperServer() : ZooKeeperServer(0, FreePort(), "") { AwaitReady(); }

ZooKeeperServer::ZooKeeperServer(int id, int port, std::string peers)
    : id_(id), port_(port), peers_(std::move(peers)) {
  Configure();
  Start();
}

std::string ZooKeeperServer::address() const { return absl::StrCat("127.0.0.1:", port_); }

void ZooKeeperServer::Configure() {
  WriteFile(directory_.path() + "/zoo.cfg",
            absl::StrCat("tickTime=100\ninitLimit=300\nsyncLimit=50\ndataDir=", directory_.path(),
                         "\nclientPort=", port_, "\nclientPortAddress=127.0.0.1\n",
                         "minSessionTimeout=200\nmaxSessionTimeout=600000\nmaxClientCnxns=0\n",
                         "4lw.commands.whitelist=*\nadmin.enableServer=false\n", peers_));
  if (id_ > 0) WriteFile(directory_.path() + "/myid", absl::StrCat(id_));
}

void ZooKeeperServer::Start() {
  process_ = std::make_unique<Process>(std::vector<std::string>{
      "/usr/bin/java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
      directory_.path() + ":/usr/share/java/zookeeper.jar",
      "org.apache.zookeeper.server.quorum.QuorumPeerMain", directory_.path() + "/zoo.cfg"});
}

void ZooKeeperServer::Stop() {
  process_->Signal(SIGKILL);
  process_->AwaitExit();
}

void ZooKeeperServer::AwaitReady() {
  bool runs = true;
  const auto await = [&](const std::function<bool()>& ready) {
    return Eventually([&] { return ready() || !(runs = process_->Running()); }, kServerPatience) &&
           runs;
  };
  EXPECT_TRUE(await([this] { return Ask(port_, "ruok") == "imok"; }))
      << "ZooKeeper does not come up: " << process_->Output();
  EXPECT_TRUE(await([this] { return Ask(port_, "srvr").find("Mode:") != std::string::npos; }))
      << "ZooKeeper finds no quorum: " << process_->Output();
}

}  // namespace mesos::e2e
