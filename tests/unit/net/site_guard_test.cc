#include "common/net/site_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/net/http_server.h"
#include "tests/unit/net/raw_client.h"

namespace mesos::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kFirefox[] =
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

HttpRequest Request(Fields headers, const std::string& method = "GET") {
  HttpRequest request;
  request.method = method;
  request.target = request.path = "/state";
  request.headers = std::move(headers);
  request.peer.ip = "127.0.0.1";
  return request;
}

// 200 where it passes.
int Ask(const SiteGuard& guard, HttpRequest request) {
  const std::optional<HttpResponse> refusal = guard.Check(request);
  return refusal.has_value() ? refusal->status : 200;
}

class SiteGuardTest : public testing::Test {
 protected:
  int Status(Fields headers, const std::string& method = "GET") {
    return Ask(guard_, Request(std::move(headers), method));
  }
  int Jsonp(Fields headers) {
    HttpRequest request = Request(std::move(headers));
    request.query = {{"jsonp", "read"}};
    return Ask(guard_, std::move(request));
  }

  const SiteGuard guard_{
      {.names = {"Master1.Example.com"}, .allowed = {"proxy.corp", "*.ui.corp"}}};
};

TEST_F(SiteGuardTest, TakesTheNamesAndAddressesOfTheServer) {
  for (const char* host :
       {"master1.example.com", "MASTER1.example.com:5050", "master1.example.com.:5050", "master1",
        "master1:5050", "localhost:5050", "mesos.localhost", "127.0.0.1:5050", "10.1.2.3",
        "203.0.113.9:80", "[::1]:5050", "[fe80::1]", "proxy.corp", "a.ui.corp:8080", ""}) {
    EXPECT_EQ(Status({{"Host", host}}), 200) << host;
  }
  EXPECT_EQ(Status({}), 200) << "as HTTP/1.0 does";
}

TEST_F(SiteGuardTest, RefusesNamesThatAreNotOfTheServer) {
  for (const char* host : {"evil.example", "evil.example:5050", "master1.example.com.evil.example",
                           "1.2.3.4.evil.example", "other", "xlocalhost", "ui.corp", "eviui.corp",
                           "2130706433", "[evil]:1", "a@127.0.0.1", "127.0.0.1:80:80"}) {
    EXPECT_EQ(Status({{"Host", host}}), 403) << host;
  }
  EXPECT_EQ(Status({{"Host", "localhost"}, {"Host", "evil.example"}}), 403);
  EXPECT_EQ(Status({{"Host", "evil.example"}, {"Host", "localhost"}}), 403);
  HttpRequest whole = Request({{"Host", "localhost"}});
  whole.target = "http://evil.example/state";
  EXPECT_EQ(Ask(guard_, whole), 403);
}

TEST_F(SiteGuardTest, SaysWhatItRefusesAndHowToAllowIt) {
  HttpRequest request = Request({{"Host", "evil.example\x01"}});
  const std::optional<HttpResponse> refusal = guard_.Check(request);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_THAT(refusal->body, HasSubstr("'evil.example\\x01'"));
  EXPECT_THAT(refusal->body, HasSubstr("--allowed_hosts"));
  EXPECT_THAT(refusal->body, Not(HasSubstr("\x01")));
}

TEST_F(SiteGuardTest, RefusesPagesOfOtherOrigins) {
  for (const char* origin :
       {"https://evil.example", "null", "http://localhost:3000", "http://localhost",
        "chrome-extension://abc", "http://localhost@evil.example",
        "http://evil.example/localhost:5050"}) {
    EXPECT_EQ(Status({{"Host", "localhost:5050"}, {"Origin", origin}}, "POST"), 403) << origin;
  }
  EXPECT_EQ(Status({{"Origin", "http://localhost:5050"}}, "POST"), 403) << "no Host to compare";
}

TEST_F(SiteGuardTest, TakesPagesOfItsOwnAndOfNamedProxies) {
  EXPECT_EQ(Status({{"Host", "localhost:5050"}, {"Origin", "http://LOCALHOST:5050"}}, "POST"), 200);
  EXPECT_EQ(Status({{"Host", "master1"}, {"Origin", "http://master1:80"}}, "POST"), 200);
  EXPECT_EQ(Status({{"Host", "[::1]:5050"}, {"Origin", "http://[::1]:5050"}}, "POST"), 200);
  // A proxy may pass its own name on, or that of the server.
  EXPECT_EQ(Status({{"Host", "proxy.corp"}, {"Origin", "https://proxy.corp"}}, "POST"), 200);
  EXPECT_EQ(Status({{"Host", "10.0.0.1:5050"}, {"Origin", "https://proxy.corp"}}, "POST"), 200);
  EXPECT_EQ(Status({{"Host", "10.0.0.1:5050"},
                    {"Origin", "https://b.ui.corp"},
                    {"Sec-Fetch-Site", "cross-site"}},
                   "POST"),
            200);
}

