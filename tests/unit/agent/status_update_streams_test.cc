#include "agent/status_updates/status_update_streams.h"

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/record_codec.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "internal/checkpoint.pb.h"

namespace mesos::agent {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

using Added = StatusUpdateStreams::Added;
using Acknowledged = StatusUpdateStreams::Acknowledged;

const TaskKey kKey{"framework", "task"};

internal::StatusUpdate Update(const std::string& uuid, v1::TaskState state) {
  internal::StatusUpdate update;
  update.mutable_framework_id()->set_value(kKey.framework_id);
  update.mutable_status()->mutable_task_id()->set_value(kKey.task_id);
  update.mutable_status()->set_state(state);
  update.mutable_status()->set_uuid(uuid);
  return update;
}

class StatusUpdateStreamsTest : public testing::Test {
 protected:
  StatusUpdateStreamsTest() : streams_({absl::Seconds(10), absl::Seconds(60), absl::Seconds(1)}) {
    streams_.Open(kKey, "t/task.updates");
    streams_.Resume(now_);
  }

  void Add(const std::string& uuid, v1::TaskState state) {
    EXPECT_EQ(streams_.Add(now_, kKey, Update(uuid, state)), Added::kNew);
  }

  // Writes what is gathered; gives what became durable.
  std::vector<StatusUpdatePtr> Write(bool ok = true) {
    const CheckpointToken token{++token_};
    for (const CheckpointWrite& write : streams_.TakeWrites(token)) {
      if (!ok) continue;
      if (write.kind == CheckpointWrite::Kind::kReplace) file_.clear();
      file_ += write.bytes;
    }
    return streams_.CheckpointDone(now_, token, ok);
  }

  std::vector<std::string> Forwarded() {
    std::vector<std::string> uuids;
    for (const StatusUpdatePtr& update : streams_.TakeForwards()) {
      uuids.push_back(update->status().uuid());
    }
    EXPECT_EQ(streams_.CheckInvariants(), "");
    return uuids;
  }

