#include "common/net/request_parser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::net {
namespace {

using State = RequestParser::State;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// What becomes of one request that comes whole.
struct Outcome {
  State state;
  size_t taken;
  HttpRequest request;
  HttpResponse refusal;
  bool keep_alive;
};

Outcome Parse(absl::string_view bytes, size_t piece = absl::string_view::npos) {
  RequestParser parser;
  Outcome outcome;
  outcome.taken = 0;
  while (outcome.taken < bytes.size() && parser.state() == State::kNeedsMore) {
    outcome.taken += parser.Feed(bytes.substr(outcome.taken, piece));
  }
  outcome.state = parser.state();
  outcome.keep_alive = parser.keep_alive();
  if (outcome.state == State::kDone) outcome.request = parser.TakeRequest();
  if (outcome.state == State::kRefused) outcome.refusal = parser.TakeRefusal();
  return outcome;
}

int RefusalOf(absl::string_view bytes) {
  const Outcome outcome = Parse(bytes);
  return outcome.state == State::kRefused ? outcome.refusal.status : 0;
}

constexpr char kChunked[] =
    "POST /a?b=c HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    "3;name=value\r\nabc\r\n0A\r\n0123456789\r\n0\r\nX-Sum: 1\r\nContent-Type: text/evil\r\n\r\n";

TEST(RequestParserTest, TakesARequestAndLeavesWhatFollows) {
  const Outcome outcome = Parse("POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /");
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.taken, 42u);
  EXPECT_EQ(outcome.request.body, "abc");
  EXPECT_TRUE(outcome.keep_alive);
}

// Trailers are read and forgotten: they never pass for headers.
TEST(RequestParserTest, TakesChunksWithExtensionsAndTrailers) {
  const Outcome outcome = Parse(kChunked);
  EXPECT_EQ(outcome.state, State::kDone);
  EXPECT_EQ(outcome.request.body, "abc0123456789");
  EXPECT_THAT(outcome.request.headers,
              ElementsAre(Pair("Transfer-Encoding", "chunked"), Pair("Trailer", "X-Sum")));
}

TEST(RequestParserTest, TakesTheSameFromPiecesOfAnySize) {
  const std::string two = absl::StrCat("\r\n", kChunked, "GET / HTTP/1.1\r\n\r\n");
  for (size_t piece = 1; piece < two.size(); ++piece) {
    const Outcome outcome = Parse(two, piece);
    ASSERT_EQ(outcome.state, State::kDone) << piece;
    EXPECT_EQ(outcome.taken, 2 + sizeof(kChunked) - 1) << piece;
    EXPECT_EQ(outcome.request.body, "abc0123456789") << piece;
    EXPECT_EQ(outcome.request.headers.size(), 2u) << piece;
  }
}

TEST(RequestParserTest, RefusesTheSameFromPiecesOfAnySize) {
  for (absl::string_view bad :
       {"GET  HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nbad\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET /%zz HTTP/1.1\r\nA: b\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"}) {
    for (size_t piece = 1; piece <= bad.size(); ++piece) {
      const Outcome outcome = Parse(bad, piece);
      EXPECT_EQ(outcome.state, State::kRefused) << bad << piece;
      EXPECT_EQ(outcome.refusal.status, 400) << bad << piece;
    }
  }
}

TEST(RequestParserTest, TakesAbsoluteTargets) {
  const auto path_of = [](absl::string_view target) {
    const Outcome outcome = Parse(absl::StrCat("GET ", target, " HTTP/1.1\r\n\r\n"));
    return outcome.state == State::kDone ? outcome.request.path : outcome.refusal.body;
  };
  EXPECT_EQ(path_of("http://host:5050/state?a"), "/state");
  EXPECT_EQ(path_of("HTTPS://host/a"), "/a");
  EXPECT_EQ(path_of("http://host"), "/");
  EXPECT_EQ(path_of("http://host?a=b"), "/");
  EXPECT_EQ(path_of("/a#fragment"), "/a");
  for (const char* bad : {"http://", "http:///a", "host:5050", "*", "?a=b", "a", "ftp://host/"}) {
    EXPECT_THAT(path_of(bad), HasSubstr("400 Bad Request. ")) << bad;
  }
}

TEST(RequestParserTest, NamesThePlaceOfABrokenEscape) {
  const Outcome path = Parse("GET /a%zz HTTP/1.1\r\n\r\n");
  EXPECT_EQ(path.refusal.status, 400);
  EXPECT_THAT(path.refusal.body, HasSubstr("Failed to decode the URL path: Malformed % escape at "
                                           "byte 2"));
  EXPECT_TRUE(path.keep_alive);
  EXPECT_THAT(Parse("GET /a?b=%1 HTTP/1.1\r\n\r\n").refusal.body, HasSubstr("the URL query"));
  EXPECT_EQ(RefusalOf("GET /a%00b HTTP/1.1\r\n\r\n"), 400);
}

