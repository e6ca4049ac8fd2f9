// Connections of HTTP/2 take their turns, and HTTP/1.1 is answered meanwhile.

#include "common/net/admission.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

class AdmissionTest : public HttpServerTest {
 protected:
  AdmissionTest() {
    options_.max_entering = 2;
    options_.max_waiting = 3;
    options_.entering_timeout = absl::Hours(1);
    take_http2_ = [this](int fd, const std::string&, std::shared_ptr<void> ticket) {
      taken_.Put({fd, std::move(ticket)});
    };
  }

  // Before what its handler uses goes.
  ~AdmissionTest() override {
    if (server_ != nullptr) server_->Shutdown();
  }

  RawClient ConnectHttp2() {
    RawClient client = Connect();
    client.Send(kPreface);
    return client;
  }

  // The next that was handed over; its descriptor is closed.
  std::shared_ptr<void> TakeTicket() {
    auto [fd, ticket] = taken_.Take();
    close(fd);
    return std::move(ticket);
  }

  bool Waiting(size_t count) {
    return Eventually([&] { return server_->Stats().waiting_connections == count; });
  }

  uint64_t HandedOver() { return server_->Stats().handed_over_connections; }

  Mailbox<std::pair<int, std::shared_ptr<void>>> taken_;
};

TEST_F(AdmissionTest, HandsOverSoManyAtOnceAndTheNextWhenOneIsThrough) {
  StartEcho();
  std::vector<RawClient> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(ConnectHttp2());
  ASSERT_TRUE(Waiting(3));
  std::vector<std::shared_ptr<void>> tickets = {TakeTicket(), TakeTicket()};
  EXPECT_EQ(HandedOver(), 2u);
  EXPECT_EQ(Ask("GET /health HTTP/1.1\r\n\r\n").body, "GET /health ");
  for (size_t left = 3; left > 0; --left) {
    tickets.erase(tickets.begin());
    tickets.push_back(TakeTicket());
    ASSERT_TRUE(Waiting(left - 1));
  }
  EXPECT_EQ(HandedOver(), 5u);
  tickets.clear();
  clients.push_back(ConnectHttp2());
  TakeTicket();
}

TEST_F(AdmissionTest, ClosesWhatComesWhileTooManyWait) {
  StartEcho();
  std::vector<RawClient> clients;
  for (int i = 0; i < 5; ++i) clients.push_back(ConnectHttp2());
  ASSERT_TRUE(Waiting(3));
  RawClient turned_away = ConnectHttp2();
  EXPECT_TRUE(turned_away.AtEnd());
  EXPECT_EQ(server_->Stats().turned_away_connections, 1u);
  const auto first = TakeTicket();
  const auto second = TakeTicket();
}

TEST_F(AdmissionTest, LeavesDescriptorsToHttp1) {
  options_.max_handed_over_descriptor = 1;
  StartEcho();
  RawClient turned_away = ConnectHttp2();
  EXPECT_TRUE(turned_away.AtEnd());
  EXPECT_EQ(server_->Stats().turned_away_connections, 1u);
  EXPECT_EQ(Ask("GET /health HTTP/1.1\r\n\r\n").body, "GET /health ");
}

TEST_F(AdmissionTest, OneThatSendsNothingKeepsItsPlaceForATimeOnly) {
  options_.entering_timeout = absl::Milliseconds(10);
  StartEcho();
  std::vector<RawClient> clients;
  std::vector<std::shared_ptr<void>> tickets;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(ConnectHttp2());
    tickets.push_back(TakeTicket());
  }
  EXPECT_EQ(HandedOver(), 6u);
  // A ticket whose time was over frees no second place.
  tickets.clear();
  EXPECT_TRUE(Waiting(0));
}

TEST_F(AdmissionTest, WhoHasLeftIsPassedOver) {
  StartEcho();
  std::vector<RawClient> clients;
  for (int i = 0; i < 2; ++i) clients.push_back(ConnectHttp2());
  auto first = TakeTicket();
  const auto second = TakeTicket();
  {
    const RawClient leaves = ConnectHttp2();
    ASSERT_TRUE(Waiting(1));
  }
  clients.push_back(ConnectHttp2());
  ASSERT_TRUE(Waiting(2));
  first = nullptr;
  TakeTicket();
  ASSERT_TRUE(Waiting(0));
  EXPECT_EQ(HandedOver(), 3u);
}

TEST_F(AdmissionTest, TicketsMayOutliveTheServer) {
  StartEcho();
  RawClient client = ConnectHttp2();
  auto ticket = TakeTicket();
  server_->Shutdown();
  server_ = nullptr;
  ticket = nullptr;
}

}  // namespace
}  // namespace mesos::net
