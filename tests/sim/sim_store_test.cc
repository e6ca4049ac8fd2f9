#include "tests/sim/sim_store.h"

#include <memory>
#include <optional>
#include <string>

#include "gtest/gtest.h"

namespace mesos::sim {
namespace {

class SimStoreTest : public ::testing::Test {
 protected:
  SimStoreTest()
      : world_(3),
        database_(world_),
        node_(world_.AddNode("master")),
        store_(std::make_unique<SimStore>(world_, node_, database_)) {}

  void Run() { world_.RunUntil(world_.now() + absl::Minutes(1)); }

  absl::StatusOr<store::Contents> Acquire(store::Store& store) {
    std::optional<absl::StatusOr<store::Contents>> result;
    store.Acquire("me", [&](absl::StatusOr<store::Contents> contents) { result = contents; });
    Run();
    return result.value_or(absl::DeadlineExceededError("no answer"));
  }

  absl::Status Apply(store::Store& store, const std::string& name) {
    std::optional<absl::Status> result;
    store.Apply({{name, "value"}}, [&](absl::Status status) { result = status; });
    Run();
    return result.value_or(absl::DeadlineExceededError("no answer"));
  }

  size_t Entries() {
    SimStore reader(world_, node_, database_);
    return Acquire(reader).value_or(store::Contents()).entries.size();
  }

  World world_;
  SimDatabase database_;
  NodeId node_;
  std::unique_ptr<SimStore> store_;
};

TEST_F(SimStoreTest, KeepsWhatItsOwnerWrites) {
  ASSERT_TRUE(Acquire(*store_).ok());
  EXPECT_TRUE(Apply(*store_, "a").ok());
  EXPECT_EQ(Entries(), 1u);
}

TEST_F(SimStoreTest, RefusesAWriteAfterItWasStolen) {
  ASSERT_TRUE(Acquire(*store_).ok());
  database_.Steal();
  EXPECT_TRUE(absl::IsAborted(Apply(*store_, "a")));
  EXPECT_EQ(Entries(), 0u);
}

TEST_F(SimStoreTest, RefusedCallChangesNothing) {
  ASSERT_TRUE(Acquire(*store_).ok());
  database_.weather().refuse = 1;
  EXPECT_TRUE(absl::IsUnavailable(Apply(*store_, "a")));
  database_.weather() = {};
  EXPECT_EQ(Entries(), 0u);
}

TEST_F(SimStoreTest, LostAnswerHidesAWriteThatHappened) {
  ASSERT_TRUE(Acquire(*store_).ok());
  database_.weather().lose_answer = 1;
  EXPECT_TRUE(absl::IsUnavailable(Apply(*store_, "a")));
  database_.weather() = {};
  EXPECT_EQ(Entries(), 1u);
}

TEST_F(SimStoreTest, WriteArrivesAfterItsOwnerHasGone) {
  ASSERT_TRUE(Acquire(*store_).ok());
  database_.weather().longest_way = absl::Seconds(10);
  bool answered = false;
  store_->Apply({{"a", "value"}}, [&](absl::Status) { answered = true; });
  store_ = nullptr;
  Run();
  EXPECT_FALSE(answered);
  EXPECT_EQ(Entries(), 1u);
}

}  // namespace
}  // namespace mesos::sim