TEST(RequestParserTest, RefusesWhatIsNotHttp) {
  EXPECT_EQ(RefusalOf("\x16\x03\x01\x02 and the rest of a TLS hello\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET /\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\nHost: h\n\n"), 400);
  EXPECT_EQ(RefusalOf("GET /a b HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf(absl::string_view("GET /a\0b HTTP/1.1\r\n\r\n", 21)), 400);
  EXPECT_EQ(RefusalOf(absl::string_view("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 26)), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\n: b\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/1.1\r\nA : b\r\n\r\n"), 400);
  EXPECT_EQ(RefusalOf("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(RefusalOf("GET / HTTP/0.9\r\n\r\n"), 505);
}

// Two readings of where a body ends are how one request hides in another.
TEST(RequestParserTest, RefusesAnAmbiguousLength) {
  const auto refusal = [](absl::string_view headers) {
    return RefusalOf(absl::StrCat("POST / HTTP/1.1\r\n", headers, "\r\n\r\n0\r\n\r\n"));
  };
  EXPECT_EQ(refusal("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400);
  EXPECT_EQ(refusal("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400);
  EXPECT_EQ(refusal("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400);
  EXPECT_EQ(refusal("Content-Length: 5\r\nContent-Length: 6"), 400);
  EXPECT_EQ(refusal("Content-Length: -1"), 400);
  EXPECT_EQ(refusal("Content-Length: 0x5"), 400);
  EXPECT_EQ(refusal("Content-Length: 18446744073709551621"), 400);
  EXPECT_EQ(refusal("Transfer-Encoding: gzip"), 501);
  EXPECT_EQ(refusal("Transfer-Encoding: chunked, gzip"), 501);
}

TEST(RequestParserTest, BoundsTheHead) {
  const std::string value(limits::kMaxHttpHeaderBytes, 'a');
  EXPECT_EQ(RefusalOf(absl::StrCat("GET / HTTP/1.1\r\nA: ", value, "\r\n\r\n")), 431);
  EXPECT_EQ(RefusalOf(absl::StrCat("GET /", value, " HTTP/1.1\r\n\r\n")), 431);
  EXPECT_EQ(RefusalOf(value), 431);
  // Line by line, with everything that came before consumed.
  RequestParser parser;
  parser.Feed("GET / HTTP/1.1\r\n");
  size_t lines = 0;
  while (parser.state() == State::kNeedsMore && lines < limits::kMaxHttpHeaderBytes) {
    parser.Feed("A: b\r\n");
    ++lines;
  }
  EXPECT_EQ(parser.TakeRefusal().status, 431);
  EXPECT_GT(lines, limits::kMaxHttpHeaderBytes / 10);
}

TEST(RequestParserTest, BoundsTheBody) {
  const size_t most = limits::kMaxHttpBodyBytes;
  EXPECT_EQ(RefusalOf(absl::StrCat("POST / HTTP/1.1\r\nContent-Length: ", most, "\r\n\r\n")), 0);
  EXPECT_EQ(RefusalOf(absl::StrCat("POST / HTTP/1.1\r\nContent-Length: ", most + 1, "\r\n\r\n")),
            413);
  const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(RefusalOf(absl::StrCat(chunked, absl::Hex(most), "\r\n")), 0);
  EXPECT_EQ(RefusalOf(absl::StrCat(chunked, absl::Hex(most + 1), "\r\n")), 413);
  EXPECT_EQ(RefusalOf(absl::StrCat(chunked, "1\r\na\r\n", absl::Hex(most), "\r\n")), 413);
  EXPECT_EQ(RefusalOf(absl::StrCat(chunked, "FFFFFFFFFFFFFFFF\r\n")), 413);
  EXPECT_EQ(RefusalOf(absl::StrCat(chunked, "1FFFFFFFFFFFFFFFF\r\n")), 400);
}

TEST(RequestParserTest, BoundsWhatStandsBetweenChunks) {
  for (const char* start : {"1;", "0\r\nA: "}) {
    RequestParser parser;
    parser.Feed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    parser.Feed(start);
    const std::string flood(1000, 'a');
    size_t fed = 0;
    while (parser.state() == State::kNeedsMore && fed < 10 * limits::kMaxHttpHeaderBytes) {
      fed += parser.Feed(flood);
    }
    EXPECT_EQ(parser.TakeRefusal().status, 431) << start;
    EXPECT_FALSE(parser.keep_alive());
  }
}

TEST(RequestParserTest, TellsWhenTheClientWaitsForContinue) {
  RequestParser parser;
  parser.Feed("POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-Continue\r\n");
  EXPECT_FALSE(parser.TakeExpectsContinue());
  parser.Feed("\r\n");
  EXPECT_TRUE(parser.TakeExpectsContinue());
  EXPECT_FALSE(parser.TakeExpectsContinue());
  parser.Feed("ab");
  EXPECT_EQ(parser.TakeRequest().body, "ab");
  // Where the body has begun to come, nobody waits.
  RequestParser eager;
  eager.Feed("POST / HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\na");
  EXPECT_FALSE(eager.TakeExpectsContinue());
  EXPECT_EQ(RefusalOf("POST / HTTP/1.1\r\nExpect: 200-ok\r\nContent-Length: 2\r\n\r\n"), 417);
}

TEST(RequestParserTest, ReadsKeepAlive) {
  EXPECT_TRUE(Parse("GET / HTTP/1.1\r\n\r\n").keep_alive);
  EXPECT_FALSE(Parse("GET / HTTP/1.1\r\nConnection: upgrade, CLOSE\r\n\r\n").keep_alive);
  EXPECT_FALSE(Parse("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(Parse("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(Parse("GET / HTTP/1.1\r\nbroken\r\n\r\n").keep_alive);
}

// Random damage to good requests: anything may come out, but it comes out once, within what was
// given.
TEST(RequestParserPropertyTest, SurvivesDamage) {
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = kChunked;
    for (int i = random() % 4; i >= 0; --i) {
      bytes[random() % bytes.size()] =
          static_cast<char>(random() % 3 == 0 ? "\r\n: %0;"[random() % 7] : random());
    }
    const Outcome outcome = Parse(bytes, 1 + random() % bytes.size());
    ASSERT_LE(outcome.taken, bytes.size());
    if (outcome.state == State::kRefused) {
      ASSERT_GE(outcome.refusal.status, 400);
    }
  }
}

}  // namespace
}  // namespace mesos::net