  // What a restart reads.
  RecoveredTask Recovered() {
    RecoveredTask task;
    absl::StatusOr<DecodedRecords> decoded = DecodeRecords("file", file_);
    EXPECT_TRUE(decoded.ok()) << decoded.status();
    for (absl::string_view bytes : decoded->records) {
      internal::StatusUpdateRecord record;
      EXPECT_TRUE(record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
      if (record.has_update()) task.updates.push_back(record.update());
      if (record.has_acknowledged_uuid()) {
        task.acknowledged_uuids.push_back(record.acknowledged_uuid());
      }
      if (record.has_kill_requested()) task.kill_requested = true;
    }
    return task;
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  StatusUpdateStreams streams_;
  uint64_t token_ = 0;
  std::string file_;
};

TEST_F(StatusUpdateStreamsTest, ForwardsOnlyWhatIsOnDisk) {
  Add("a", v1::TASK_RUNNING);
  const std::vector<CheckpointWrite> writes = streams_.TakeWrites(CheckpointToken{7});
  ASSERT_THAT(writes, SizeIs(1));
  EXPECT_TRUE(writes[0].sync);
  EXPECT_THAT(Forwarded(), IsEmpty());
  EXPECT_THAT(streams_.CheckpointDone(now_, CheckpointToken{7}, true), SizeIs(1));
  EXPECT_THAT(Forwarded(), testing::ElementsAre("a"));
}

TEST_F(StatusUpdateStreamsTest, OneWriteHoldsAllThatWaits) {
  Add("a", v1::TASK_STARTING);
  Add("b", v1::TASK_RUNNING);
  EXPECT_THAT(streams_.TakeWrites(CheckpointToken{1}), SizeIs(1));
  EXPECT_THAT(streams_.CheckpointDone(now_, CheckpointToken{1}, true), SizeIs(2));
}

// A new master tells schedulers that state: they must not be told an older one after it.
TEST_F(StatusUpdateStreamsTest, AnAcknowledgedUpdateStaysInFlightUntilThatIsOnDisk) {
  Add("a", v1::TASK_RUNNING);
  Add("b", v1::TASK_FINISHED);
  Write();
  EXPECT_EQ(streams_.InFlight(kKey)->status().uuid(), "a");
  EXPECT_EQ(streams_.Acknowledge(now_, kKey, "a"), Acknowledged::kDone);
  EXPECT_EQ(streams_.InFlight(kKey)->status().uuid(), "a");
  Write();
  EXPECT_EQ(streams_.InFlight(kKey)->status().uuid(), "b");
}

TEST_F(StatusUpdateStreamsTest, OneIsInFlightAtATime) {
  Add("a", v1::TASK_STARTING);
  Add("b", v1::TASK_RUNNING);
  Write();
  EXPECT_THAT(Forwarded(), testing::ElementsAre("a"));
  EXPECT_EQ(streams_.Acknowledge(now_, kKey, "b"), Acknowledged::kUnexpected);
  EXPECT_EQ(streams_.Acknowledge(now_, kKey, "a"), Acknowledged::kDone);
  EXPECT_THAT(Forwarded(), IsEmpty());  // the acknowledgement is not on disk yet
  Write();
  EXPECT_THAT(Forwarded(), testing::ElementsAre("b"));
}

TEST_F(StatusUpdateStreamsTest, RetriesWithGrowingWaitsUntilAcknowledged) {
  Add("a", v1::TASK_RUNNING);
  Write();
  Forwarded();
  absl::Duration expected = absl::Seconds(10);
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(streams_.NextDeadline() - now_, expected);
    now_ = streams_.NextDeadline();
    streams_.Tick(now_);
    EXPECT_THAT(Forwarded(), testing::ElementsAre("a"));
    expected = std::min(expected * 2, absl::Seconds(60));
  }
  streams_.Acknowledge(now_, kKey, "a");
  EXPECT_EQ(streams_.NextDeadline(), absl::InfiniteFuture());
}

TEST_F(StatusUpdateStreamsTest, SendsNothingWhileDisconnectedAndAllHeadsAfter) {
  Add("a", v1::TASK_RUNNING);
  Write();
  Forwarded();
  streams_.Pause();
  now_ += absl::Minutes(5);
  streams_.Tick(now_);
  EXPECT_THAT(Forwarded(), IsEmpty());
  streams_.Resume(now_);
  EXPECT_THAT(Forwarded(), testing::ElementsAre("a"));
}

TEST_F(StatusUpdateStreamsTest, SendsAgainAtOnceToAFrameworkThatIsBack) {
  const TaskKey other{"other", "task"};
  streams_.Open(other, "o/task.updates");
  Add("a", v1::TASK_STARTING);
  Add("b", v1::TASK_FINISHED);
  EXPECT_EQ(streams_.Add(now_, other, Update("c", v1::TASK_RUNNING)), Added::kNew);
  Write();
  EXPECT_THAT(Forwarded(), testing::UnorderedElementsAre("a", "c"));
  streams_.Resend(now_, kKey.framework_id);
  EXPECT_THAT(Forwarded(), testing::ElementsAre("a"));
  // What has been acknowledged does not come again before the acknowledgement is on disk.
  EXPECT_EQ(streams_.Acknowledge(now_, kKey, "a"), Acknowledged::kDone);
  streams_.Resend(now_, kKey.framework_id);
  EXPECT_THAT(Forwarded(), IsEmpty());
  Write();
  EXPECT_THAT(Forwarded(), testing::ElementsAre("b"));
  streams_.Pause();
  streams_.Resend(now_, kKey.framework_id);
  EXPECT_THAT(Forwarded(), IsEmpty());
}

TEST_F(StatusUpdateStreamsTest, KnowsDuplicatesAndTheEnd) {
  Add("a", v1::TASK_FINISHED);
  EXPECT_EQ(streams_.Add(now_, kKey, Update("a", v1::TASK_FINISHED)), Added::kDuplicate);
  EXPECT_EQ(streams_.Add(now_, kKey, Update("b", v1::TASK_RUNNING)), Added::kAfterTerminal);
  EXPECT_EQ(streams_.Add(now_, {"framework", "x"}, Update("b", v1::TASK_RUNNING)), Added::kUnknown);
  Write();
  EXPECT_EQ(streams_.Acknowledge(now_, kKey, "a"), Acknowledged::kClosed);
  EXPECT_EQ(streams_.size(), 0u);
  EXPECT_EQ(streams_.pending(), 0u);
}

TEST_F(StatusUpdateStreamsTest, FailedWriteIsTriedAgainAsAWhole) {
  Add("a", v1::TASK_STARTING);
  Write();
  streams_.Acknowledge(now_, kKey, "a");
  Write();
  Add("b", v1::TASK_RUNNING);
  EXPECT_THAT(Write(/*ok=*/false), IsEmpty());
  Add("c", v1::TASK_FINISHED);
  EXPECT_THAT(streams_.TakeWrites(CheckpointToken{90}), IsEmpty());
  now_ += absl::Seconds(1);
  streams_.Tick(now_);
  EXPECT_THAT(Write(), SizeIs(2));
  const RecoveredTask task = Recovered();
  EXPECT_THAT(task.updates, SizeIs(3));
  EXPECT_THAT(task.acknowledged_uuids, testing::ElementsAre("a"));
}

TEST_F(StatusUpdateStreamsTest, RestoresWhatWasNotAcknowledged) {
  Add("a", v1::TASK_STARTING);
  Add("b", v1::TASK_RUNNING);
  streams_.RecordKill(kKey);
  Write();
  streams_.Acknowledge(now_, kKey, "a");
  Write();
  StatusUpdateStreams restored({});
  EXPECT_TRUE(Recovered().kill_requested);
  EXPECT_TRUE(restored.Restore(kKey, "t/task.updates", Recovered()));
  restored.Resume(now_);
  const std::vector<StatusUpdatePtr> forwards = restored.TakeForwards();
  ASSERT_THAT(forwards, SizeIs(1));
  EXPECT_EQ(forwards[0]->status().uuid(), "b");
  EXPECT_EQ(restored.Add(now_, kKey, Update("a", v1::TASK_STARTING)), Added::kDuplicate);
}

TEST_F(StatusUpdateStreamsTest, DoesNotRestoreWhatIsOver) {
  Add("a", v1::TASK_FINISHED);
  Write();
  streams_.Acknowledge(now_, kKey, "a");
  Write();
  StatusUpdateStreams restored({});
  EXPECT_FALSE(restored.Restore(kKey, "t/task.updates", Recovered()));
  EXPECT_EQ(restored.size(), 0u);
}

// A former version took such states from executors; a master passes them to nobody.
TEST_F(StatusUpdateStreamsTest, DoesNotRestoreWhatAnAgentMayNotTell) {
  Add("a", v1::TASK_UNREACHABLE);
  Add("b", v1::TASK_UNKNOWN);
  Add("c", v1::TASK_FINISHED);
  Write();
  StatusUpdateStreams restored({});
  EXPECT_TRUE(restored.Restore(kKey, "t/task.updates", Recovered()));
  restored.Resume(now_);
  const std::vector<StatusUpdatePtr> forwards = restored.TakeForwards();
  ASSERT_THAT(forwards, SizeIs(1));
  EXPECT_EQ(forwards[0]->status().uuid(), "c");
  EXPECT_EQ(restored.CheckInvariants(), "");
}

TEST_F(StatusUpdateStreamsTest, LongFilesAreWrittenAnew) {
  for (int i = 0; i < 600; ++i) {
    const std::string uuid = absl::StrCat("u", i);
    Add(uuid, v1::TASK_RUNNING);
    Write();
    streams_.Acknowledge(now_, kKey, uuid);
  }
  Write();
  EXPECT_LT(Recovered().updates.size(), 200u);
  EXPECT_EQ(Recovered().updates.back().status().uuid(), "u599");
}

TEST_F(StatusUpdateStreamsTest, MemoryOnlyStreamNeedsNoWrite) {
  const TaskKey key{"framework", "refused"};
  streams_.Open(key, "");
  internal::StatusUpdate update = Update("a", v1::TASK_ERROR);
  update.mutable_status()->mutable_task_id()->set_value("refused");
  EXPECT_EQ(streams_.Add(now_, key, update), Added::kNew);
  EXPECT_THAT(streams_.TakeWrites(CheckpointToken{1}), IsEmpty());
  EXPECT_THAT(Forwarded(), testing::ElementsAre("a"));
  EXPECT_EQ(streams_.Acknowledge(now_, key, "a"), Acknowledged::kClosed);
}

TEST_F(StatusUpdateStreamsTest, AllExecutorsTogetherAreBoundedAndEachHasALittle) {
  const std::string data(31 << 20, 'x');
  const auto update = [&](int executor) {
    internal::StatusUpdate update =
        Update(absl::StrCat("u", executor, "-", streams_.pending()), v1::TASK_RUNNING);
    update.mutable_status()->mutable_executor_id()->set_value(absl::StrCat("e", executor));
    update.mutable_status()->set_data(data);
    return update;
  };
  const auto key = [](int executor) { return TaskKey{kKey.framework_id, absl::StrCat(executor)}; };
  const auto has_room = [&](int executor, const internal::StatusUpdate& update) {
    return streams_.HasRoom(key(executor), absl::StrCat("e", executor), update.status());
  };
  streams_.Pause();
  for (int executor = 0; executor < 3; ++executor) {
    const internal::StatusUpdate large = update(executor);
    EXPECT_TRUE(has_room(executor, large));
    streams_.Open(key(executor), "");
    EXPECT_EQ(streams_.Add(now_, key(executor), large), Added::kNew);
    EXPECT_FALSE(has_room(executor, update(executor)));
  }
  EXPECT_FALSE(has_room(3, update(3)));
  internal::StatusUpdate small = update(3);
  small.mutable_status()->set_data(std::string(1 << 19, 'x'));
  EXPECT_TRUE(has_room(3, small));
  EXPECT_EQ(streams_.CheckInvariants(), "");
  streams_.Drop(key(0));
  EXPECT_TRUE(has_room(3, update(3)));
  EXPECT_EQ(streams_.CheckInvariants(), "");
}

TEST_F(StatusUpdateStreamsTest, WhatIsAcknowledgedIsNotKeptWithItsData) {
  internal::StatusUpdate update = Update("a", v1::TASK_RUNNING);
  update.mutable_status()->set_data("much");
  EXPECT_EQ(streams_.Add(now_, kKey, update), Added::kNew);
  Write();
  EXPECT_GT(streams_.pending_bytes(), 0u);
  EXPECT_EQ(streams_.InFlight(kKey)->status().data(), "much");
  EXPECT_EQ(streams_.Acknowledge(now_, kKey, "a"), Acknowledged::kDone);
  EXPECT_EQ(streams_.pending_bytes(), 0u);
  EXPECT_FALSE(streams_.InFlight(kKey)->status().has_data());
  EXPECT_EQ(streams_.InFlight(kKey)->status().uuid(), "a");
}

}  // namespace
}  // namespace mesos::agent
