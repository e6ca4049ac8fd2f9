#include "master/validation/unsupported.h"

#include <utility>
#include <vector>

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

std::string TaskError(const std::string& text) {
  const absl::Status status = CheckTaskSupported(Parse<v1::TaskInfo>(text));
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kUnimplemented);
  return ErrorOf(status);
}

TEST(UnsupportedTest, NamesEachFieldOfACommandTask) {
  const std::vector<std::pair<std::string, std::string>> fields = {
      {"limits {}", ".limits"},
      {"command { environment { variables { name: 'S' type: SECRET } } }",
       ".command.environment: the secret by reference of variable 'S'"},
      {"container { type: DOCKER docker {} }", ".container.type DOCKER"},
      {"container { type: MESOS docker {} }", ".container.docker"},
      {"container { type: MESOS mesos { image {} } }", ".container.mesos.image"},
      {"container { type: MESOS volumes {} }", ".container.volumes"},
      {"container { type: MESOS hostname: 'h' }", ".container.hostname"},
      {"container { type: MESOS linux_info {} }", ".container.linux_info"},
      {"container { type: MESOS rlimit_info {} }", ".container.rlimit_info"},
      {"container { type: MESOS tty_info {} }", ".container.tty_info"},
      {"container { type: MESOS network_infos {} }", ".container.network_infos"},
  };
  for (const auto& [text, name] : fields) {
    EXPECT_EQ(TaskError(text), "TaskInfo" + name + " is not supported yet; leave it out");
  }
}

TEST(UnsupportedTest, TakesAPlainContainer) {
  EXPECT_EQ(TaskError(""), "");
  EXPECT_EQ(TaskError("container { type: MESOS mesos {} }"), "");
  EXPECT_EQ(TaskError("max_completion_time { nanoseconds: 1 }"), "");
  EXPECT_EQ(TaskError("command { environment { variables { name: 'S' type: SECRET secret { type: "
                      "VALUE value { data: 'x' } } } } }"),
            "");
}

TEST(UnsupportedTest, LeavesToAnExecutorWhatItLooksAfter) {
  EXPECT_EQ(TaskError("executor {} health_check {} check {} max_completion_time {} "
                      "container { type: DOCKER }"),
            "");
  EXPECT_EQ(TaskError("executor { container { type: MESOS volumes {} } }"),
            "ExecutorInfo.container.volumes is not supported yet; leave it out");
  EXPECT_EQ(
      TaskError("executor { command { environment { variables { name: 'S' type: SECRET } } } }"),
      "ExecutorInfo.command.environment: the secret by reference of variable 'S' is not supported "
      "yet; "
      "leave it out");
}

TEST(UnsupportedTest, RefusesOfferFiltersAndReconciledOperations) {
  EXPECT_TRUE(CheckFrameworkSupported(v1::FrameworkInfo()).ok());
  EXPECT_EQ(ErrorOf(CheckFrameworkSupported(
                Parse<v1::FrameworkInfo>("offer_filters { key: 'a' value {} }"))),
            "FrameworkInfo.offer_filters is not supported yet; leave it out");
  const auto call = [](const std::string& text) {
    return ErrorOf(CheckCallSupported(Parse<v1::scheduler::Call>(text)));
  };
  EXPECT_EQ(call("subscribe {} update_framework {} reconcile_operations {}"), "");
  EXPECT_EQ(call("reconcile_operations { operations {} }"),
            "'reconcile_operations.operations' is not supported yet; leave it out");
}

}  // namespace
}  // namespace mesos::master
