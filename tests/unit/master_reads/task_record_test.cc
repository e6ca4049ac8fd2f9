#include "master/core/tasks/task_record.h"

#include <string>

#include "common/base/limits.h"
#include "common/classic/classic_json.h"
#include "common/json/json_codec.h"
#include "common/json/json_writer.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "master/reads/classic_task.h"
#include "tests/unit/json/random_message.h"

namespace mesos::master {
namespace {

v1::Task RandomTask(uint64_t seed) {
  v1::Task task;
  json::RandomMessages(seed).Fill(task);
  return task;
}

// What WithStatus says, with a message.
v1::Task Updated(v1::Task task, v1::TaskStatus status, v1::TaskState state) {
  status.clear_data();
  auto* statuses = task.mutable_statuses();
  if (!statuses->empty() && statuses->rbegin()->state() == status.state()) {
    statuses->RemoveLast();
  } else if (statuses->size() == limits::kMaxStatusesPerTask) {
    statuses->DeleteSubrange(0, 1);
  }
  *statuses->Add() = status;
  task.set_state(state);
  if (status.has_uuid()) {
    task.set_status_update_state(status.state());
    task.set_status_update_uuid(status.uuid());
  }
  return task;
}

// A task's map of limits has no order on the wire, so messages are held against each other as JSON.
std::string Json(const v1::Task& task) { return json::ToJson(task); }

TEST(TaskRecordTest, HoldsTheTask) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const v1::Task task = RandomTask(seed);
    const TaskRecord record(task);
    EXPECT_EQ(Json(record.ToProto()), Json(task));
    EXPECT_EQ(record.id(), absl::string_view(task.task_id().value()));
    EXPECT_EQ(record.agent_id(), absl::string_view(task.agent_id().value()));
    EXPECT_EQ(record.framework_id(), absl::string_view(task.framework_id().value()));
    EXPECT_EQ(record.executor_id(), absl::string_view(task.executor_id().value()));
    EXPECT_EQ(record.status_update_uuid(), absl::string_view(task.status_update_uuid()));
    EXPECT_EQ(record.state(), task.state());
  }
}

TEST(TaskRecordTest, TakesAStatusAsTheMessageWould) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    v1::Task task = RandomTask(seed);
    TaskRecord record(task);
    for (uint64_t update = 0; update < 40; ++update) {
      v1::TaskStatus status;
      json::RandomMessages(seed * 1000 + update).Fill(status);
      task = Updated(task, status, status.state());
      const TaskRecord changed = record.WithStatus(status, status.state());
      ASSERT_EQ(Json(changed.ToProto()), Json(task)) << "seed " << seed << " update " << update;
      record = changed;
    }
    EXPECT_LE(task.statuses_size(), limits::kMaxStatusesPerTask);
  }
}

// Such fields stand behind all others, which would put the parts of the record out of order.
TEST(TaskRecordTest, LeavesOutFieldsThatATaskDoesNotHave) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const v1::Task task = RandomTask(seed);
    v1::Task more = task;
    auto* unknown = more.GetReflection()->MutableUnknownFields(&more);
    for (int number = 1; number <= v1::Task::kLimitsFieldNumber; ++number) {
      unknown->AddFixed32(number, 7);
      unknown->AddGroup(number)->AddLengthDelimited(number, std::string(seed, 'x'));
    }
    const TaskRecord record(more);
    EXPECT_EQ(Json(record.ToProto()), Json(task));
    v1::TaskStatus status;
    json::RandomMessages(seed + 1).Fill(status);
    const v1::Task updated = record.WithStatus(status, status.state()).ToProto();
    EXPECT_EQ(Json(updated), Json(Updated(task, status, status.state())));
    EXPECT_TRUE(updated.unknown_fields().empty());
  }
}

TEST(TaskRecordTest, TakesAUuidOfAnyLength) {
  v1::TaskStatus status;
  status.mutable_task_id()->set_value("t");
  status.set_state(v1::TASK_RUNNING);
  status.set_uuid(std::string(100'000, 'u'));
  const v1::Task task = RandomTask(1);
  EXPECT_EQ(Json(TaskRecord(task).WithStatus(status, v1::TASK_RUNNING).ToProto()),
            Json(Updated(task, status, v1::TASK_RUNNING)));
}

TEST(TaskRecordTest, CountsTheStatusesThatGoForNewerOnes) {
  uint64_t met = 0;
  v1::Task task;
  TaskRecord record(task);
  for (const v1::TaskState state :
       {v1::TASK_STARTING, v1::TASK_RUNNING, v1::TASK_RUNNING, v1::TASK_KILLING, v1::TASK_KILLED}) {
    v1::TaskStatus status;
    status.set_state(state);
    record = record.WithStatus(status, state, {2, &met});
  }
  task = record.ToProto();
  ASSERT_EQ(task.statuses_size(), 2);
  EXPECT_EQ(task.statuses(0).state(), v1::TASK_KILLING);
  EXPECT_EQ(met, 2u);
}

TEST(TaskRecordTest, ItsJsonIsThatOfTheMessage) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const TaskRecord record(RandomTask(seed));
    std::string out;
    json::AppendJson(*v1::Task::descriptor(), record.bytes(), out);
    EXPECT_EQ(out, Json(record.ToProto())) << "seed " << seed;
  }
}

TEST(TaskRecordTest, ItsClassicJsonIsThatOfTheMessage) {
  for (uint64_t seed = 0; seed < 500; ++seed) {
    const v1::Task task = RandomTask(seed);
    std::string written;
    json::JsonWriter writer(written);
    classic::WriteTask(writer, task);
    std::string out;
    AppendTask(TaskRecord(task), out);
    EXPECT_EQ(out, written) << "seed " << seed;
  }
}

}  // namespace
}  // namespace mesos::master
