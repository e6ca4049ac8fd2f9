#include "master/validation/operation.h"

#include <utility>
#include <vector>

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

absl::Status Validate(const std::string& text) {
  return ValidateOperation(Parse<v1::Offer::Operation>(text));
}

TEST(OperationTest, TakesLaunch) { EXPECT_TRUE(Validate("type: LAUNCH launch {}").ok()); }

TEST(OperationTest, AsksForThePartOfEachType) {
  const std::vector<std::pair<std::string, std::string>> parts = {
      {"A LAUNCH", "launch"},           {"A LAUNCH_GROUP", "launch_group"},
      {"A RESERVE", "reserve"},         {"An UNRESERVE", "unreserve"},
      {"A CREATE", "create"},           {"A DESTROY", "destroy"},
      {"A GROW_VOLUME", "grow_volume"}, {"A SHRINK_VOLUME", "shrink_volume"},
      {"A CREATE_DISK", "create_disk"}, {"A DESTROY_DISK", "destroy_disk"},
  };
  for (const auto& [name, field] : parts) {
    const std::string type = name.substr(name.find(' ') + 1);
    const absl::Status status = Validate("type: " + type);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorOf(status),
              name + " offer operation must have the Offer.Operation." + field + " field set.");
  }
  EXPECT_EQ(ErrorOf(Validate("")), "Unknown offer operation");
}

TEST(OperationTest, RefusesWhatIsNotPerformed) {
  for (const char* text :
       {"type: RESERVE reserve {}", "type: UNRESERVE unreserve {}", "type: CREATE create {}",
        "type: DESTROY destroy {}", "type: GROW_VOLUME grow_volume {}",
        "type: SHRINK_VOLUME shrink_volume {}", "type: CREATE_DISK create_disk {}",
        "type: DESTROY_DISK destroy_disk {}"}) {
    EXPECT_EQ(Validate(text).code(), absl::StatusCode::kUnimplemented) << text;
  }
  EXPECT_EQ(ErrorOf(Validate("type: LAUNCH_GROUP launch_group {}")),
            "Offer operation LAUNCH_GROUP is not supported yet; only LAUNCH is");
}

TEST(OperationTest, TasksOfGivesTheTasksOfBothLaunches) {
  const auto launch = Parse<v1::Offer::Operation>(
      "type: LAUNCH launch { task_infos { name: 'a' } task_infos { name: 'b' } }");
  ASSERT_EQ(TasksOf(launch).size(), 2u);
  EXPECT_EQ(TasksOf(launch)[1]->name(), "b");
  const auto group = Parse<v1::Offer::Operation>(
      "type: LAUNCH_GROUP launch_group { task_group { tasks { name: 'c' } } }");
  ASSERT_EQ(TasksOf(group).size(), 1u);
  EXPECT_TRUE(TasksOf(Parse<v1::Offer::Operation>("type: RESERVE reserve {}")).empty());
}

}  // namespace
}  // namespace mesos::master
