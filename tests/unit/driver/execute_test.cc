#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "cli/execute_plan.h"
#include "cli/exit_status.h"
#include "cli/offer_fit.h"
#include "common/resources/parse.h"

namespace mesos::cli {
namespace {

v1::TaskStatus Status(v1::TaskState state, const std::string& message) {
  v1::TaskStatus status;
  status.set_state(state);
  status.set_message(message);
  return status;
}

ExecuteFlags Flags() {
  ExecuteFlags flags;
  flags.name = "hello";
  flags.command = "echo hello";
  flags.resources = "cpus:1;mem:128";
  flags.role = "*";
  return flags;
}

TEST(ExitStatusTest, IsTheCommandsOwn) {
  EXPECT_EQ(ExitStatus(Status(v1::TASK_FINISHED, "Command exited with status 0")), 0);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_FAILED, "Command exited with status 3")), 3);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_FAILED, "Command terminated with signal Killed")), 137);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_KILLED, "Command terminated with signal Terminated")), 143);
  EXPECT_EQ(
      ExitStatus(Status(v1::TASK_FAILED, "Command terminated with signal Aborted (core dumped)")),
      134);
}

TEST(ExitStatusTest, IsOneWhereTheCommandHasNone) {
  EXPECT_EQ(ExitStatus(Status(v1::TASK_LOST, "Agent removed")), 1);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_ERROR, "")), 1);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_FAILED, "Command exited with status nothing")), 1);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_FAILED, "Command exited with status 0")), 1);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_FAILED, "Command exited with status 999")), 1);
  EXPECT_EQ(ExitStatus(Status(v1::TASK_FAILED, "Command terminated with signal Nonsense")), 1);
}

TEST(ExecutePlanTest, MakesATaskOfItsFlags) {
  ExecuteFlags flags = Flags();
  flags.environment = "B=2,A=x=y";
  flags.user = "nobody";
  const auto plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->tasks.size(), 1u);
  const v1::TaskInfo& task = plan->tasks[0];
  EXPECT_EQ(task.task_id().value(), "hello");
  EXPECT_EQ(task.command().value(), "echo hello");
  EXPECT_TRUE(task.command().shell());
  EXPECT_EQ(task.command().user(), "nobody");
  ASSERT_EQ(task.command().environment().variables_size(), 2);
  EXPECT_EQ(task.command().environment().variables(1).value(), "x=y");
  EXPECT_EQ(task.resources_size(), 2);
  EXPECT_THAT(plan->framework.roles(), testing::ElementsAre("*"));
}

TEST(ExecutePlanTest, NumbersSeveralInstances) {
  ExecuteFlags flags = Flags();
  flags.instances = 3;
  const auto plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok());
  ASSERT_EQ(plan->tasks.size(), 3u);
  EXPECT_EQ(plan->tasks[0].task_id().value(), "hello-1");
  EXPECT_EQ(plan->tasks[2].task_id().value(), "hello-3");
}

TEST(ExecutePlanTest, TakesArgumentsForAProgram) {
  ExecuteFlags flags = Flags();
  flags.shell = false;
  flags.command = "/bin/echo";
  flags.arguments = R"(["a b", "c"])";
  auto plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->tasks[0].command().arguments(), testing::ElementsAre("/bin/echo", "a b", "c"));
  flags.arguments = "a  b";
  plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok());
  EXPECT_THAT(plan->tasks[0].command().arguments(), testing::ElementsAre("/bin/echo", "a", "b"));
}

TEST(ExecutePlanTest, ReadsTheEnvironmentAsJsonInOneOrder) {
  ExecuteFlags flags = Flags();
  flags.environment = R"({"Z": "1", "A": "2"})";
  const auto plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->tasks[0].command().environment().variables(0).name(), "A");
}

TEST(ExecutePlanTest, ReadsATaskAsJsonWithoutAnAgent) {
  ExecuteFlags flags;
  flags.role = "*";
  flags.task = R"({"name": "j", "task_id": {"value": "j"}, "command": {"value": "exit 5"},
                   "of_another_version": {"a": [1]}, "check": {"type": "COMMAND", "also": 2},
                   "resources": [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 0.1}},
                                 {"name": "ports", "type": "RANGES",
                                  "ranges": {"range": [{"begin": 31000, "end": 31001}]}}]})";
  const auto plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->tasks[0].command().value(), "exit 5");
  EXPECT_EQ(plan->tasks[0].check().type(), v1::CheckInfo::COMMAND);
  EXPECT_EQ(plan->tasks[0].resources_size(), 2);
}

TEST(ExecutePlanTest, ReadsATaskOfAFile) {
  const std::string path = testing::TempDir() + "/execute_test_task";
  std::ofstream(path) << R"({"name": "f", "task_id": {"value": "f"}, "command": {"value": "true"},
                             "resources": [{"name": "cpus", "type": "SCALAR",
                                            "scalar": {"value": 1}}]})";
  ExecuteFlags flags;
  flags.role = "*";
  flags.task = path;
  const auto plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->tasks[0].task_id().value(), "f");
}

TEST(ExecutePlanTest, PassesOverFieldsOfATaskThatItDoesNotKnow) {
  ExecuteFlags flags;
  flags.role = "*";
  flags.task = R"({"name": "j", "task_id": {"value": "j", "new": 1}, "later": {"a": [1]},
                   "command": {"value": "true"},
                   "resources": [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1}}]})";
  const auto plan = MakePlan(flags);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->tasks[0].name(), "j");
}

