#include "agent/api/classic_reads.h"

#include <rapidjson/document.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

using rapidjson::Document;
using rapidjson::Value;

class ClassicReadsTest : public testing::Test {
 protected:
  ClassicReadsTest() {
    agent_.Register();
    AgentFacts facts;
    facts.ip = "10.0.0.1";
    facts.work_directory = kWorkDirectory;
    facts.started = agent_.now();
    facts.flags = {{"work_dir", kWorkDirectory}};
    facts_ = std::make_shared<const AgentFacts>(facts);
  }

  std::string StateText(net::JsonFrame frame = {}) {
    auto body = StateBody(agent_.core().TakeSnapshot(agent_.now()), facts_, std::move(frame));
    std::string text;
    while (body->Next(text)) continue;
    return text;
  }

  Document State() { return Parse(StateText()); }

  static Document Parse(const std::string& text) {
    Document document;
    document.Parse(text.c_str());
    EXPECT_FALSE(document.HasParseError()) << text;
    return document;
  }

  Document Containers(ContainersForm form) {
    return Parse(ContainersJson(*agent_.core().TakeSnapshot(agent_.now()), ProcessTable({}), form));
  }

  AgentHarness agent_;
  std::shared_ptr<const AgentFacts> facts_;
};

TEST_F(ClassicReadsTest, TellsWhoTheAgentIs) {
  const Document state = State();
  EXPECT_STREQ(state["id"].GetString(), kAgentId);
  EXPECT_STREQ(state["pid"].GetString(), "slave(1)@10.0.0.1:5051");
  EXPECT_STREQ(state["version"].GetString(), "1.12.0");
  EXPECT_STREQ(state["flags"]["work_dir"].GetString(), kWorkDirectory);
  EXPECT_EQ(state["start_time"].GetDouble(), 1e9);
  EXPECT_TRUE(state["frameworks"].Empty());
  EXPECT_TRUE(state["completed_frameworks"].Empty());
  EXPECT_TRUE(state["reserved_resources"].ObjectEmpty());
  EXPECT_EQ(state["resources"]["gpus"].GetDouble(), 0);
  EXPECT_EQ(state["unreserved_resources_allocated"]["cpus"].GetDouble(), 0);
}

TEST_F(ClassicReadsTest, ShowsACommandTaskWithTheExecutorThatStandsForIt) {
  const std::string container = agent_.RunToRunning(CommandTask("t1", "sleep 1000"));
  const Document state = State();
  const Value& framework = state["frameworks"][0];
  EXPECT_STREQ(framework["id"].GetString(), kFrameworkId);
  const Value& executor = framework["executors"][0];
  EXPECT_STREQ(executor["id"].GetString(), "t1");
  EXPECT_STREQ(executor["source"].GetString(), "t1");
  EXPECT_STREQ(executor["container"].GetString(), container.c_str());
  EXPECT_EQ(executor["directory"].GetString(), std::string(kWorkDirectory) + "/slaves/" + kAgentId +
                                                   "/frameworks/" + kFrameworkId +
                                                   "/executors/t1/runs/" + container);
  const Value& task = executor["tasks"][0];
  EXPECT_STREQ(task["executor_id"].GetString(), "");
  EXPECT_STREQ(task["state"].GetString(), "TASK_RUNNING");
  EXPECT_EQ(task["statuses"].Size(), 2u);
  EXPECT_STREQ(task["statuses"][1]["container_status"]["container_id"]["value"].GetString(),
               container.c_str());
  // The executor's own share, and its task's.
  EXPECT_DOUBLE_EQ(executor["resources"]["cpus"].GetDouble(),
                   task["resources"]["cpus"].GetDouble() + 0.1);
  EXPECT_DOUBLE_EQ(state["unreserved_resources_allocated"]["cpus"].GetDouble(),
                   executor["resources"]["cpus"].GetDouble());
}

TEST_F(ClassicReadsTest, MovesWhatIsOverToTheCompleted) {
  const std::string container = agent_.RunToRunning(CommandTask("t1"));
  agent_.Exited(container, ExitStatus(0));
  {
    const Document state = State();
    const Value& executor = state["frameworks"][0]["executors"][0];
    EXPECT_TRUE(executor["tasks"].Empty());
    EXPECT_STREQ(executor["completed_tasks"][0]["state"].GetString(), "TASK_FINISHED");
  }
  agent_.Acknowledge(agent_.TakeUpdates().at(0));
  const Document state = State();
  EXPECT_TRUE(state["frameworks"].Empty());
  const Value& executor = state["completed_frameworks"][0]["completed_executors"][0];
  EXPECT_STREQ(executor["container"].GetString(), container.c_str());
  EXPECT_STREQ(executor["completed_tasks"][0]["id"].GetString(), "t1");
  EXPECT_TRUE(executor["tasks"].Empty());
}

TEST_F(ClassicReadsTest, TellsQueuedTasksApart) {
  agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1")});
  const Document state = State();
  const Value& executor = state["frameworks"][0]["executors"][0];
  EXPECT_TRUE(executor["tasks"].Empty());
  EXPECT_STREQ(executor["queued_tasks"][0]["id"].GetString(), "t1");
  EXPECT_STREQ(executor["queued_tasks"][0]["executor_id"].GetString(), "e1");
}

TEST_F(ClassicReadsTest, WrapsTheStateWhereAScriptIsAskedFor) {
  const std::string text = StateText({"text/javascript", "cb(", ");"});
  EXPECT_EQ(text.substr(0, 4), "cb({");
  EXPECT_EQ(text.substr(text.size() - 3), "});");
}

TEST_F(ClassicReadsTest, ListsContainersInBothForms) {
  const std::string container = agent_.RunToRunning(CommandTask("t1", "sleep 1000"));
  const Document containers = Containers(ContainersForm::kContainers);
  ASSERT_EQ(containers.Size(), 1u);
  EXPECT_STREQ(containers[0]["container_id"].GetString(), container.c_str());
  EXPECT_EQ(containers[0]["status"]["executor_pid"].GetInt(), 1234);
  EXPECT_EQ(containers[0]["statistics"]["timestamp"].GetDouble(), 1e9);
  const Document statistics = Containers(ContainersForm::kStatistics);
  EXPECT_FALSE(statistics[0].HasMember("container_id"));
  EXPECT_STREQ(statistics[0]["source"].GetString(), "t1");
}

}  // namespace
}  // namespace mesos::agent