TEST_F(SiteGuardTest, RefusesWhatABrowserCallsCrossSite) {
  for (const char* site : {"cross-site", "same-site", "what-comes-later"}) {
    EXPECT_EQ(Status({{"Host", "localhost"}, {"Sec-Fetch-Site", site}}), 403) << site;
    EXPECT_EQ(Status({{"Host", "localhost"},
                      {"Sec-Fetch-Site", site},
                      {"Sec-Fetch-Mode", "navigate"},
                      {"Sec-Fetch-Dest", "iframe"}}),
              403)
        << site;
    EXPECT_EQ(Status({{"Host", "localhost"},
                      {"Sec-Fetch-Site", site},
                      {"Sec-Fetch-Mode", "navigate"},
                      {"Sec-Fetch-Dest", "document"}},
                     "POST"),
              403)
        << site;
  }
  for (const char* site : {"same-origin", "none"}) {
    EXPECT_EQ(Status({{"Host", "localhost"}, {"Sec-Fetch-Site", site}}), 200) << site;
  }
}

TEST_F(SiteGuardTest, LetsAUserFollowALinkAndMarksIt) {
  HttpRequest request = Request({{"Host", "localhost"},
                                 {"Sec-Fetch-Site", "cross-site"},
                                 {"Sec-Fetch-Mode", "navigate"},
                                 {"Sec-Fetch-Dest", "document"}});
  EXPECT_FALSE(guard_.Check(request).has_value());
  EXPECT_TRUE(request.from_other_site);
  HttpRequest typed = Request({{"Host", "localhost"}, {"Sec-Fetch-Site", "none"}});
  EXPECT_FALSE(guard_.Check(typed).has_value());
  EXPECT_FALSE(typed.from_other_site);
}

TEST_F(SiteGuardTest, GivesScriptsToPagesOfItsOwnOnly) {
  const std::pair<std::string, std::string> host = {"Host", "master1:5050"};
  const std::pair<std::string, std::string> browser = {"User-Agent", kFirefox};
  EXPECT_EQ(Jsonp({host}), 200) << "curl";
  EXPECT_EQ(Jsonp({host, {"User-Agent", "curl/7.88.1"}}), 200);
  EXPECT_EQ(Jsonp({host, browser, {"Referer", "http://master1:5050/"}}), 200);
  EXPECT_EQ(Jsonp({host, browser, {"Referer", "https://proxy.corp/mesos"}}), 200);
  EXPECT_EQ(Jsonp({host, browser, {"Sec-Fetch-Site", "same-origin"}}), 200);
  // A page may leave its name out.
  EXPECT_EQ(Jsonp({host, browser}), 403);
  EXPECT_EQ(Jsonp({host, browser, {"Referer", "https://evil.example/"}}), 403);
  EXPECT_EQ(Jsonp({host, {"Referer", "https://evil.example/"}}), 403);
  EXPECT_EQ(Jsonp({host, browser, {"Referer", "http://master1:31000/"}}), 403) << "a task's page";
  EXPECT_EQ(Jsonp({host, browser, {"Sec-Fetch-Site", "cross-site"}}), 403);
}

TEST_F(SiteGuardTest, AUnixSocketHasNoBrowsers) {
  HttpRequest request = Request({{"Host", "evil.example"}, {"Origin", "null"}});
  request.peer.ip.clear();
  EXPECT_FALSE(guard_.Check(request).has_value());
}

TEST_F(SiteGuardTest, AStarAllowsAll) {
  const SiteGuard open({.names = {}, .allowed = {"*"}});
  EXPECT_EQ(Ask(open, Request({{"Host", "any.example"}, {"Origin", "https://other.example"}})),
            200);
}

TEST(AllowedHostsTest, ReadsNamesAndRefusesWhatIsNone) {
  EXPECT_THAT(ParseAllowedHosts(" Proxy.corp,*.ui.corp,, *"),
              ElementsAre("proxy.corp", "*.ui.corp", "*"));
  EXPECT_TRUE(CheckAllowedHosts("").ok());
  EXPECT_TRUE(CheckAllowedHosts("proxy.corp,*.ui.corp,*,10.0.0.1,[::1]").ok());
  for (const char* wrong :
       {"http://proxy.corp", "proxy.corp/x", "a b", "*a.corp", "proxy.corp:80"}) {
    EXPECT_THAT(std::string(CheckAllowedHosts(wrong).message()), HasSubstr(wrong));
  }
}

TEST(SiteGuardOnServerTest, TheHandlerHearsOfNothingThatIsRefused) {
  int handled = 0;
  HttpServer server({.site = {.names = {"here.example"}, .allowed = {}}},
                    [&handled](HttpRequest, Responder responder) {
                      ++handled;
                      responder.Respond(HttpResponse::Text(200, "ok"));
                    });
  ASSERT_TRUE(server.Listen("127.0.0.1:0").ok());
  RawClient client = RawClient::ToPort(server.port());
  client.Send("POST / HTTP/1.1\r\nHost: rebound.example\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(client.ReadAnswer().status, 403);
  client.Send("GET / HTTP/1.1\r\nHost: here.example\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer().status, 200);
  EXPECT_EQ(handled, 1);
  EXPECT_EQ(server.Stats().refused_pages, 1u);
}

}  // namespace
}  // namespace mesos::net
