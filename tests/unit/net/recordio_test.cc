#include "common/net/recordio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace mesos::net {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RecordDecoderTest : public testing::Test {
 protected:
  absl::Status Feed(absl::string_view bytes) {
    return decoder_.Feed(bytes, [this](std::string record) { records_.push_back(record); });
  }

  RecordDecoder decoder_{100};
  std::vector<std::string> records_;
};

TEST(EncodeRecordTest, Fact2TheLengthCountsBytes) {
  EXPECT_EQ(EncodeRecord("{\"type\":\"HEARTBEAT\"}"), "20\n{\"type\":\"HEARTBEAT\"}");
  EXPECT_EQ(EncodeRecord("\xC3\xA9"), "2\n\xC3\xA9");
  EXPECT_EQ(EncodeRecord(""), "0\n");
}

TEST_F(RecordDecoderTest, TakesSeveralRecordsAtOnce) {
  EXPECT_TRUE(Feed("3\nabc0\n2\n\n\n1").ok());
  EXPECT_THAT(records_, ElementsAre("abc", "", "\n\n"));
  EXPECT_FALSE(decoder_.AtBoundary());
  EXPECT_TRUE(Feed("\nx").ok());
  EXPECT_THAT(records_, ElementsAre("abc", "", "\n\n", "x"));
  EXPECT_TRUE(decoder_.AtBoundary());
}

TEST_F(RecordDecoderTest, TakesBytesOneByOne) {
  for (char c : std::string("12\nhello, world5\nagain")) {
    EXPECT_TRUE(Feed(absl::string_view(&c, 1)).ok());
  }
  EXPECT_THAT(records_, ElementsAre("hello, world", "again"));
  EXPECT_TRUE(decoder_.AtBoundary());
}

TEST_F(RecordDecoderTest, HandsOutNothingBeforeTheRecordIsWhole) {
  EXPECT_TRUE(Feed("5\nagai").ok());
  EXPECT_THAT(records_, IsEmpty());
  EXPECT_FALSE(decoder_.AtBoundary());
}

TEST_F(RecordDecoderTest, StaysBrokenAfterABadLength) {
  EXPECT_TRUE(absl::IsInvalidArgument(Feed("1\na{\"type\"")));
  EXPECT_TRUE(absl::IsInvalidArgument(Feed("1\nb")));
  EXPECT_THAT(records_, ElementsAre("a"));
}

TEST(RecordDecoderBadLengthTest, RefusesWhatIsNoLength) {
  for (const char* bad :
       {"\n", "-1\n", "+1\n", " 1\n", "1 \n", "1\r\n", "0x1\n", "1.0\n", "a",
        "000000000000000000000", "101\n", "99999999999999999999\n", "18446744073709551617\n"}) {
    RecordDecoder decoder(100);
    EXPECT_TRUE(absl::IsInvalidArgument(decoder.Feed(bad, [](std::string) { FAIL(); }))) << bad;
  }
}

TEST(RecordDecoderBadLengthTest, TakesExactlyTheBound) {
  RecordDecoder decoder(100);
  std::string taken;
  EXPECT_TRUE(decoder
                  .Feed(EncodeRecord(std::string(100, 'x')),
                        [&](std::string record) { taken = std::move(record); })
                  .ok());
  EXPECT_EQ(taken, std::string(100, 'x'));
}

// Whatever the pieces in which they come, the records come out as they went in.
TEST(RecordDecoderPropertyTest, IsTheInverseOfEncodeRecord) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> records(random() % 20);
    std::string bytes;
    for (std::string& record : records) {
      record.resize(random() % 300);
      for (char& c : record) c = static_cast<char>(random() % 3 == 0 ? '\n' : random());
      bytes += EncodeRecord(record);
    }
    RecordDecoder decoder(300);
    std::vector<std::string> out;
    for (absl::string_view rest = bytes; !rest.empty();) {
      const size_t piece = std::min<size_t>(rest.size(), 1 + random() % 100);
      ASSERT_TRUE(decoder
                      .Feed(rest.substr(0, piece),
                            [&](std::string record) { out.push_back(std::move(record)); })
                      .ok());
      rest.remove_prefix(piece);
    }
    EXPECT_EQ(out, records);
    EXPECT_TRUE(decoder.AtBoundary());
  }
}

}  // namespace
}  // namespace mesos::net
