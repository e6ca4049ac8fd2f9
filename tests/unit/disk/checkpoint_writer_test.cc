#include "agent/checkpoint/checkpoint_writer.h"

#include <future>
#include <set>

#include "common/disk/fake_file_system.h"
#include "common/runtime/asio_executor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr auto kAppend = CheckpointWrite::Kind::kAppend;
constexpr auto kReplace = CheckpointWrite::Kind::kReplace;

// Remembers what was asked for, and can be held at the gate.
class FakeGroupSync : public GroupSync {
 public:
  absl::Status Sync(const std::vector<std::string>& paths) override {
    groups.push_back(paths);
    if (groups.size() == 1) {
      entered.set_value();
      gate.get_future().wait();
    }
    return status;
  }

  std::vector<std::vector<std::string>> groups;
  std::promise<void> entered;  // the first sync began
  std::promise<void> gate;     // lets it end
  absl::Status status;
};

class CheckpointWriterTest : public ::testing::Test {
 protected:
  ~CheckpointWriterTest() override {
    writer_.reset();
    executor_.Stop();
  }

  // What was reported once all is written, as (token, "OK" or the message).
  std::vector<std::pair<int, std::string>> Done() {
    writer_->Flush();
    return Reported();
  }

  std::vector<std::pair<int, std::string>> Reported() {
    std::promise<void> posted;
    executor_.Post("test", [&] { posted.set_value(); });
    posted.get_future().wait();
    return done_;
  }

  void Write(int token, std::vector<CheckpointWrite> writes) {
    writer_->Write(CheckpointToken{static_cast<uint64_t>(token)}, std::move(writes));
  }

  AsioExecutor executor_{"test"};
  MemoryFileSystem fs_;
  FakeGroupSync sync_;
  std::vector<std::pair<int, std::string>> done_;
  std::unique_ptr<CheckpointWriter> writer_ =
      std::make_unique<CheckpointWriter>(CheckpointWriter::Deps{
          .executor = executor_,
          .file_system = fs_,
          .sync = sync_,
          .meta_directory = "/meta",
          .observer = [this](CheckpointToken token, absl::Status status) {
            done_.emplace_back(static_cast<int>(token),
                               status.ok() ? "OK" : std::string(status.message()));
          }});
};

TEST_F(CheckpointWriterTest, GroupsWhatQueuesUpDuringASync) {
  Write(1, {{kReplace, "a/info", "1"}});
  sync_.entered.get_future().wait();
  Write(2, {{kAppend, "a/log", "x"}, {kAppend, "a/log", "y"}});
  Write(3, {{kAppend, "b/log", "z"}, {CheckpointWrite::Kind::kSymlink, "latest", "b"}});
  sync_.gate.set_value();
  EXPECT_THAT(Done(), ElementsAre(Pair(1, "OK"), Pair(2, "OK"), Pair(3, "OK")));
  EXPECT_THAT(sync_.groups,
              ElementsAre(ElementsAre("/meta/a/info"), ElementsAre("/meta/a/log", "/meta/a/log",
                                                                   "/meta/b/log", "/meta/latest")));
  EXPECT_EQ(*fs_.Read("/meta/a/log"), "xy");
  EXPECT_EQ(*fs_.ReadLink("/meta/latest"), "b");
}

TEST_F(CheckpointWriterTest, AFailedWriteFailsItsCheckpointOnly) {
  sync_.gate.set_value();
  Write(1, {{kReplace, "ok", "1"}});
  Done();
  fs_.FailWritesWith(absl::ResourceExhaustedError("'/meta/x': No space left on device"));
  Write(2, {{kReplace, "x", "1"}, {kReplace, "y", "1"}});
  Done();
  fs_.FailWritesWith(absl::OkStatus());
  Write(3, {{kReplace, "z", "1"}});
  EXPECT_THAT(Done(),
              ElementsAre(Pair(1, "OK"), Pair(2, HasSubstr("No space left")), Pair(3, "OK")));
  EXPECT_FALSE(fs_.Exists("/meta/y"));
}

TEST_F(CheckpointWriterTest, AFailedSyncFailsWhatWaitedForIt) {
  sync_.gate.set_value();
  sync_.status = absl::InternalError("Input/output error");
  Write(1, {{kReplace, "a", "1"}});
  Done();
  Write(2, {{kReplace, "b", "1", /*sync=*/false}});
  EXPECT_THAT(Done(), ElementsAre(Pair(1, HasSubstr("Input/output")), Pair(2, "OK")));
}

TEST_F(CheckpointWriterTest, WhatStandsBeforeASyncIsNotKeptWaiting) {
  Write(1, {{kReplace, "a", "1", /*sync=*/false}});
  Write(2, {{kReplace, "b", "1"}});
  sync_.entered.get_future().wait();
  EXPECT_THAT(Reported(), ElementsAre(Pair(1, "OK")));
  sync_.gate.set_value();
  EXPECT_THAT(Done(), ElementsAre(Pair(1, "OK"), Pair(2, "OK")));
}

TEST_F(CheckpointWriterTest, WritesWhatIsQueuedBeforeItEnds) {
  sync_.gate.set_value();
  for (int i = 1; i <= 50; ++i) Write(i, {{kAppend, "log", "x"}});
  writer_.reset();
  EXPECT_EQ(fs_.Read("/meta/log")->size(), 50u);
}

}  // namespace
}  // namespace mesos::agent
