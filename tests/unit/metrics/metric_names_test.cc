// What Mesos has in its snapshot our daemons have under the same name, but for a short list.

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "agent/api/agent_metrics.h"
#include "agent/api/runtime_metrics.h"
#include "agent/core/agent_core.h"
#include "agent/core/snapshot.h"
#include "common/metrics/render.h"
#include "common/metrics/system_metrics.h"
#include "common/runtime/run_and_wait.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "master/api/master_metrics.h"
#include "master/api/runtime_metrics.h"
#include "tests/unit/metrics/prometheus_page.h"

namespace mesos {
namespace {

using metrics::MetricsPage;
using ::testing::Contains;
using ::testing::IsEmpty;

std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

// Ids and names that differ from cluster to cluster become '*'.
std::string General(const std::string& name) {
  static const std::regex framework("^master/frameworks/[^/]+/[^/]+/");
  static const std::regex role("/roles/[^/]*/");
  return std::regex_replace(std::regex_replace(name, framework, "master/frameworks/*/"), role,
                            "/roles/*/");
}

// Of every recorded snapshot of `daemon` ("master" or "agent"), in all scenarios.
std::set<std::string> ReferenceNames(const std::string& daemon) {
  std::set<std::string> names;
  const std::string file_name = absl::StrCat("get-", daemon, "-metrics_snapshot.json");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(REFERENCE_DIRECTORY)) {
    if (entry.path().filename() != file_name) continue;
    google::protobuf::Struct record;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(Read(entry.path()), &record).ok());
    const auto& response = record.fields().at("response").struct_value();
    for (const auto& [name, value] : response.fields().at("body").struct_value().fields()) {
      names.insert(General(name));
    }
  }
  return names;
}

struct LeftOut {
  std::string pattern;
  std::string reason;

  bool Matches(const std::string& name) const {
    std::string form;
    for (const char c : pattern) absl::StrAppend(&form, c == '*' ? ".*" : std::string(1, c));
    return std::regex_match(name, std::regex(form));
  }
};

std::vector<LeftOut> ReadLeftOut() {
  std::vector<LeftOut> all;
  const std::vector<std::string> lines =
      absl::StrSplit(Read(LEFT_OUT_FILE), '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    if (line[0] == '#') continue;
    std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    EXPECT_EQ(parts.size(), 2u) << "a name without a reason: " << line;
    if (parts.size() == 2) all.push_back({parts[0], parts[1]});
  }
  return all;
}

std::set<std::string> Names(const MetricsPage& page) {
  std::set<std::string> names;
  for (const MetricsPage::Group& group : page.groups()) {
    for (size_t i = 0; i < group.values.size(); ++i) {
      names.insert(General(absl::StrCat(group.prefix, group.suffix(i))));
    }
  }
  return names;
}

void ExpectAllNames(const std::string& daemon, const MetricsPage& page) {
  const std::set<std::string> ours = Names(page);
  const std::set<std::string> reference = ReferenceNames(daemon);
  EXPECT_GT(reference.size(), 50u);
  const std::vector<LeftOut> left_out = ReadLeftOut();
  for (const std::string& name : reference) {
    const bool listed = std::any_of(left_out.begin(), left_out.end(),
                                    [&](const LeftOut& entry) { return entry.Matches(name); });
    EXPECT_NE(ours.count(name) > 0, listed)
        << name << (listed ? " is there, and listed as left out" : " is missing");
  }
}

v1::FrameworkInfo Framework(const std::string& name) {
  v1::FrameworkInfo info;
  info.set_name(name);
  info.mutable_id()->set_value("id-0001");
  return info;
}

// A master with a bit of everything.
master::MasterFigures SomeFigures() {
  master::MasterFigures figures;
  figures.start_time = absl::UnixEpoch();
  figures.now = figures.start_time + absl::Seconds(5);
  figures.counters.total.regular = {8000, 0, 4096000, 8192000};
  figures.counters.used.regular = {2000, 0, 1024000, 0};
  figures.counters.offered.regular = {1000, 0, 0, 0};
  figures.counters.ended[v1::TASK_KILLED] = 2;
  figures.counters.ended_for[{v1::TASK_KILLED, v1::TaskStatus::SOURCE_MASTER,
                              v1::TaskStatus::REASON_FRAMEWORK_REMOVED}] = 2;
  figures.counters.standing[v1::TASK_RUNNING] = 3;
  figures.counters.calls[v1::scheduler::Call::ACCEPT] = 4;
  figures.frameworks_connected = 1;
  figures.roles["web/front"] = {2.5, 0.25, 1, 7};
  master::FrameworkFigures framework;
  framework.info = std::make_shared<const v1::FrameworkInfo>(Framework("a/b c"));
  framework.connected = true;
  framework.roles = {{"web/front", true}};
  framework.counters.calls[v1::scheduler::Call::ACCEPT] = 4;
  framework.counters.events[v1::scheduler::Event::OFFERS] = 6;
  framework.counters.standing[v1::TASK_RUNNING] = 3;
  figures.frameworks.push_back(framework);
  return figures;
}

MetricsPage MasterPage(const master::MasterMetricsOptions& options = {}) {
  MetricsPage page;
  const master::MasterFigures figures = SomeFigures();
  AddMasterMetrics(figures.now - figures.start_time, &figures, options, page);
  return page;
}

double MesosValue(const MetricsPage& page, const std::string& name) {
  for (const MetricsPage::Group& group : page.groups()) {
    for (size_t i = 0; i < group.values.size(); ++i) {
      if (absl::StrCat(group.prefix, group.suffix(i)) == name) return group.values[i];
    }
  }
  ADD_FAILURE() << "There is no " << name;
  return -1;
}

