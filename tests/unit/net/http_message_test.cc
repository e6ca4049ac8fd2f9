#include "common/net/http_message.h"

#include <gtest/gtest.h>

namespace mesos::net {
namespace {

TEST(HttpRequestTest, FindsAHeaderInAnyCase) {
  HttpRequest request;
  request.headers = {{"mEsOs-StReAm-iD", "7"}};
  EXPECT_EQ(request.Header("Mesos-Stream-Id"), "7");
  EXPECT_EQ(request.Header("Mesos-Stream"), "");
}

TEST(HttpRequestTest, TakesTheLastOfRepeatedHeaders) {
  HttpRequest request;
  request.headers = {{"Accept", "application/x-protobuf"}, {"accept", "application/recordio"}};
  EXPECT_EQ(request.Header("Accept"), "application/recordio");
}

TEST(HttpRequestTest, TellsAnEmptyQueryFieldFromNone) {
  HttpRequest request;
  request.query = {{"jsonp", ""}, {"limit", "1"}, {"limit", "-1"}};
  EXPECT_EQ(request.Query("jsonp"), "");
  EXPECT_EQ(request.Query("limit"), "-1");
  EXPECT_EQ(request.Query("Limit"), std::nullopt);
}

TEST(HttpResponseTest, NamesItsContentType) {
  const HttpResponse text = HttpResponse::Text(404, "404 Not Found.");
  EXPECT_EQ(text.status, 404);
  EXPECT_EQ(text.headers, (Fields{{"Content-Type", "text/plain; charset=utf-8"}}));
  EXPECT_EQ(text.body, "404 Not Found.");

  const HttpResponse json = HttpResponse::Json("{}");
  EXPECT_EQ(json.status, 200);
  EXPECT_EQ(json.headers, (Fields{{"Content-Type", "application/json"}}));
}

}  // namespace
}  // namespace mesos::net
