#include "common/messages/unknown_fields.h"

#include <memory>
#include <string>

#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {
namespace {

template <typename Message>
void AddUnknown(Message& message) {
  message.GetReflection()->MutableUnknownFields(&message)->AddVarint(60'000, 1);
}

v1::Task SomeTask() {
  v1::Task task;
  task.set_name("n");
  task.mutable_task_id()->set_value("t");
  task.mutable_framework_id()->set_value("f");
  task.mutable_agent_id()->set_value("a");
  task.set_state(v1::TASK_RUNNING);
  for (int i = 0; i < 3; ++i) {
    task.add_statuses()->mutable_task_id()->set_value("t");
    task.mutable_statuses(i)->set_state(v1::TASK_RUNNING);
  }
  (*task.mutable_limits())["cpus"].set_value(1);
  return task;
}

TEST(UnknownFieldsTest, AMessageWithoutAnyIsItself) {
  const auto task = std::make_shared<const v1::Task>(SomeTask());
  EXPECT_FALSE(HasUnknownFields(*task));
  EXPECT_EQ(WithoutUnknownFields(task), task);
}

TEST(UnknownFieldsTest, TheyAreFoundAndLeftOutHoweverDeepTheyStand) {
  std::vector<v1::Task> tasks(4, SomeTask());
  AddUnknown(tasks[0]);
  AddUnknown(*tasks[1].mutable_agent_id());
  AddUnknown(*tasks[2].mutable_statuses(2)->mutable_task_id());
  AddUnknown((*tasks[3].mutable_limits())["cpus"]);
  for (const v1::Task& task : tasks) {
    EXPECT_TRUE(HasUnknownFields(task));
    const auto known = WithoutUnknownFields(std::make_shared<const v1::Task>(task));
    EXPECT_EQ(known->SerializeAsString(), SomeTask().SerializeAsString());
  }
}

// Protobuf keeps a known field of the wrong wire type as an unknown one.
TEST(UnknownFieldsTest, AFieldOfTheWrongWireTypeIsOne) {
  const std::string varint_for_a_message = {'\x10', '\x01'};  // field 2, task_id
  v1::Task task;
  ASSERT_TRUE(task.ParsePartialFromString(SomeTask().SerializeAsString() + varint_for_a_message));
  EXPECT_TRUE(HasUnknownFields(task));
  EXPECT_EQ(WithoutUnknownFields(std::make_shared<const v1::Task>(task))->SerializeAsString(),
            SomeTask().SerializeAsString());
}

}  // namespace
}  // namespace mesos
