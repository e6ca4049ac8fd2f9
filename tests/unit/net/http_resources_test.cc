// Running out: of connections, of descriptors, of sockets in the file system; and what waiting
// costs.

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

class HttpResourcesTest : public HttpServerTest {};

TEST_F(HttpResourcesTest, LeavesConnectionsBeyondTheBoundInTheQueue) {
  options_.max_connections = 2;
  StartEcho();
  RawClient first = Connect();
  RawClient second = Connect();
  EXPECT_TRUE(Eventually([this] { return server_->Stats().connections == 2; }));
  RawClient third = Connect();
  third.Send("GET /third HTTP/1.1\r\n\r\n");
  second.Send("GET /second HTTP/1.1\r\n\r\n");
  EXPECT_EQ(second.ReadAnswer().body, "GET /second ");
  EXPECT_EQ(server_->Stats().connections, 2u);
  first.Close();
  EXPECT_EQ(third.ReadAnswer().body, "GET /third ");
}

TEST_F(HttpResourcesTest, BoundsTheBodiesOfAllRequestsTogether) {
  options_.max_request_bytes = 1 << 20;
  StartEcho();
  const std::string head = "POST /a HTTP/1.1\r\nContent-Length: 1000001\r\n\r\n";
  const std::string body(1'000'000, 'x');
  RawClient clients[] = {Connect(), Connect()};
  for (RawClient& client : clients) client.Send(head + body);
  // Each is allowed by itself; of the two, one goes, whichever the server reads last.
  pollfd entries[] = {{clients[0].fd(), POLLIN, 0}, {clients[1].fd(), POLLIN, 0}};
  ASSERT_EQ(poll(entries, 2, 30'000), 1);
  const size_t late = entries[0].revents != 0 ? 0 : 1;
  const RawAnswer refused = clients[late].ReadAnswer();
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.headers.at("connection"), "close");
  RawClient& other = clients[1 - late];
  other.Send("x");
  EXPECT_EQ(other.ReadAnswer().body.size(), 1'000'001 + strlen("POST /a "));
  // What was held is free again.
  RawClient third = Connect();
  third.Send(head + body + "x");
  EXPECT_EQ(third.ReadAnswer().status, 200);
}

TEST_F(HttpResourcesTest, PausesWhereTheSystemHasNoDescriptorLeft) {
  StartEcho();
  RawClient old = Connect();
  old.Send("GET /old HTTP/1.1\r\n\r\n");
  EXPECT_EQ(old.ReadAnswer().body, "GET /old ");

  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int probe = dup(0);
  close(probe);
  // One more descriptor: the client's.
  const rlimit tight = {static_cast<rlim_t>(probe) + 1, limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  RawClient starved = Connect();
  starved.Send("GET /starved HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(Eventually([this] { return server_->Stats().refused_connections >= 3; }));
  // Tries ten times a second, where spinning would be a hundred thousand.
  EXPECT_LT(server_->Stats().refused_connections, 100u);
  old.Send("GET /old HTTP/1.1\r\n\r\n");
  EXPECT_EQ(old.ReadAnswer().body, "GET /old ");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(starved.ReadAnswer().body, "GET /starved ");
}

TEST_F(HttpResourcesTest, ReplacesAStaleUnixSocketOnly) {
  const std::string path = testing::TempDir() + "/http_resources_test.sock";
  const auto listen = [&] {
    HttpServer server({}, [](HttpRequest, Responder) {});
    return server.Listen("unix:" + path);
  };
  // A process that died leaves the socket behind.
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  unlink(path.c_str());
  const int dead = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(dead, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  close(dead);
  EXPECT_TRUE(listen().ok());

  // One that lives keeps it.
  HttpServer living({}, [](HttpRequest, Responder) {});
  ASSERT_TRUE(living.Listen("unix:" + path).ok());
  EXPECT_TRUE(absl::IsUnavailable(listen()));
  living.Shutdown();

  // A file is not a socket.
  std::ofstream(path) << "precious";
  EXPECT_TRUE(absl::IsUnavailable(listen()));
  EXPECT_EQ(access(path.c_str(), F_OK), 0);
  unlink(path.c_str());
}

TEST_F(HttpResourcesTest, WaitingCostsNoProcessorTime) {
  StartStreams();
  std::vector<RawClient> clients;
  std::vector<std::unique_ptr<EventStream>> streams;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(Connect());
    clients.back().Send("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
    streams.push_back(streams_.Take());
    clients.back().ReadHead();
  }
  RawClient half_open = Connect();
  RawClient half_preface = Connect();
  half_preface.Send("PRI");
  timespec before;
  timespec after;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
  poll(nullptr, 0, 1000);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
  const double seconds = static_cast<double>(after.tv_sec - before.tv_sec) +
                         static_cast<double>(after.tv_nsec - before.tv_nsec) / 1e9;
  EXPECT_LT(seconds, 0.05);
}

}  // namespace
}  // namespace mesos::net
