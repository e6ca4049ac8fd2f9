#include "master/validation/task.h"

#include <limits>
#include <map>

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string Scalar(const std::string& name, const std::string& value,
                   const std::string& rest = "") {
  return "resources { name: '" + name + "' type: SCALAR scalar { value: " + value + " } " + rest +
         " } ";
}

std::string Ports(int begin, int end) {
  return "resources { name: 'ports' type: RANGES ranges { range { begin: " + std::to_string(begin) +
         " end: " + std::to_string(end) + " } } } ";
}

std::string Executor(const std::string& text = "") {
  return "executor { executor_id { value: 'e' } command { value: './run' } " + text + " } ";
}

class TaskTest : public ::testing::Test {
 protected:
  TaskTest() : offered_(Set(Scalar("cpus", "8") + Scalar("mem", "4096") + Ports(31000, 32000))) {}

  static ResourceSet Set(const std::string& text) {
    absl::StatusOr<ResourceSet> set = ResourceSet::FromProto(Parse<v1::TaskInfo>(text).resources());
    EXPECT_EQ(ErrorOf(set.status()), "");
    return set->AllocatedTo("web");
  }

  // A task of 0.1 cpus and 32 MB; `text` adds fields.
  static v1::TaskInfo Task(const std::string& text) {
    return Parse<v1::TaskInfo>("name: 't' task_id { value: 't' } agent_id { value: 'agent' } " +
                               Scalar("cpus", "0.1") + Scalar("mem", "32") + text);
  }

  static v1::TaskInfo CommandTask(const std::string& text = "") {
    return Task("command { value: 'true' } " + text);
  }

  absl::StatusOr<LaunchResources> Validate(v1::TaskInfo task) {
    NormalizeTask("f", "web", &task);
    return ValidateAsIs(task);
  }

  absl::StatusOr<LaunchResources> ValidateAsIs(const v1::TaskInfo& task) {
    const auto find_task = [this](absl::string_view id) {
      auto it = tasks_.find(std::string(id));
      return it == tasks_.end() ? TaskPresence::kUnknown : it->second;
    };
    const auto find_executor = [this](absl::string_view id) -> const v1::ExecutorInfo* {
      auto it = executors_.find(std::string(id));
      return it == executors_.end() ? nullptr : &it->second;
    };
    return ValidateTask(task, LaunchContext{"f", "agent", offered_, find_task, find_executor});
  }

  std::string Error(const v1::TaskInfo& task) { return ErrorOf(Validate(task).status()); }

  ResourceSet offered_;
  std::map<std::string, TaskPresence> tasks_;
  std::map<std::string, v1::ExecutorInfo> executors_;
};

TEST_F(TaskTest, TakesACommandTask) {
  absl::StatusOr<LaunchResources> launch = Validate(CommandTask());
  ASSERT_EQ(ErrorOf(launch.status()), "");
  EXPECT_EQ(launch->task.ToString(), "cpus(allocated: web):0.1; mem(allocated: web):32");
  EXPECT_TRUE(launch->executor.empty());
}

TEST_F(TaskTest, TakesAllThatIsOffered) {
  EXPECT_EQ(Error(Task("command { value: 'true' } " + Scalar("cpus", "7.9") +
                       Scalar("mem", "4064") + Ports(31000, 32000))),
            "");
}

TEST_F(TaskTest, TakesUrisAndZeroResources) {
  EXPECT_EQ(
      Error(Task("command { value: 'true' uris { value: 'file:///x' } } " + Scalar("gpus", "0.0"))),
      "");
}

TEST_F(TaskTest, TakesAnExecutorAndCountsItOnce) {
  const v1::TaskInfo task = Task(Executor(Scalar("cpus", "1")));
  absl::StatusOr<LaunchResources> launch = Validate(task);
  ASSERT_EQ(ErrorOf(launch.status()), "");
  EXPECT_EQ(launch->executor.ToString(), "cpus(allocated: web):1");
  v1::TaskInfo normalized = task;
  NormalizeTask("f", "web", &normalized);
  executors_["e"] = normalized.executor();
  launch = Validate(task);
  ASSERT_EQ(ErrorOf(launch.status()), "");
  EXPECT_TRUE(launch->executor.empty());
}

