// What the faults are made of: a link that breaks, a clock that jumps, a disk that fills up.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "tests/e2e/faults/reserved_port.h"
#include "tests/e2e/faults/shifted_clock.h"
#include "tests/e2e/faults/small_disk.h"
#include "tests/e2e/faults/tcp_proxy.h"
#include "tests/e2e/process.h"

namespace mesos::e2e {
namespace {

// One end of a connection on loopback.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;

  static sockaddr_in Address(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<uint16_t>(port));
    return address;
  }

  static std::unique_ptr<Socket> Dial(int port) {
    auto socket = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = Address(port);
    EXPECT_EQ(connect(socket->fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
              0);
    return socket;
  }

  void Send(const std::string& bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }

  bool Readable(absl::Duration patience) {
    pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
    return poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(patience))) == 1;
  }

  // What comes next; "reset" or "end" where nothing more does, "nothing" where it takes too long.
  std::string Receive() {
    if (!Readable(kPatience)) return "nothing";
    char buffer[100];
    const ssize_t count = recv(fd_, buffer, sizeof(buffer), 0);
    if (count < 0) return errno == ECONNRESET ? "reset" : "error";
    return count == 0 ? "end" : std::string(buffer, count);
  }

  std::unique_ptr<Socket> Accept() {
    return std::make_unique<Socket>(accept4(fd_, nullptr, nullptr, SOCK_CLOEXEC));
  }

  int fd() const { return fd_; }

 private:
  int fd_;
};