TEST(ExecutePlanTest, HasTheCapabilitiesOfMesosAndThoseAskedFor) {
  using Capability = v1::FrameworkInfo::Capability;
  const auto types = [](const ExecuteFlags& flags) {
    std::vector<int> types;
    const auto plan = MakePlan(flags);
    for (const auto& capability : plan->framework.capabilities()) {
      types.push_back(capability.type());
    }
    return types;
  };
  ExecuteFlags flags = Flags();
  EXPECT_THAT(types(flags), testing::UnorderedElementsAre(
                                Capability::MULTI_ROLE, Capability::RESERVATION_REFINEMENT,
                                Capability::TASK_KILLING_STATE, Capability::REVOCABLE_RESOURCES,
                                Capability::PARTITION_AWARE));
  flags.partition_aware = false;
  flags.capabilities = "GPU_RESOURCES,TASK_KILLING_STATE";
  EXPECT_THAT(types(flags), testing::UnorderedElementsAre(
                                Capability::MULTI_ROLE, Capability::RESERVATION_REFINEMENT,
                                Capability::TASK_KILLING_STATE, Capability::REVOCABLE_RESOURCES,
                                Capability::GPU_RESOURCES));
}

TEST(ExecutePlanTest, TakesAPrincipalAndEitherContentType) {
  ExecuteFlags flags = Flags();
  flags.principal = "me";
  for (const char* type : {"json", "protobuf", "application/json", "application/x-protobuf"}) {
    flags.content_type = type;
    const auto plan = MakePlan(flags);
    ASSERT_TRUE(plan.ok()) << plan.status();
    EXPECT_EQ(plan->framework.principal(), "me");
  }
}

ResourceSet Resources(const std::string& text, const std::string& role = "*") {
  return *ParseResources(text, role);
}

TEST(OfferFitTest, TakesWhatIsReservedToTheRoleFirst) {
  const ResourceSet mine = Resources("cpus:2;ports:[1-5]", "web");
  const ResourceSet others = Resources("cpus:8", "db");
  const ResourceSet free = mine + others + Resources("cpus:4;mem:100;ports:[6-9]");
  EXPECT_EQ(FitToOffer(Resources("cpus:3;mem:10;ports:[4-7]"), free, "web"),
            Resources("cpus:2;ports:[4-5]", "web") + Resources("cpus:1;mem:10;ports:[6-7]"));
  EXPECT_EQ(FitToOffer(Resources("cpus:1"), free, "web"), Resources("cpus:1", "web"));
  EXPECT_EQ(FitToOffer(Resources("cpus:3"), free, "*"), Resources("cpus:3"));
}

TEST(OfferFitTest, IsNoneWhereTheOfferLacksSomething) {
  const ResourceSet free = Resources("cpus:2", "web") + Resources("cpus:1;mem:10");
  EXPECT_EQ(FitToOffer(Resources("cpus:4"), free, "web"), std::nullopt);
  EXPECT_EQ(FitToOffer(Resources("cpus:2"), free, "*"), std::nullopt);
  EXPECT_EQ(FitToOffer(Resources("mem:11"), free, "web"), std::nullopt);
  EXPECT_EQ(FitToOffer(Resources("gpus:1"), free, "web"), std::nullopt);
  EXPECT_EQ(FitToOffer(Resources("cpus:3", "web"), free, "web"), std::nullopt);
  EXPECT_EQ(FitToOffer(Resources("cpus:2", "web"), free, "web"), Resources("cpus:2", "web"));
}

TEST(ExecutePlanTest, NamesTheFlagThatIsWrong) {
  struct Case {
    const char* part;
    std::function<void(ExecuteFlags&)> spoil;
  };
  const Case cases[] = {
      {"'--name'", [](ExecuteFlags& f) { f.name = ""; }},
      {"'--command'", [](ExecuteFlags& f) { f.command = ""; }},
      {"--resources='cpus:-1'", [](ExecuteFlags& f) { f.resources = "cpus:-1"; }},
      {"--resources='cpus'", [](ExecuteFlags& f) { f.resources = "cpus"; }},
      {"--env='A'", [](ExecuteFlags& f) { f.environment = "A"; }},
      {"--env='=v'", [](ExecuteFlags& f) { f.environment = "=v"; }},
      {"--env='{\"A\": 1}'", [](ExecuteFlags& f) { f.environment = "{\"A\": 1}"; }},
      {"--env='{'", [](ExecuteFlags& f) { f.environment = "{"; }},
      {"--arguments='x'", [](ExecuteFlags& f) { f.arguments = "x"; }},
      {"--instances='0'", [](ExecuteFlags& f) { f.instances = 0; }},
      {"--instances='100001'", [](ExecuteFlags& f) { f.instances = 100'001; }},
      {"--framework_capabilities='NOPE'", [](ExecuteFlags& f) { f.capabilities = "NOPE"; }},
      {"--name='hello'", [](ExecuteFlags& f) { f.task = "{}"; }},
      {"--content_type='xml'", [](ExecuteFlags& f) { f.content_type = "xml"; }},
      {"--task='/no/such'",
       [](ExecuteFlags& f) {
         f = ExecuteFlags();
         f.task = "/no/such";
       }},
      {"--task='[]'",
       [](ExecuteFlags& f) {
         f = ExecuteFlags();
         f.task = "[]";
       }},
      {"--task='{}'",
       [](ExecuteFlags& f) {
         f = ExecuteFlags();
         f.task = "{}";
       }},
  };
  for (const Case& c : cases) {
    ExecuteFlags flags = Flags();
    c.spoil(flags);
    const auto plan = MakePlan(flags);
    ASSERT_FALSE(plan.ok()) << c.part;
    EXPECT_THAT(std::string(plan.status().message()), testing::HasSubstr(c.part));
  }
}

}  // namespace
}  // namespace mesos::cli
