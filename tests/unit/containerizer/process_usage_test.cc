#include "agent/containerizer/process_usage.h"

#include <unistd.h>

#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

launcher::ProcessStat Process(int32_t parent, uint64_t ticks, uint64_t pages) {
  launcher::ProcessStat stat;
  stat.parent = parent;
  stat.user_ticks = ticks;
  stat.system_ticks = 2 * ticks;
  stat.threads = 1;
  stat.resident_pages = pages;
  return stat;
}

TEST(ProcessUsageTest, SumsUpTheTreeAndNothingElse) {
  const ProcessTable table({{10, Process(1, 100, 1)},
                            {11, Process(10, 200, 2)},
                            {12, Process(11, 300, 4)},
                            {20, Process(1, 9999, 9999)}});
  const ProcessUsage usage = table.UsageOf(10);
  const double ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  EXPECT_EQ(usage.processes, 3u);
  EXPECT_EQ(usage.threads, 3u);
  EXPECT_DOUBLE_EQ(absl::ToDoubleSeconds(usage.user_time), 600 / ticks);
  EXPECT_DOUBLE_EQ(absl::ToDoubleSeconds(usage.system_time), 1200 / ticks);
  EXPECT_EQ(usage.resident_bytes, 7u * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(table.UsageOf(99).processes, 0u);
}

TEST(ProcessUsageTest, EndsWhereProcessesAreTheirOwnAncestors) {
  const ProcessTable table({{10, Process(11, 1, 1)}, {11, Process(10, 1, 1)}});
  EXPECT_EQ(table.UsageOf(10).processes, 2u);
}

TEST(ProcessUsageTest, ReadsThisProcess) {
  const ProcessUsage usage = ProcessTable::Read().UsageOf(getpid());
  EXPECT_GE(usage.processes, 1u);
  EXPECT_GT(usage.resident_bytes, 0u);
}

}  // namespace
}  // namespace mesos::agent