TEST(MetricNamesTest, MasterHasWhatMesosHas) {
  MetricsPage page = MasterPage();
  AsioExecutor executor("test");
  master::RuntimeFigures figures;
  figures.allocator_runs.Record(absl::Milliseconds(1));
  figures.allocator_latencies.Record(absl::Milliseconds(1));
  figures.registry_recoveries.Record(absl::Milliseconds(1));
  figures.registry_writes.Record(absl::Milliseconds(1));
  master::AddRuntimeMetrics(executor, figures, page);
  AddSystemMetrics(metrics::ReadSystemStats(), page);
  ExpectAllNames("master", page);
  EXPECT_THAT(metrics::PrometheusPage(PrometheusText(page)).faults(), IsEmpty());
}

TEST(MetricNamesTest, AgentHasWhatMesosHas) {
  agent::AgentOptions options;
  options.info.set_hostname("host");
  agent::AgentCore core(options, {}, 1);
  core.Start(absl::UnixEpoch());
  MetricsPage page;
  AddAgentMetrics(*core.TakeSnapshot(absl::UnixEpoch()), absl::UnixEpoch(), page);
  AsioExecutor executor("test");
  const agent::RuntimeFigures figures;
  AddRuntimeMetrics(figures, executor, executor, page);
  AddSystemMetrics(metrics::ReadSystemStats(), page);
  ExpectAllNames("agent", page);
  EXPECT_THAT(metrics::PrometheusPage(PrometheusText(page)).faults(), IsEmpty());
}

TEST(MetricNamesTest, EveryNameLeftOutIsOneOfMesos) {
  std::set<std::string> reference = ReferenceNames("master");
  reference.merge(ReferenceNames("agent"));
  // Recorded with roles and principals of the scenarios that are not in these snapshots.
  reference.insert({"frameworks/probe/messages_processed", "allocator/mesos/quota/roles/*/x"});
  for (const LeftOut& entry : ReadLeftOut()) {
    EXPECT_TRUE(std::any_of(reference.begin(), reference.end(),
                            [&](const std::string& name) { return entry.Matches(name); }))
        << entry.pattern << " is no metric of Mesos";
  }
}

TEST(MasterMetricsTest, GivesValuesInBothForms) {
  const MetricsPage page = MasterPage();
  EXPECT_EQ(MesosValue(page, "master/uptime_secs"), 5);
  EXPECT_EQ(MesosValue(page, "master/cpus_total"), 8);
  EXPECT_EQ(MesosValue(page, "master/cpus_used"), 2);
  EXPECT_EQ(MesosValue(page, "master/cpus_percent"), 0.25);
  EXPECT_EQ(MesosValue(page, "master/gpus_percent"), 0);
  EXPECT_EQ(MesosValue(page, "allocator/mesos/resources/cpus/offered_or_allocated"), 3);
  EXPECT_EQ(MesosValue(page, "master/tasks_running"), 3);
  EXPECT_EQ(MesosValue(page, "master/task_killed/source_master/reason_framework_removed"), 2);
  EXPECT_EQ(MesosValue(page, "allocator/mesos/roles/web%2Ffront/shares/dominant"), 0.25);
  EXPECT_EQ(MesosValue(page, "master/frameworks/a%2Fb%20c/id-0001/calls"), 4);
  EXPECT_EQ(MesosValue(page, "master/frameworks/a%2Fb%20c/id-0001/calls/accept"), 4);
  EXPECT_EQ(MesosValue(page, "master/frameworks/a%2Fb%20c/id-0001/events/offers"), 6);
  EXPECT_EQ(MesosValue(page, "master/frameworks/a%2Fb%20c/id-0001/roles/web%2Ffront/suppressed"),
            1);
  const std::string text = PrometheusText(page);
  const metrics::PrometheusPage read(text);
  EXPECT_EQ(read.Value("mesos_master_tasks{state=\"running\"}"), 3) << text;
  EXPECT_EQ(read.Value("mesos_role_weight{role=\"web/front\"}"), 2.5);
  EXPECT_EQ(read.Value("mesos_framework_calls_total{framework=\"a/b c\",framework_id=\"id-0001\","
                       "type=\"accept\"}"),
            4);
  EXPECT_EQ(read.Value("mesos_master_resources_offered{resource=\"cpus\",revocable=\"false\"}"), 1);
}

TEST(MasterMetricsTest, BoundsAndLeavesOutFrameworks) {
  const std::set<std::string> names = Names(MasterPage({.per_framework = false}));
  for (const std::string& name : names) {
    EXPECT_FALSE(absl::StartsWith(name, "master/frameworks/")) << name;
  }
  const std::string bounded = PrometheusText(MasterPage({.max_series = 0}));
  EXPECT_THAT(bounded, Not(::testing::HasSubstr("framework_id=")));
  EXPECT_THAT(bounded, Not(::testing::HasSubstr("{role=")));
  EXPECT_THAT(Names(MasterPage({.max_series = 0})), Contains("master/frameworks/*/calls"));
}

TEST(MasterMetricsTest, AMasterThatDoesNotLeadTellsThatAndNothingElse) {
  MetricsPage page;
  master::AddMasterMetrics(absl::Seconds(7), nullptr, {}, page);
  EXPECT_THAT(Names(page), ::testing::ElementsAre("master/elected", "master/uptime_secs"));
}

}  // namespace
}  // namespace mesos
