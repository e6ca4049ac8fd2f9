#include "common/net/media_type.h"

#include <gtest/gtest.h>

namespace mesos::net {
namespace {

HttpRequest With(Fields headers) {
  HttpRequest request;
  request.headers = std::move(headers);
  return request;
}

TEST(RequestMediaTypeTest, TakesTheTwoExactNames) {
  EXPECT_EQ(*RequestMediaType(With({{"content-type", "application/json"}})), MediaType::kJson);
  EXPECT_EQ(*RequestMediaType(With({{"Content-Type", "application/x-protobuf"}})),
            MediaType::kProtobuf);
}

// Facts of what clients depend on stand by number in the names.
TEST(RequestMediaTypeTest, Fact4ParametersAndOtherNamesAreRefused) {
  for (const char* type : {"application/json;charset=utf-8", "application/json; charset=UTF-8",
                           "application/x-protobuf;q=1", "text/plain", "Application/JSON", ""}) {
    const auto refused = RequestMediaType(With({{"Content-Type", type}}));
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << type;
    EXPECT_EQ(refused.status().message(),
              "Expecting 'Content-Type' of application/json or application/x-protobuf");
  }
}

TEST(MediaTypeTest, Fact4NamesHaveNoParameters) {
  EXPECT_STREQ(MediaTypeName(MediaType::kJson), "application/json");
  EXPECT_STREQ(MediaTypeName(MediaType::kProtobuf), "application/x-protobuf");
}

TEST(RequestMediaTypeTest, TellsAnAbsentHeaderFromAWrongOne) {
  const auto refused = RequestMediaType(With({{"Accept", "application/json"}}));
  EXPECT_TRUE(absl::IsFailedPrecondition(refused.status()));
  EXPECT_EQ(refused.status().message(), "Expecting 'Content-Type' to be present");
}

TEST(ResponseMediaTypeTest, Fact6NoAcceptMeansJsonAndJsonWins) {
  EXPECT_EQ(*ResponseMediaType(With({})), MediaType::kJson);
  for (const char* accept :
       {"", "*/*", "application/*", "application/json", "application/json, application/x-protobuf",
        "application/x-protobuf,application/json;q=0.1", "text/html, */*;q=0.5"}) {
    EXPECT_EQ(*ResponseMediaType(With({{"Accept", accept}})), MediaType::kJson) << accept;
  }
}

TEST(ResponseMediaTypeTest, GivesProtobufWhereOnlyThatIsAllowed) {
  for (const char* accept :
       {"application/x-protobuf", "application/x-protobuf;q=0.2, text/plain",
        "application/json;q=0, application/x-protobuf", "*/*, application/json;q=0"}) {
    EXPECT_EQ(*ResponseMediaType(With({{"Accept", accept}})), MediaType::kProtobuf) << accept;
  }
}

TEST(ResponseMediaTypeTest, Fact6TheLastOfRepeatedAcceptLinesCounts) {
  EXPECT_EQ(*ResponseMediaType(
                With({{"Accept", "application/json"}, {"Accept", "application/x-protobuf"}})),
            MediaType::kProtobuf);
  EXPECT_FALSE(ResponseMediaType(With({{"Accept", "application/x-protobuf"},
                                       {"Accept", "application/recordio"},
                                       {"Message-Accept", "application/x-protobuf"}}))
                   .ok());
}

TEST(ResponseMediaTypeTest, RefusesWhatAllowsNeither) {
  for (const char* accept : {"foo", "text/html", "application/json;q=0.0", ",", ";;q=", "*"}) {
    const auto refused = ResponseMediaType(With({{"Accept", accept}}));
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << accept;
    EXPECT_EQ(refused.status().message(),
              "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");
  }
}

TEST(AcceptsTest, ReadsRangesWildcardsAndWeights) {
  EXPECT_TRUE(Accepts("", "text/html"));
  EXPECT_TRUE(Accepts("text/html", "text/html"));
  EXPECT_TRUE(Accepts("TEXT/HTML ; level=1", "text/html"));
  EXPECT_TRUE(Accepts("text/*;q=0.3", "text/html"));
  EXPECT_TRUE(Accepts("a/b , text/html;q=0.001", "text/html"));
  EXPECT_FALSE(Accepts("text/*", "application/json"));
  EXPECT_FALSE(Accepts("text/html;q=0", "text/html"));
  EXPECT_FALSE(Accepts("text/html ; Q=0.000", "text/html"));
  // The closest range decides, wherever it stands.
  EXPECT_FALSE(Accepts("text/html;q=0, */*", "text/html"));
  EXPECT_TRUE(Accepts("*/*;q=0, text/html", "text/html"));
}

}  // namespace
}  // namespace mesos::net
