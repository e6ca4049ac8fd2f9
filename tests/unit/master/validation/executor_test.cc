#include "master/validation/executor.h"

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

constexpr char kExecutor[] =
    "executor_id { value: 'e' } framework_id { value: 'f' } command { value: './run' arguments: "
    "'a' "
    "arguments: 'b' } resources { name: 'cpus' type: SCALAR scalar { value: 0.1 } allocation_info "
    "{ "
    "role: 'web' } } resources { name: 'mem' type: SCALAR scalar { value: 32 } allocation_info { "
    "role: 'web' } } ";

v1::ExecutorInfo Executor(const std::string& text = "") {
  return Parse<v1::ExecutorInfo>(kExecutor + text);
}

std::string Error(const v1::ExecutorInfo& executor) { return ErrorOf(ValidateExecutor(executor)); }

std::string LaunchError(const v1::ExecutorInfo& executor,
                        const v1::ExecutorInfo* running = nullptr) {
  return ErrorOf(ValidateExecutorForLaunch(executor, "f", running));
}

TEST(ExecutorTest, TakesAWholeExecutor) {
  EXPECT_EQ(LaunchError(Executor()), "");
  EXPECT_EQ(LaunchError(Executor("type: CUSTOM shutdown_grace_period { nanoseconds: 0 }")), "");
}

TEST(ExecutorTest, TypeAgreesWithCommandAndContainer) {
  EXPECT_EQ(Error(Executor("type: DEFAULT")),
            "'ExecutorInfo.command' must not be set for 'DEFAULT' executor");
  const auto without_command = [](const std::string& text) {
    return Error(Parse<v1::ExecutorInfo>("executor_id { value: 'e' } " + text));
  };
  EXPECT_EQ(without_command("type: CUSTOM"),
            "'ExecutorInfo.command' must be set for 'CUSTOM' executor");
  EXPECT_EQ(without_command("type: DEFAULT"), "");
  EXPECT_EQ(without_command("type: DEFAULT container { type: DOCKER }"),
            "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor");
  EXPECT_EQ(without_command("type: DEFAULT container { type: MESOS mesos { image {} } }"),
            "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor");
}

TEST(ExecutorTest, IdGracePeriodCommandAndContainerAreValid) {
  v1::ExecutorInfo executor = Executor();
  executor.mutable_executor_id()->set_value("a/b");
  EXPECT_EQ(Error(executor), "'a/b' contains invalid characters");
  EXPECT_EQ(Error(Executor("shutdown_grace_period { nanoseconds: -1 }")),
            "ExecutorInfo's 'shutdown_grace_period' must be non-negative");
  executor = Executor();
  executor.mutable_command()->mutable_environment()->add_variables()->set_name("V");
  EXPECT_EQ(Error(executor),
            "Executor's `CommandInfo` is invalid: Environment variable 'V' of type 'VALUE' must "
            "have a value set");
  EXPECT_EQ(Error(Executor("container { type: DOCKER }")),
            "Executor's `ContainerInfo` is invalid: DockerInfo 'docker' is not set for DOCKER "
            "typed ContainerInfo");
}

TEST(ExecutorTest, BelongsToTheFramework) {
  v1::ExecutorInfo executor = Executor();
  executor.mutable_framework_id()->set_value("g");
  EXPECT_EQ(LaunchError(executor),
            "ExecutorInfo has an invalid FrameworkID (Actual: g vs Expected: f)");
  executor.clear_framework_id();
  EXPECT_EQ(LaunchError(executor), "'ExecutorInfo.framework_id' must be set");
}

TEST(ExecutorTest, ResourcesFollowTheRules) {
  EXPECT_EQ(LaunchError(Executor("resources { name: 'gpus' type: SCALAR scalar { value: 0.5 } }")),
            "Executor uses invalid resources: Invalid 'gpus' resource: The 'gpus' resource must be "
            "an unsigned integer");
  EXPECT_EQ(LaunchError(Executor("resources { name: 'disk' type: SCALAR scalar { value: 5 } }")),
            "Invalid executor resources: The resources are not allocated to a role");
  EXPECT_EQ(LaunchError(Executor("resources { name: 'cpus' type: SCALAR scalar { value: 5 } "
                                 "revocable {} allocation_info { role: 'web' } }")),
            "Executor mixes revocable and non-revocable resources: Cannot use both revocable and "
            "non-revocable 'cpus' at the same time");
  const std::string volume =
      "resources { name: 'disk' type: SCALAR scalar { value: 5 } allocation_info { role: 'web' } "
      "reservations { type: DYNAMIC role: 'web' } disk { persistence { id: 'v' } volume { "
      "container_path: 'd' mode: RW } } } ";
  EXPECT_EQ(LaunchError(Executor(volume + volume)),
            "Executor uses duplicate persistence ID: Persistence ID 'v' is not unique");
}

TEST(ExecutorTest, EqualsTheRunningOneUpToOrderAndDefaults) {
  const v1::ExecutorInfo running = Executor("labels { labels { key: 'a' } labels { key: 'b' } }");
  v1::ExecutorInfo same = Executor("labels { labels { key: 'b' } labels { key: 'a' } }");
  same.mutable_command()->set_shell(true);
  same.mutable_resources()->SwapElements(0, 1);
  EXPECT_EQ(LaunchError(same, &running), "");
}

TEST(ExecutorTest, RefusesWhatDiffersFromTheRunningOne) {
  const v1::ExecutorInfo running = Executor();
  const std::string refusal =
      "ExecutorInfo is not compatible with existing ExecutorInfo with same ExecutorID 'e'; use "
      "another ExecutorID. Differences:\n";
  v1::ExecutorInfo other = Executor();
  other.mutable_command()->set_value("./other");
  EXPECT_EQ(LaunchError(other, &running),
            refusal + "modified: command.value: \"./run\" -> \"./other\"\n");
  other = Executor();
  other.mutable_command()->mutable_arguments()->SwapElements(0, 1);
  EXPECT_THAT(LaunchError(other, &running), ::testing::StartsWith(refusal));
  other = Executor();
  other.mutable_resources(0)->mutable_scalar()->set_value(0.2);
  EXPECT_EQ(LaunchError(other, &running),
            refusal +
                "resources: cpus(allocated: web):0.1; mem(allocated: web):32 -> "
                "cpus(allocated: web):0.2; mem(allocated: web):32");
}

TEST(ExecutorTest, ALargeDifferenceIsCut) {
  const v1::ExecutorInfo running = Executor();
  v1::ExecutorInfo other = Executor();
  other.set_data(std::string(500'000, 'x'));
  EXPECT_LT(LaunchError(other, &running).size(), 2000u);
}

}  // namespace
}  // namespace mesos::master
