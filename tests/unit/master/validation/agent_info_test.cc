#include "master/validation/agent_info.h"

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

std::string Cpus(const std::string& value, const std::string& rest = "") {
  return "resources { name: 'cpus' type: SCALAR scalar { value: " + value + " } " + rest + " } ";
}

std::string RegisterError(const std::string& info) {
  return ErrorOf(
      ValidateRegisterAgent(Parse<internal::RegisterAgent>("version: '1' info { " + info + " }")));
}

std::string ReregisterError(const std::string& rest) {
  return ErrorOf(ValidateReregisterAgent(Parse<internal::ReregisterAgent>(
      "version: '1' info { id { value: 'a' } hostname: 'h' " + Cpus("4") + " } " + rest)));
}

std::string Framework(const std::string& id) {
  return "frameworks { user: 'u' name: 'n' id { value: '" + id + "' } } ";
}

std::string Task(const std::string& id, const std::string& rest = "",
                 const std::string& agent = "a", const std::string& framework = "f") {
  return "tasks { name: 't' task_id { value: '" + id + "' } framework_id { value: '" + framework +
         "' } agent_id { value: '" + agent + "' } " +
         (rest.find("state:") == std::string::npos ? "state: TASK_RUNNING " : "") + rest + " } ";
}

std::string Executor(const std::string& id, const std::string& rest = "") {
  return "executors { executor_id { value: '" + id +
         "' } framework_id { value: 'f' } command { value: 'x' } " + rest + " } ";
}

constexpr char kAllocated[] = "allocation_info { role: '*' }";

TEST(AgentInfoTest, TakesARegistration) {
  EXPECT_EQ(RegisterError("hostname: 'h' port: 5051 attributes { name: 'rack' type: TEXT text { "
                          "value: 'r' } } " +
                          Cpus("4")),
            "");
}

TEST(AgentInfoTest, RefusesAWrongInfo) {
  EXPECT_EQ(RegisterError("hostname: 'h' id { value: 'a' }"),
            "Agent 'a' has an id already: it must register again, not anew");
  EXPECT_EQ(RegisterError("hostname: ''"), "Agent must have a hostname set; give --hostname");
  EXPECT_EQ(RegisterError("hostname: 'h' port: 70000"),
            "Agent has an invalid port 70000: it must be 0 to 65535");
  EXPECT_EQ(RegisterError("hostname: 'h' attributes { name: 'rack' type: SCALAR text { value: 'r' "
                          "} }"),
            "Agent attribute 'rack' of type SCALAR has no value of that type");
  EXPECT_EQ(RegisterError("hostname: 'h' attributes { name: '' type: TEXT }"),
            "Agent attribute must have a name set");
  EXPECT_EQ(RegisterError("hostname: 'h' " + Cpus("-1")),
            "Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0");
  EXPECT_EQ(RegisterError("hostname: 'h' " + Cpus("1", kAllocated)),
            "Agent resource 'cpus' must not be allocated to a role");
  EXPECT_THAT(RegisterError("hostname: '" + std::string(2 << 20, 'h') + "'"),
              ::testing::MatchesRegex("AgentInfo is too large: .* bytes, more than the limit of "
                                      "1048576 bytes"));
}

TEST(AgentInfoTest, TakesAReregistration) {
  EXPECT_EQ(ReregisterError(""), "");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", Cpus("3", kAllocated)) +
                            Executor("e", Cpus("1", kAllocated))),
            "");
}

TEST(AgentInfoTest, ReregistrationNeedsItsId) {
  EXPECT_EQ(
      ErrorOf(ValidateReregisterAgent(Parse<internal::ReregisterAgent>("info { hostname: 'h' }"))),
      "AgentID is invalid: ID must not be empty");
}

TEST(AgentInfoTest, FrameworksAreDistinctAndValid) {
  EXPECT_EQ(ReregisterError(Framework("f") + Framework("f")),
            "Framework has a duplicate FrameworkID: 'f'");
  EXPECT_EQ(ReregisterError(Framework("")), "FrameworkID is invalid: ID must not be empty");
  EXPECT_EQ(ReregisterError("frameworks { user: 'u' name: 'n' roles: 'r' }"),
            "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable");
}

TEST(AgentInfoTest, ExecutorsAreDistinctAndBelongToAFramework) {
  EXPECT_EQ(ReregisterError(Executor("e")), "Executor 'e' has an invalid FrameworkID 'f'");
  EXPECT_EQ(ReregisterError(Framework("f") + Executor("e") + Executor("e")),
            "Framework 'f' has a duplicate ExecutorID 'e'");
  EXPECT_EQ(ReregisterError(Framework("f") + Executor("a/b")), "'a/b' contains invalid characters");
  EXPECT_EQ(ReregisterError(Framework("f") + Executor("e", Cpus("-1"))),
            "Resource 'cpus:-1' is invalid: Invalid scalar resource: value <= 0");
}

