#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "common/metrics/executor_metrics.h"
#include "common/metrics/metrics_page.h"
#include "common/metrics/render.h"
#include "common/metrics/system_metrics.h"
#include "common/metrics/timings.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/metrics/prometheus_page.h"

namespace mesos::metrics {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Family kTasks = {"test_tasks", "Tasks.", Type::kGauge};
constexpr Family kCalls = {"test_calls_total", "Calls.", Type::kCounter};
constexpr Family kRuns = {"test_run_seconds", "Runs.", Type::kGauge};

std::string SnapshotText(MetricsPage page) {
  std::string text;
  SnapshotWriter writer(std::move(page));
  while (writer.Next(text)) {
  }
  return text;
}

std::map<std::string, double> MesosValues(const MetricsPage& page) {
  std::map<std::string, double> values;
  for (const MetricsPage::Group& group : page.groups()) {
    for (size_t i = 0; i < group.values.size(); ++i) {
      values[group.prefix + std::string(group.suffix(i))] = group.values[i];
    }
  }
  return values;
}

TEST(SnapshotWriterTest, WritesOneObjectOfNumbers) {
  MetricsPage page;
  page.Add("a/b", kTasks, {{"state", "x"}}, 3);
  page.AddMesos("c", 0.5);
  static constexpr absl::string_view kSuffixes[] = {"one", "two"};
  page.AddMesos("p/", kSuffixes, {-1, 1e15});
  page.AddMesos("big", 15860867072);
  EXPECT_EQ(page.mesos_count(), 5u);
  EXPECT_EQ(SnapshotText(std::move(page)),
            R"({"a/b":3.0,"c":0.5,"p/one":-1.0,"p/two":1000000000000000.0,"big":15860867072.0})");
}

TEST(SnapshotWriterTest, WritesAnEmptyPageAndNamesThatNeedEscapes) {
  EXPECT_EQ(SnapshotText(MetricsPage()), "{}");
  MetricsPage page;
  page.AddMesos("a\"b\n", 1);
  EXPECT_EQ(SnapshotText(std::move(page)), "{\"a\\\"b\\n\":1.0}");
}

TEST(SnapshotWriterTest, WritesZeroForWhatIsNoNumber) {
  MetricsPage page;
  page.AddMesos("nan", std::nan(""));
  page.AddMesos("inf", std::numeric_limits<double>::infinity());
  EXPECT_EQ(SnapshotText(std::move(page)), R"({"nan":0.0,"inf":0.0})");
}

TEST(SnapshotWriterTest, MakesALongPageInPieces) {
  MetricsPage page;
  for (int i = 0; i < 20'000; ++i) page.AddMesos("metric/" + std::to_string(i), i);
  SnapshotWriter writer(std::move(page));
  std::string whole;
  int pieces = 0;
  for (std::string piece; writer.Next(piece); piece.clear()) {
    EXPECT_LT(piece.size(), 512u << 10);
    whole += piece;
    ++pieces;
  }
  EXPECT_GT(pieces, 1);
  EXPECT_THAT(whole, HasSubstr(",\"metric/19999\":19999.0}"));
}

TEST(PrometheusTextTest, GivesEachFamilyItsTypeAndHelpOnce) {
  MetricsPage page;
  page.AddPrometheus(kTasks, {{"state", "running"}}, 3);
  page.AddPrometheus(kCalls, {}, 7);
  page.AddPrometheus(kTasks, {{"state", "staging"}}, 0);
  const PrometheusPage read(PrometheusText(page));
  EXPECT_THAT(read.faults(), IsEmpty());
  EXPECT_EQ(read.Value("test_tasks{state=\"running\"}"), 3);
  EXPECT_EQ(read.Value("test_tasks{state=\"staging\"}"), 0);
  EXPECT_EQ(read.Value("test_calls_total"), 7);
  EXPECT_EQ(read.types().at("test_tasks"), "gauge");
  EXPECT_EQ(read.types().at("test_calls_total"), "counter");
}

TEST(MetricsPageTest, KeepsOnlyTheFormThatItIsFor) {
  MetricsPage mesos(Form::kMesos);
  mesos.Add("a", kTasks, {}, 1);
  EXPECT_EQ(mesos.mesos_count(), 1u);
  EXPECT_THAT(mesos.families(), IsEmpty());
  MetricsPage prometheus(Form::kPrometheus);
  prometheus.Add("a", kTasks, {}, 1);
  EXPECT_EQ(prometheus.mesos_count(), 0u);
  EXPECT_EQ(prometheus.families().size(), 1u);
}

TEST(PrometheusTextTest, EscapesLabelsAndMendsWhatIsNotUtf8) {
  MetricsPage page;
  page.AddPrometheus(kTasks, {{"state", "a\"b\\c\nd"}}, 1);
  page.AddPrometheus(kTasks, {{"state", "\xff\xc3\xbc\xed\xa0\x80\xc0\x80"}}, 2);
  const std::string text = PrometheusText(page);
  EXPECT_THAT(PrometheusPage(text).faults(), IsEmpty()) << text;
  EXPECT_THAT(text, HasSubstr(R"({state="a\"b\\c\nd"} 1)"));
  EXPECT_THAT(text, HasSubstr("{state=\"?\xc3\xbc?????\"} 2"));
}

TEST(PrometheusPageTest, FindsFaults) {
  for (const char* text :
       {"x 1\n", "# TYPE x gauge\n# HELP x h\nx{a=\"b} 1\n", "# TYPE x counter\n# HELP x h\nx 1\n",
        "# TYPE x gauge\n# HELP x h\nx 1\nx 2\n", "# TYPE x gauge\n# HELP x h\nx one\n",
        "# TYPE x gauge\n# HELP x h\nx{a=\"1\",a=\"2\"} 1\n", "# TYPE x gauge\n# HELP x h\nx 1",
        "# TYPE x histogram\n# HELP x h\nx_bucket{le=\"1\"} 2\nx_bucket{le=\"+Inf\"} 1\n"
        "x_sum 1\nx_count 1\n"}) {
    EXPECT_THAT(PrometheusPage(text).faults(), Not(IsEmpty())) << text;
  }
}

TEST(TimingsTest, TellsPercentilesAsMesosAndAHistogram) {
  Timings timings;
  for (int i = 1; i <= 101; ++i) timings.Record(absl::Milliseconds(i));
  MetricsPage page;
  AddTimings("a/run", timings.Read(), kRuns, {}, page);
  const std::map<std::string, double> values = MesosValues(page);
  EXPECT_DOUBLE_EQ(values.at("a/run_ms"), 101);
  EXPECT_DOUBLE_EQ(values.at("a/run_ms/count"), 101);
  EXPECT_DOUBLE_EQ(values.at("a/run_ms/min"), 1);
  EXPECT_DOUBLE_EQ(values.at("a/run_ms/max"), 101);
  EXPECT_DOUBLE_EQ(values.at("a/run_ms/p50"), 51);
  EXPECT_DOUBLE_EQ(values.at("a/run_ms/p90"), 91);
  EXPECT_DOUBLE_EQ(values.at("a/run_ms/p99"), 100);
  EXPECT_NEAR(values.at("a/run_ms/p9999"), 100.99, 0.001);
  const PrometheusPage read(PrometheusText(page));
  EXPECT_THAT(read.faults(), IsEmpty());
  EXPECT_EQ(read.Value("test_run_seconds_bucket{le=\"0.01\"}"), 10);
  EXPECT_EQ(read.Value("test_run_seconds_count"), 101);
}

TEST(TimingsTest, KeepsAWindowAndCountsAll) {
  Timings timings;
  MetricsPage empty;
  AddTimings("a", timings.Read(), kRuns, {}, empty);
  EXPECT_THAT(MesosValues(empty), IsEmpty());
  for (size_t i = 0; i < Timings::kWindow + 500; ++i) timings.Record(absl::Seconds(i));
  const Timings::Reading reading = timings.Read();
  ASSERT_EQ(reading.window.size(), Timings::kWindow);
  EXPECT_EQ(reading.window.front(), 500'000);
  EXPECT_EQ(reading.window.back(), 1'499'000);
  EXPECT_EQ(reading.histogram.count, Timings::kWindow + 500);
}

TEST(ExecutorMetricsTest, ShowsQueueAndRunTimesOfEachHandler) {
  AsioExecutor executor("test");
  for (int i = 0; i < 10; ++i) executor.Post("work", [] {});
  RunAndWait(executor, "last", [] {});
  RunAndWait(executor, "last", [] {});  // what ran before is counted by then
  MetricsPage page;
  AddHandlerMetrics("core", executor.Snapshot(), executor.queued(), page);
  const std::string text = PrometheusText(page);
  const PrometheusPage read(text);
  EXPECT_THAT(read.faults(), IsEmpty()) << text;
  EXPECT_EQ(read.Value("mesos_handler_run_seconds_count{thread=\"core\",handler=\"work\"}"), 10)
      << text;
  EXPECT_EQ(read.Value(
                "mesos_handler_queue_seconds_bucket{thread=\"core\",handler=\"work\",le=\"+Inf\"}"),
            10);
}

TEST(SystemMetricsTest, TellsOfTheMachineAndTheProcess) {
  const SystemStats stats = ReadSystemStats();
  EXPECT_GE(stats.cpus, 1);
  EXPECT_GT(stats.mem_total_bytes, stats.mem_free_bytes);
  MetricsPage page;
  AddSystemMetrics(stats, page);
  AddProcessMetrics(page);
  const PrometheusPage read(PrometheusText(page));
  EXPECT_THAT(read.faults(), IsEmpty());
  EXPECT_GT(read.Value("process_resident_memory_bytes").value_or(0), 1e6);
  EXPECT_GT(read.Value("process_open_fds").value_or(0), 2);
  EXPECT_EQ(MesosValues(page).at("system/cpus_total"), stats.cpus);
}

}  // namespace
}  // namespace mesos::metrics
