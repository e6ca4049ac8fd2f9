#include "master/api/leadership.h"

#include <map>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace mesos::master {
namespace {

net::HttpRequest Get(const std::string& target) {
  net::HttpRequest request;
  request.method = "GET";
  request.target = target;
  return request;
}

const Leadership kFollower = {false, LeaderAddress{"leader.example", 5050}};

TEST(LeadershipTest, ALeaderAnswersItself) {
  EXPECT_FALSE(RedirectToLeader({true, LeaderAddress{"me", 5050}}, Get("/state")));
}

// Fact 31 of what clients depend on.
TEST(LeadershipTest, AFollowerSendsToTheSamePathOfTheLeader) {
  for (const auto& [target, location] : std::map<std::string, std::string>{
           {"/state", "//leader.example:5050/master/state"},
           {"/master/state?jsonp=f&x=%2F", "//leader.example:5050/master/state?jsonp=f&x=%2F"},
           {"/api/v1/scheduler", "//leader.example:5050/master/api/v1/scheduler"}}) {
    const std::optional<net::HttpResponse> response = RedirectToLeader(kFollower, Get(target));
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->status, 307);
    EXPECT_EQ(response->headers, (net::Fields{{"Location", location}}));
    EXPECT_EQ(response->body, "");
  }
}

TEST(LeadershipTest, WithoutALeaderNobodyCanAnswer) {
  const std::optional<net::HttpResponse> response = RedirectToLeader({}, Get("/state"));
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status, 503);
  EXPECT_EQ(response->body, "No leader elected");
  EXPECT_EQ(ToLeader({}).status, 503);
}

TEST(LeadershipTest, RedirectGoesToTheLeadersRoot) {
  EXPECT_EQ(ToLeader(kFollower).headers, (net::Fields{{"Location", "//leader.example:5050"}}));
  EXPECT_EQ(ToLeader({true, LeaderAddress{"::1", 5050}}).headers,
            (net::Fields{{"Location", "//[::1]:5050"}}));
}

}  // namespace
}  // namespace mesos::master