TEST_F(TaskTest, RefusesMoreThanIsOffered) {
  EXPECT_EQ(Error(Task("command { value: 'true' } " + Scalar("cpus", "1000000"))),
            "Total resources cpus(allocated: web):1000000.1; mem(allocated: web):32 required by "
            "task and its executor is more than available cpus(allocated: web):8; mem(allocated: "
            "web):4096; ports(allocated: web):[31000-32000]");
  EXPECT_THAT(Error(Task(Executor(Scalar("cpus", "8")))),
              HasSubstr("required by task and its executor is more than available"));
  EXPECT_THAT(Error(CommandTask(Ports(30000, 30000))), HasSubstr("is more than available"));
}

TEST_F(TaskTest, RefusesAnotherRolesAllocation) {
  v1::TaskInfo task = CommandTask();
  for (v1::Resource& resource : *task.mutable_resources()) {
    resource.mutable_allocation_info()->set_role("batch");
  }
  EXPECT_THAT(Error(task), HasSubstr("Total resources cpus(allocated: batch):0.1"));
}

TEST_F(TaskTest, RefusesBadIds) {
  v1::TaskInfo task = CommandTask();
  task.mutable_task_id()->set_value("bad/id");
  EXPECT_EQ(Error(task), "'bad/id' contains invalid characters");
  task.mutable_task_id()->set_value("..");
  EXPECT_EQ(Error(task), "'..' is disallowed");
  task.mutable_task_id()->set_value("");
  EXPECT_EQ(Error(task), "TaskID is invalid: ID must not be empty");
}

TEST_F(TaskTest, RefusesKnownIds) {
  tasks_["t"] = TaskPresence::kActive;
  EXPECT_EQ(Error(CommandTask()), "Task has duplicate ID: t");
  tasks_["t"] = TaskPresence::kUnreachable;
  EXPECT_EQ(Error(CommandTask()), "Task reuses the ID of an unreachable task: t");
}

TEST_F(TaskTest, RefusesAnotherAgent) {
  v1::TaskInfo task = CommandTask();
  task.mutable_agent_id()->set_value("nobody");
  EXPECT_EQ(Error(task), "Task uses invalid agent nobody while agent agent is expected");
}

TEST_F(TaskTest, RefusesNegativeDurations) {
  EXPECT_EQ(Error(CommandTask("kill_policy { grace_period { nanoseconds: -1 } }")),
            "Task's 'kill_policy.grace_period' must be non-negative");
  EXPECT_EQ(Error(CommandTask("max_completion_time { nanoseconds: -1 }")),
            "Task's `max_completion_time` must be non-negative");
}

TEST_F(TaskTest, RefusesBadChecks) {
  EXPECT_EQ(Error(CommandTask("health_check { type: HTTP }")),
            "Task uses invalid health check: Expecting 'http' to be set for HTTP health check");
  EXPECT_EQ(Error(CommandTask("check { type: TCP }")),
            "Task uses invalid check: Expecting 'tcp' to be set for TCP check");
}

TEST_F(TaskTest, RefusesNoResources) {
  v1::TaskInfo task = CommandTask();
  task.clear_resources();
  EXPECT_EQ(Error(task), "Task uses no resources");
}

TEST_F(TaskTest, RefusesAbsurdResources) {
  EXPECT_EQ(Error(CommandTask(Scalar("cpus", "-1"))),
            "Resource 'cpus(allocated: web):-1' is invalid: Invalid scalar resource: value <= 0");
  for (const char* value : {"nan", "inf", "1e300", "0.0000001"}) {
    EXPECT_THAT(Error(CommandTask(Scalar("cpus", value))),
                MatchesRegex("Resource 'cpus.*' is invalid: Invalid scalar resource.*"))
        << value;
  }
  EXPECT_THAT(Error(CommandTask("resources { name: 'ports' type: RANGES ranges { range { begin: "
                                "31000 end: 31005 } range { begin: 31003 end: 31009 } } }")),
              HasSubstr("Invalid ranges resource: overlapping ranges"));
  EXPECT_THAT(Error(Task(Executor(Scalar("mem", "-5")))),
              HasSubstr("Invalid scalar resource: value <= 0"));
}

