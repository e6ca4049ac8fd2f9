#include "common/net/accept_encoding.h"

#include <gtest/gtest.h>

#include "common/net/preface.h"

namespace mesos::net {
namespace {

TEST(AcceptEncodingTest, ReadsNamesWildcardsAndWeights) {
  for (const char* yes : {"gzip", "deflate, GZIP", "gzip;q=0.1", "br;q=1, gzip ; q=1.000", "*",
                          "identity;q=0, *;q=0.5", "gzip, *;q=0", "*;q=0, gzip"}) {
    EXPECT_TRUE(AcceptsEncoding(yes, "gzip")) << yes;
  }
  for (const char* no : {"", "deflate", "gzip;q=0", "gzip;q=0.000", "gzip; Q=0, *", "*;q=0",
                         "xgzip", "gzip;q=", "gzip;q=many", ","}) {
    EXPECT_FALSE(AcceptsEncoding(no, "gzip")) << no;
  }
}

TEST(PrefaceTest, TellsHttp2FromHttp1AsSoonAsItCan) {
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (size_t size = 0; size <= preface.size(); ++size) {
    EXPECT_EQ(DetectPreface(preface.substr(0, size)),
              size < 14 ? Preface::kUndecided : Preface::kHttp2);
  }
  for (const char* other :
       {"G", "POST / HTTP/1.1", "PUT", "PR1", "PRI / HTTP/1.1", "PRI * HTTP/1.1"}) {
    EXPECT_EQ(DetectPreface(other), Preface::kHttp1) << other;
  }
}

}  // namespace
}  // namespace mesos::net
