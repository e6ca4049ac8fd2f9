#include "master/api/event_log.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace mesos::master {
namespace {

EventLog::Record Of(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

std::string Read(EventLog& log, EventLog::Reader reader, size_t max_records = 100) {
  std::vector<EventLog::Record> records;
  if (!log.Read(reader, max_records, 1 << 20, records)) return "lost";
  std::string all;
  for (const EventLog::Record& record : records) all += *record;
  return all;
}

TEST(EventLogTest, EveryReaderHearsWhatCameAfterItJoined) {
  EventLog log(1 << 20);
  const EventLog::Reader first = log.Join();
  log.Append(Of("a"));
  const EventLog::Reader second = log.Join();
  log.Append(Of("b"));
  EXPECT_EQ(Read(log, second), "b");
  EXPECT_EQ(Read(log, first, 1), "a");
  EXPECT_EQ(Read(log, first), "b");
  EXPECT_EQ(Read(log, first), "");
}

TEST(EventLogTest, HoldsNothingThatEverybodyHasReadOrNobodyWaitsFor) {
  EventLog log(1 << 20);
  log.Append(Of("nobody"));
  EXPECT_EQ(log.bytes(), 0u);
  const EventLog::Reader fast = log.Join();
  const EventLog::Reader slow = log.Join();
  log.Append(Of("a"));
  log.Append(Of("b"));
  Read(log, fast);
  const size_t two = log.bytes();
  EXPECT_GT(two, 2u);
  Read(log, slow, 1);
  EXPECT_EQ(log.bytes(), two / 2);
  log.Leave(slow);
  log.Leave(slow);
  EXPECT_EQ(log.bytes(), 0u);
}

TEST(EventLogTest, BeyondTheBoundTheSlowestReadersAreLost) {
  constexpr size_t kBound = 1 << 20;
  EventLog log(kBound);
  const EventLog::Reader slow = log.Join();
  const EventLog::Reader other_slow = log.Join();
  const EventLog::Reader fast = log.Join();
  const EventLog::Record large = Of(std::string(100'000, 'x'));
  bool lost = false;
  int appended = 0;
  while (!lost && appended < 100) {
    lost = log.Append(large);
    ++appended;
    Read(log, fast);
    EXPECT_LE(log.bytes(), kBound);
  }
  EXPECT_EQ(appended, 11);
  EXPECT_TRUE(log.Lost(slow));
  EXPECT_TRUE(log.Lost(other_slow));
  EXPECT_EQ(Read(log, slow), "lost");
  EXPECT_FALSE(log.Lost(fast));
  EXPECT_EQ(log.bytes(), 0u);
  EXPECT_EQ(Read(log, fast), "");
}

TEST(EventLogTest, OneRecordBeyondTheBoundReachesItsReaders) {
  EventLog log(100);
  const EventLog::Reader reader = log.Join();
  EXPECT_FALSE(log.Append(Of(std::string(1000, 'x'))));
  EXPECT_EQ(Read(log, reader), std::string(1000, 'x'));
}

}  // namespace
}  // namespace mesos::master