TEST_F(TaskTest, RefusesResourcesAgainstTheRules) {
  EXPECT_EQ(Error(CommandTask(Scalar("gpus", "0.5"))),
            "Task uses invalid resources: Invalid 'gpus' resource: The 'gpus' resource must be an "
            "unsigned integer");
  EXPECT_EQ(Error(CommandTask(Scalar("disk", "1", "allocation_info { role: 'batch' }"))),
            "Invalid task resources: The resources have multiple allocation roles ('batch' and "
            "'web') but only one allocation role is allowed");
  EXPECT_EQ(ErrorOf(ValidateAsIs(CommandTask()).status()),
            "Invalid task resources: The resources are not allocated to a role");
  EXPECT_EQ(Error(CommandTask(Scalar("cpus", "1", "revocable {}"))),
            "Task mixes revocable and non-revocable resources: Cannot use both revocable and "
            "non-revocable 'cpus' at the same time");
  const std::string volume = Scalar("disk", "5",
                                    "reservations { type: DYNAMIC role: 'web' } disk { persistence "
                                    "{ id: 'v' } volume { container_path: 'd' mode: RW } }");
  EXPECT_EQ(Error(CommandTask(volume + volume)),
            "Task uses duplicate persistence ID: Persistence ID 'v' is not unique");
  EXPECT_EQ(Error(Task(volume + Executor(volume))),
            "Task and its executor use duplicate persistence ID: Persistence ID 'v' is not unique");
}

TEST_F(TaskTest, RefusesAnExecutorThatOverlaps) {
  EXPECT_EQ(Error(Task(Ports(31000, 31005) + Executor(Ports(31005, 31010)))),
            "There are overlapping resources in the task resources cpus(allocated: web):0.1; "
            "mem(allocated: web):32; ports(allocated: web):[31000-31005] and executor resources "
            "ports(allocated: web):[31005-31010]");
  EXPECT_EQ(Error(Task(Executor(Scalar("cpus", "1", "revocable {}")))),
            "Task and its executor mix revocable and non-revocable resources: Cannot use both "
            "revocable and non-revocable 'cpus' at the same time");
}

TEST_F(TaskTest, AsksForExactlyOneOfCommandAndExecutor) {
  const std::string error =
      "Task should have at least one (but not both) of CommandInfo or ExecutorInfo present";
  EXPECT_EQ(Error(Task("")), error);
  EXPECT_EQ(Error(CommandTask(Executor())), error);
}

TEST_F(TaskTest, RefusesBadCommandsAndContainers) {
  EXPECT_EQ(Error(Task("command { value: 'true' environment { variables { name: 'V' } } }")),
            "Task's `CommandInfo` is invalid: Environment variable 'V' of type 'VALUE' must have a "
            "value set");
  EXPECT_EQ(Error(CommandTask("container { type: DOCKER }")),
            "Task's `ContainerInfo` is invalid: DockerInfo 'docker' is not set for DOCKER typed "
            "ContainerInfo");
  EXPECT_EQ(Error(Task("command {}")),
            "Task's `CommandInfo` is invalid: 'value' must be the shell command to run");
  EXPECT_EQ(Error(Task("command { shell: false arguments: 'x' }")),
            "Task's `CommandInfo` is invalid: 'value' must be the path of the program to run");
  EXPECT_EQ(Error(Task("executor { executor_id { value: 'e' } command { value: '' } }")),
            "Executor's `CommandInfo` is invalid: 'value' must be the shell command to run");
}

TEST_F(TaskTest, RefusesLimitsThatMakeNoSense) {
  const auto limit = [](const std::string& name, const std::string& value) {
    return "limits { key: '" + name + "' value { value: " + value + " } } ";
  };
  EXPECT_EQ(Error(CommandTask(limit("disk", "1"))),
            "Only cpus and mem may be included in a task's resource limits");
  EXPECT_EQ(Error(CommandTask(limit("cpus", "0.05"))),
            "The cpu limit must be greater than or equal to the cpu request");
  EXPECT_EQ(Error(CommandTask(limit("mem", "nan"))),
            "The memory limit must be greater than or equal to the memory request");
  v1::TaskInfo task = CommandTask(limit("cpus", "1"));
  task.mutable_resources()->DeleteSubrange(0, 1);
  EXPECT_EQ(Error(task), "When a CPU limit is specified, a CPU request must also be specified");
  task = CommandTask(limit("mem", "64"));
  task.mutable_resources()->DeleteSubrange(1, 1);
  EXPECT_EQ(Error(task),
            "When a memory limit is specified, a memory request must also be specified");
}