class TcpProxyTest : public ::testing::Test {
 protected:
  TcpProxyTest() : server_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int on = 1;
    setsockopt(server_.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    const sockaddr_in address = Socket::Address(port_.number());
    EXPECT_EQ(bind(server_.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(listen(server_.fd(), 10), 0);
    owners_.Set("client", getpid());
    proxied_ = proxy_.Listen("server", port_.number());
  }

  static constexpr absl::Duration kMoment = absl::Milliseconds(100);

  const Link link_{"client", "server"};
  SocketOwners owners_;
  ReservedPort port_;
  Socket server_;
  TcpProxy proxy_{owners_};
  int proxied_;
};

TEST_F(TcpProxyTest, PassesBothWaysAndEndsWhenBothHaveEnded) {
  auto client = Socket::Dial(proxied_);
  client->Send("hello");
  auto served = server_.Accept();
  EXPECT_EQ(served->Receive(), "hello");
  served->Send("there");
  EXPECT_EQ(client->Receive(), "there");
  shutdown(client->fd(), SHUT_WR);
  EXPECT_EQ(served->Receive(), "end");
  served->Send("last");
  EXPECT_EQ(client->Receive(), "last");
  served.reset();
  EXPECT_EQ(client->Receive(), "end");
}

TEST_F(TcpProxyTest, ACutLinkIsResetAndRefusesUntilItHeals) {
  auto client = Socket::Dial(proxied_);
  client->Send("hello");
  auto served = server_.Accept();
  EXPECT_EQ(served->Receive(), "hello");
  proxy_.Set(link_, LinkState::kCut);
  EXPECT_EQ(client->Receive(), "reset");
  EXPECT_EQ(served->Receive(), "reset");
  EXPECT_EQ(Socket::Dial(proxied_)->Receive(), "reset");
  proxy_.Set(link_, LinkState::kOpen);
  client = Socket::Dial(proxied_);
  client->Send("again");
  EXPECT_EQ(server_.Accept()->Receive(), "again");
}

TEST_F(TcpProxyTest, AStalledLinkIsSilentAndDeliversWhenItHeals) {
  auto client = Socket::Dial(proxied_);
  client->Send("hello");
  auto served = server_.Accept();
  EXPECT_EQ(served->Receive(), "hello");
  proxy_.Set(link_, LinkState::kStalled);
  // What came before the link stalled is through, so that nothing of it is taken for the next.
  client->Send("late");
  auto second = Socket::Dial(proxied_);
  second->Send("new");
  EXPECT_FALSE(served->Readable(kMoment));
  EXPECT_FALSE(server_.Readable(kMoment));
  EXPECT_FALSE(second->Readable(kMoment));
  proxy_.Set(link_, LinkState::kOpen);
  EXPECT_EQ(served->Receive(), "late");
  EXPECT_EQ(server_.Accept()->Receive(), "new");
}

TEST_F(TcpProxyTest, OnlyTheLinkThatIsNamedBreaks) {
  proxy_.Set({"another", "server"}, LinkState::kCut);
  proxy_.Set({"client", "other"}, LinkState::kCut);
  auto client = Socket::Dial(proxied_);
  client->Send("hello");
  EXPECT_EQ(server_.Accept()->Receive(), "hello");
}

TEST_F(TcpProxyTest, TheDeadEndOfAConnectionEndsTheOther) {
  auto client = Socket::Dial(proxied_);
  client->Send("hello");
  auto served = server_.Accept();
  EXPECT_EQ(served->Receive(), "hello");
  shutdown(served->fd(), SHUT_WR);
  EXPECT_EQ(client->Receive(), "end");
  const linger abort{.l_onoff = 1, .l_linger = 0};
  setsockopt(client->fd(), SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  client.reset();
  EXPECT_EQ(served->Receive(), "reset");
}

TEST(ShiftedClockTest, MovesTheClockOfOneProcess) {
  TemporaryDirectory directory;
  ShiftedClock clock(directory.path() + "/clock");
  const auto off = [&] {
    int64_t seconds = 0;
    const Finished date = RunToEnd({"/bin/date", "+%s"}, clock.Environment());
    EXPECT_TRUE(absl::SimpleAtoi(date.output, &seconds)) << date.output;
    return seconds - absl::ToUnixSeconds(absl::Now());
  };
  EXPECT_GT(off(), -1000);
  clock.ShiftBy(absl::Hours(1));
  EXPECT_GT(off(), 3000);
  clock.ShiftBy(-absl::Hours(720) - absl::Milliseconds(1));
  EXPECT_LT(off(), -719 * 3600);
  clock.ShiftBy(absl::ZeroDuration());
  EXPECT_GT(off(), -1000);
}

// A wait for a deadline of the shifted clock lasts as long as it should: neither does it end at
// once nor never.
TEST(ShiftedClockTest, WaitsTakeTheirTime) {
  TemporaryDirectory directory;
  ShiftedClock clock(directory.path() + "/clock");
  for (const absl::Duration shift : {absl::Hours(5), -absl::Hours(5)}) {
    clock.ShiftBy(shift);
    const Finished waited =
        RunToEnd({"/usr/bin/python3", "-c",
                  "import ctypes, time\n"
                  "class Time(ctypes.Structure):\n"
                  "  _fields_ = [('seconds', ctypes.c_long), ('nanos', ctypes.c_long)]\n"
                  "libc = ctypes.CDLL(None)\n"
                  "semaphore = ctypes.create_string_buffer(64)\n"
                  "libc.sem_init(semaphore, 0, 0)\n"
                  "begin = time.monotonic()\n"
                  "until = time.time() + 0.2\n"
                  "deadline = Time(int(until), int(until % 1 * 1e9))\n"
                  "libc.sem_timedwait(semaphore, ctypes.byref(deadline))\n"
                  "print('long enough' if time.monotonic() - begin > 0.19 else 'too short')"},
                 clock.Environment());
    EXPECT_EQ(waited.output, "long enough\n");
  }
}

TEST(SmallDiskTest, IsFullUntilItIsFreed) {
  TemporaryDirectory directory;
  SmallDisk disk(directory.path() + "/disk", /*megabytes=*/2);
  if (!disk.mounted()) GTEST_SKIP() << "needs root";
  const auto writable = [&] {
    std::ofstream file(disk.path() + "/file");
    file << "bytes";
    return static_cast<bool>(file.flush());
  };
  EXPECT_TRUE(writable());
  disk.Fill();
  unlink((disk.path() + "/file").c_str());
  disk.Fill();
  EXPECT_FALSE(writable());
  disk.Free();
  EXPECT_TRUE(writable());
}

}  // namespace
}  // namespace mesos::e2e