TEST(AgentInfoTest, TasksAreDistinctAndBelongToAFrameworkAndThisAgent) {
  EXPECT_EQ(ReregisterError(Task("t")), "Task 't' has an invalid FrameworkID 'f'");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", "", "b")),
            "Task 't' has an invalid AgentID 'b'");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t") + Task("t")),
            "Framework 'f' has a duplicate TaskID 't'");
  EXPECT_EQ(ReregisterError(Framework("f") + Framework("g") + Task("t") + Task("t", "", "a", "g")),
            "");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("a/b")),
            "Task has an invalid TaskID: 'a/b' contains invalid characters");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", Cpus("-1"))),
            "Task uses invalid resources: Resource 'cpus:-1' is invalid: Invalid scalar resource: "
            "value <= 0");
}

std::string Items(const std::string& items, const std::string& role = "r") {
  return "resources { name: 'zones' type: SET set { " + items + " } allocation_info { role: '" +
         role + "' } } ";
}

TEST(AgentInfoTest, NothingIsUsedTwice) {
  const std::string agent =
      "version: '1' info { id { value: 'a' } hostname: 'h' resources { name: "
      "'zones' type: SET set { item: 'x' item: 'y' } } } " +
      Framework("f");
  const auto error = [&](const std::string& rest) {
    return ErrorOf(ValidateReregisterAgent(Parse<internal::ReregisterAgent>(agent + rest)));
  };
  EXPECT_EQ(error(Task("t", Items("item: 'x'")) + Task("u", Items("item: 'y'"))), "");
  EXPECT_EQ(error(Task("t", Items("item: 'x'")) + Task("u", Items("item: 'x' item: 'y'"))),
            "Task 'u' uses zones:{x, y}, of which other tasks and executors of its agent use some: "
            "zones:{x}");
  EXPECT_EQ(error(Executor("e", Items("item: 'x'")) + Task("u", Items("item: 'x'", "s"))),
            "Task 'u' uses zones:{x}, of which other tasks and executors of its agent use some: "
            "zones:{x}");
  EXPECT_EQ(
      error(Task("t", Items("item: 'x'")) + Task("u", "state: TASK_FAILED " + Items("item: 'x'"))),
      "");
}

TEST(AgentInfoTest, WhatRemovedFrameworksStillUseDoesNotCount) {
  const auto message = Parse<internal::ReregisterAgent>(
      "version: '1' info { id { value: 'a' } hostname: 'h' " + Cpus("4") + " } " + Framework("f") +
      Framework("g") + Task("t", Cpus("3", kAllocated)) + Executor("e", Cpus("3", kAllocated)) +
      Task("u", Cpus("4", kAllocated), "a", "g"));
  const auto is_f = [](const std::string& id) { return id == "f"; };
  EXPECT_NE(ErrorOf(ValidateReregisterAgent(message)), "");
  EXPECT_EQ(ErrorOf(ValidateReregisterAgent(message, is_f)), "");
}

TEST(AgentInfoTest, WhatOneTaskUsesIsAllocatedToOneRole) {
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", Cpus("1", kAllocated) + Items("", "r"))),
            "Task uses invalid resources: They are allocated to role '*' and to role 'r'");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", Items("", "/r"))),
            "Task uses invalid resources: Role '/r' cannot start with a slash");
  EXPECT_EQ(ReregisterError(Framework("f") + Executor("e", Items("", "/r"))),
            "Role '/r' cannot start with a slash");
}

TEST(AgentInfoTest, TasksAreInAStateThatAnAgentMayTell) {
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", "state: TASK_UNKNOWN")),
            "Task 't' is in state TASK_UNKNOWN, which only a master can tell");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", "state: TASK_GONE")), "");
}

TEST(AgentInfoTest, WhatRunsFitsTheAgent) {
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", Cpus("3", kAllocated)) +
                            Executor("e", Cpus("2", kAllocated))),
            "Agent 'a' runs tasks and executors that use cpus:5, more than its total of cpus:4");
  EXPECT_EQ(ReregisterError(Framework("f") + Task("t", Cpus("3", kAllocated)) +
                            Task("u", "state: TASK_FINISHED " + Cpus("3", kAllocated))),
            "");
}

}  // namespace
}  // namespace mesos::master