TEST_F(TaskTest, RefusesExecutorsThatALaunchCannotHave) {
  EXPECT_EQ(Error(Task("executor { executor_id { value: 'e' } type: DEFAULT }")),
            "'ExecutorInfo.type' must be 'CUSTOM'");
  EXPECT_EQ(Error(Task("executor { executor_id { value: 'e' } }")),
            "'ExecutorInfo.command' must be set");
  EXPECT_EQ(Error(Task(Executor("framework_id { value: 'g' }"))),
            "ExecutorInfo has an invalid FrameworkID (Actual: g vs Expected: f)");
  EXPECT_EQ(Error(Task(Executor("container { type: MESOS linux_info { share_cgroups: true } }"))),
            "The 'share_cgroups' field cannot be set to 'true' on executor containers");
  EXPECT_THAT(Error(Task(Executor(Scalar(
                  "disk", "5",
                  "reservations { type: DYNAMIC role: 'web' } shared {} disk { persistence { id: "
                  "'v' } volume { container_path: 'd' mode: RW } }")))),
              MatchesRegex("Executor resources disk.* should not contain any shared resources"));
}

TEST_F(TaskTest, RefusesAnotherExecutorUnderARunningId) {
  v1::TaskInfo task = Task(Executor());
  NormalizeTask("f", "web", &task);
  executors_["e"] = task.executor();
  executors_["e"].mutable_command()->set_value("./before");
  EXPECT_THAT(Error(Task(Executor())),
              HasSubstr("ExecutorInfo is not compatible with existing ExecutorInfo with same "
                        "ExecutorID 'e'"));
}

TEST_F(TaskTest, RefusesUnsharedCgroupsOutsideGroups) {
  EXPECT_EQ(Error(CommandTask("container { type: MESOS linux_info { share_cgroups: false } }")),
            "Only tasks in a task group may have 'share_cgroups' set to 'false'");
}

TEST_F(TaskTest, TakesMegabytesOfLabelsAndOfData) {
  v1::TaskInfo task = CommandTask();
  task.mutable_labels()->add_labels()->set_key(std::string(5 << 20, 'k'));
  task.set_data(std::string(10 << 20, 'd'));
  EXPECT_EQ(Error(task), "");
}

TEST_F(TaskTest, RefusesWhatDoesNotRunYet) {
  const absl::Status status =
      Validate(CommandTask("container { type: DOCKER docker { image: 'debian' } }")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnimplemented);
}

TEST_F(TaskTest, TakesChecksOfCommandTasks) {
  EXPECT_EQ(Error(CommandTask("health_check { type: TCP tcp { port: 1 } }")), "");
  EXPECT_EQ(Error(CommandTask("check { type: HTTP http { port: 1 } }")), "");
}

TEST_F(TaskTest, NormalizeFillsAllocationFrameworkAndHealthCheckType) {
  v1::TaskInfo task = Task(Executor(Scalar("cpus", "1")) + "health_check { command {} } ");
  task.mutable_resources(0)->mutable_allocation_info()->set_role("own");
  NormalizeTask("f", "web", &task);
  EXPECT_EQ(task.resources(0).allocation_info().role(), "own");
  EXPECT_EQ(task.resources(1).allocation_info().role(), "web");
  EXPECT_EQ(task.executor().resources(0).allocation_info().role(), "web");
  EXPECT_EQ(task.executor().framework_id().value(), "f");
  EXPECT_EQ(task.health_check().type(), v1::HealthCheck::COMMAND);
  task = CommandTask("health_check { http { port: 1 } }");
  NormalizeTask("f", "web", &task);
  EXPECT_EQ(task.health_check().type(), v1::HealthCheck::HTTP);
}

}  // namespace
}  // namespace mesos::master
