// What every store promises, over each medium; and a random history against a plain map.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/fake_executor.h"
#include "common/runtime/random.h"
#include "common/runtime/run_and_wait.h"
#include "common/store/memory_store.h"
#include "common/store/sqlite_database.h"
#include "common/store/zookeeper_store.h"
#include "common/zookeeper/fake_zookeeper.h"

namespace mesos::store {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// A medium that several stores can open, used without waiting.
class Medium {
 public:
  virtual ~Medium() = default;
  virtual std::unique_ptr<Store> Open() = 0;
  // Until what was called has been answered.
  virtual void Settle() = 0;
};

class MemoryStores : public Medium {
 public:
  std::unique_ptr<Store> Open() override {
    return std::make_unique<MemoryStore>(executor_, medium_);
  }
  void Settle() override { executor_.Run(); }

 private:
  FakeExecutor executor_;
  MemoryMedium medium_;
};

class ZooKeeperStores : public Medium {
 public:
  std::unique_ptr<Store> Open() override {
    return std::make_unique<ZooKeeperStore>(executor_, ensemble_.Sessions("client"),
                                            "/prod/mesos-registry");
  }
  void Settle() override { executor_.Run(); }

 private:
  FakeExecutor executor_;
  zookeeper::FakeZooKeeper ensemble_{executor_, absl::Seconds(10)};
};

// The blocking half is what differs; sqlite_store_test has the other.
class SqliteStores : public Medium {
 public:
  SqliteStores() {
    char name[] = "/tmp/store_test.XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~SqliteStores() override {
    for (const char* suffix : {"", "-wal", "-shm"}) remove((path() + suffix).c_str());
    remove(directory_.c_str());
  }

  class Direct : public Store {
   public:
    Direct(FakeExecutor& executor, std::unique_ptr<SqliteDatabase> database)
        : executor_(executor), database_(std::move(database)) {}
    void Acquire(const std::string& owner,
                 absl::AnyInvocable<void(absl::StatusOr<Contents>)> callback) override {
      executor_.Post(
          "test", [callback = std::move(callback), contents = database_->Acquire(owner)]() mutable {
            callback(std::move(contents));
          });
    }
    void Apply(std::vector<Change> changes, absl::AnyInvocable<void(absl::Status)> done) override {
      executor_.Post("test", [done = std::move(done),
                              status = database_->Apply(changes)]() mutable { done(status); });
    }

   private:
    FakeExecutor& executor_;
    std::unique_ptr<SqliteDatabase> database_;
  };

  std::unique_ptr<Store> Open() override {
    absl::StatusOr<std::unique_ptr<SqliteDatabase>> database = SqliteDatabase::Open(path());
    EXPECT_TRUE(database.ok()) << database.status();
    return std::make_unique<Direct>(executor_, *std::move(database));
  }
  void Settle() override { executor_.Run(); }

 private:
  std::string path() const { return directory_ + "/registry.sqlite"; }

  std::string directory_;
  FakeExecutor executor_;
};

struct MediumKind {
  const char* name;
  std::function<std::unique_ptr<Medium>()> make;
};

class StoreTest : public testing::TestWithParam<MediumKind> {
 protected:
  absl::StatusOr<Contents> Acquire(Store& store, const std::string& owner = "someone") {
    std::optional<absl::StatusOr<Contents>> result;
    store.Acquire(owner, [&](absl::StatusOr<Contents> contents) { result = std::move(contents); });
    EXPECT_FALSE(result) << "called back from within the call";
    medium_->Settle();
    return result.value_or(absl::DeadlineExceededError("no answer"));
  }

  absl::Status Apply(Store& store, std::vector<Change> changes) {
    std::optional<absl::Status> result;
    store.Apply(std::move(changes), [&](absl::Status status) { result = std::move(status); });
    EXPECT_FALSE(result) << "called back from within the call";
    medium_->Settle();
    return result.value_or(absl::DeadlineExceededError("no answer"));
  }

  std::unique_ptr<Medium> medium_ = GetParam().make();
};

TEST_P(StoreTest, KeepsWhatWasApplied) {
  std::unique_ptr<Store> store = medium_->Open();
  absl::StatusOr<Contents> empty = Acquire(*store);
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_THAT(empty->entries, IsEmpty());
  EXPECT_TRUE(Apply(*store, {{"a", "1"}, {"b", std::string("\0x", 2)}, {"c", ""}}).ok());
  EXPECT_TRUE(Apply(*store, {{"a", std::nullopt}, {"b", "2"}, {"never", std::nullopt}}).ok());
  store = medium_->Open();
  EXPECT_THAT(Acquire(*store)->entries, UnorderedElementsAre(Pair("b", "2"), Pair("c", "")));
}

TEST_P(StoreTest, RefusesAFormerOwner) {
  std::unique_ptr<Store> first = medium_->Open();
  std::unique_ptr<Store> second = medium_->Open();
  const uint64_t epoch = Acquire(*first, "one")->epoch;
  ASSERT_TRUE(Apply(*first, {{"a", "1"}}).ok());
  absl::StatusOr<Contents> taken = Acquire(*second, "two");
  EXPECT_GT(taken->epoch, epoch);
  EXPECT_THAT(taken->entries, UnorderedElementsAre(Pair("a", "1")));
  EXPECT_TRUE(absl::IsAborted(Apply(*first, {{"a", "stale"}, {"b", "stale"}})));
  EXPECT_TRUE(Apply(*second, {{"a", "2"}}).ok());
  EXPECT_THAT(Acquire(*second)->entries, UnorderedElementsAre(Pair("a", "2")));
}

TEST_P(StoreTest, LetsAFormerOwnerComeBack) {
  std::unique_ptr<Store> first = medium_->Open();
  std::unique_ptr<Store> second = medium_->Open();
  ASSERT_TRUE(Acquire(*first).ok());
  ASSERT_TRUE(Acquire(*second).ok());
  ASSERT_TRUE(Acquire(*first).ok());
  EXPECT_TRUE(Apply(*first, {{"a", "1"}}).ok());
  EXPECT_TRUE(absl::IsAborted(Apply(*second, {{"a", "2"}})));
}

// As a master does that loses the election in the middle of a write, and wins the next one.
TEST_P(StoreTest, AcquireAbandonsTheCallThatIsUnderWay) {
  std::unique_ptr<Store> store = medium_->Open();
  store->Acquire("early", [](const absl::StatusOr<Contents>&) {});
  ASSERT_TRUE(Acquire(*store).ok());
  store->Apply({{"a", "1"}}, [](const absl::Status&) {});
  ASSERT_TRUE(Acquire(*store).ok());
  EXPECT_TRUE(Apply(*store, {{"b", "2"}}).ok());
  EXPECT_EQ(Acquire(*store)->entries["b"], "2");
}

TEST_P(StoreTest, RefusesToApplyBeforeItIsAcquired) {
  std::unique_ptr<Store> store = medium_->Open();
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply(*store, {{"a", "1"}})));
  EXPECT_THAT(Acquire(*store)->entries, IsEmpty());
}

TEST_P(StoreTest, TakesManyEntriesAtOnce) {
  std::unique_ptr<Store> store = medium_->Open();
  ASSERT_TRUE(Acquire(*store).ok());
  std::vector<Change> changes;
  for (int i = 0; i < 5'000; ++i) {
    changes.push_back(
        {absl::StrCat("agents/", i), std::string(700, static_cast<char>('a' + i % 26))});
  }
  ASSERT_TRUE(Apply(*store, changes).ok());
  store = medium_->Open();
  EXPECT_EQ(Acquire(*store)->entries.size(), 5'000u);
}

TEST_P(StoreTest, AgreesWithAMapWhateverHappens) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    medium_ = GetParam().make();
    Random random(seed);
    std::map<std::string, std::string> model;
    std::vector<std::unique_ptr<Store>> stores;
    for (int i = 0; i < 3; ++i) stores.push_back(medium_->Open());
    std::optional<size_t> owner;
    for (int step = 0; step < 60; ++step) {
      const size_t who = random.Below(stores.size());
      if (random.Below(4) == 0) {
        absl::StatusOr<Contents> contents = Acquire(*stores[who]);
        ASSERT_TRUE(contents.ok()) << contents.status();
        EXPECT_EQ(contents->entries, model);
        owner = who;
        continue;
      }
      std::vector<Change> changes;
      for (uint64_t i = random.Below(5); i > 0; --i) {
        const std::string name = absl::StrCat("n", random.Below(12));
        changes.push_back({name, random.Below(3) == 0
                                     ? std::nullopt
                                     : std::optional(absl::StrCat(random.Next()))});
      }
      const absl::Status applied = Apply(*stores[who], changes);
      if (owner != who) {
        EXPECT_TRUE(changes.empty() || !applied.ok());
        continue;
      }
      ASSERT_TRUE(applied.ok()) << applied;
      for (const Change& change : changes) {
        if (change.value) {
          model[change.name] = *change.value;
        } else {
          model.erase(change.name);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    AllMedia, StoreTest,
    testing::Values(MediumKind{"Memory", [] { return std::make_unique<MemoryStores>(); }},
                    MediumKind{"Sqlite", [] { return std::make_unique<SqliteStores>(); }},
                    MediumKind{"ZooKeeper", [] { return std::make_unique<ZooKeeperStores>(); }}),
    [](const auto& info) { return info.param.name; });

// ---- What is ZooKeeper's own

class ZooKeeperStoreTest : public testing::Test {
 protected:
  absl::StatusOr<Contents> Acquire() {
    std::optional<absl::StatusOr<Contents>> result;
    store_.Acquire("me", [&](absl::StatusOr<Contents> contents) { result = std::move(contents); });
    executor_.Advance(absl::Seconds(1));
    return result.value_or(absl::DeadlineExceededError("no answer"));
  }
  absl::Status Apply(std::vector<Change> changes) {
    std::optional<absl::Status> result;
    store_.Apply(std::move(changes), [&](absl::Status status) { result = std::move(status); });
    executor_.Advance(absl::Seconds(1));
    return result.value_or(absl::DeadlineExceededError("no answer"));
  }
  // The path of the only shard that is not empty.
  std::string OnlyShard() {
    std::string found;
    for (const std::string& name : ensemble_.ChildrenOf("/registry/shards")) {
      const std::string path = "/registry/shards/" + name;
      if (ensemble_.Find(path)->data.size() > 4) found = path;
    }
    return found;
  }

  FakeExecutor executor_;
  zookeeper::FakeZooKeeper ensemble_{executor_, absl::Seconds(10)};
  ZooKeeperStore store_{executor_, ensemble_.Sessions("me"), "/registry"};
};

TEST_F(ZooKeeperStoreTest, FindsOutWhatStandsWhenAnAnswerWasLost) {
  ASSERT_TRUE(Acquire().ok());
  ensemble_.LoseNextAnswer("me");
  EXPECT_TRUE(absl::IsUnavailable(Apply({{"a", "1"}, {"b", "1"}})));
  EXPECT_TRUE(Apply({{"a", "2"}}).ok());
  EXPECT_THAT(Acquire()->entries, UnorderedElementsAre(Pair("a", "2"), Pair("b", "1")));
}

TEST_F(ZooKeeperStoreTest, DoesNotTakeBackWhatAnotherAcquiredMeanwhile) {
  ASSERT_TRUE(Acquire().ok());
  ensemble_.LoseNextAnswer("me");
  EXPECT_TRUE(absl::IsUnavailable(Apply({{"a", "1"}})));
  ZooKeeperStore other(executor_, ensemble_.Sessions("other"), "/registry");
  other.Acquire("other", [](absl::StatusOr<Contents> contents) { ASSERT_TRUE(contents.ok()); });
  executor_.Advance(absl::Seconds(1));
  EXPECT_TRUE(absl::IsAborted(Apply({{"a", "2"}})));
  EXPECT_TRUE(absl::IsFailedPrecondition(Apply({{"a", "2"}})));
}

TEST_F(ZooKeeperStoreTest, AcquiresOnceTheEnsembleIsThere) {
  ensemble_.SetUp(false);
  executor_.Advance(absl::Seconds(1));
  std::optional<absl::StatusOr<Contents>> result;
  store_.Acquire("me", [&](absl::StatusOr<Contents> contents) { result = std::move(contents); });
  executor_.Advance(absl::Minutes(1));
  EXPECT_FALSE(result);
  ensemble_.SetUp(true);
  executor_.Advance(absl::Seconds(2));
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->ok()) << result->status();
}

TEST_F(ZooKeeperStoreTest, AbandonsWhatWaitsForTheEnsemble) {
  ASSERT_TRUE(Acquire().ok());
  ensemble_.SetUp(false);
  executor_.Advance(absl::Seconds(20));
  store_.Apply({{"a", "1"}}, [](const absl::Status& status) { ADD_FAILURE() << status; });
  store_.Acquire(
      "me", [](const absl::StatusOr<Contents>& contents) { ADD_FAILURE() << contents.status(); });
  std::optional<absl::StatusOr<Contents>> result;
  store_.Acquire("me", [&](absl::StatusOr<Contents> contents) { result = std::move(contents); });
  ensemble_.SetUp(true);
  executor_.Advance(absl::Seconds(20));
  ASSERT_TRUE(result);
  ASSERT_TRUE(result->ok()) << result->status();
  EXPECT_THAT((*result)->entries, IsEmpty());
  EXPECT_TRUE(Apply({{"b", "2"}}).ok());
}

TEST_F(ZooKeeperStoreTest, NamesADamagedNodeAndLeavesItAsItIs) {
  ASSERT_TRUE(Acquire().ok());
  ASSERT_TRUE(Apply({{"a", "1"}}).ok());
  const std::string shard = OnlyShard();
  ensemble_.Put(shard, "garbage");
  const absl::Status status = Acquire().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), testing::HasSubstr(shard));
  EXPECT_EQ(ensemble_.Find(shard)->data, "garbage");
}

TEST_F(ZooKeeperStoreTest, NamesANodeThatSomebodyDeleted) {
  ASSERT_TRUE(Acquire().ok());
  ASSERT_TRUE(Apply({{"a", "1"}}).ok());
  const std::string shard = OnlyShard();
  ensemble_.Remove(shard);
  const absl::Status status = Acquire().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), testing::HasSubstr(shard + " is missing"));
  EXPECT_EQ(ensemble_.Find(shard), nullptr);
}

// Failing over takes as long as reading does: what is empty is not read.
TEST_F(ZooKeeperStoreTest, HasNodesOnlyWhereThereAreEntries) {
  ASSERT_TRUE(Acquire().ok());
  EXPECT_THAT(ensemble_.ChildrenOf("/registry/shards"), IsEmpty());
  ASSERT_TRUE(Apply({{"a", "1"}, {"never", std::nullopt}}).ok());
  EXPECT_THAT(ensemble_.ChildrenOf("/registry/shards"), testing::SizeIs(1));
  ASSERT_TRUE(Apply({{"a", std::nullopt}}).ok());
  EXPECT_THAT(Acquire()->entries, IsEmpty());
  ASSERT_TRUE(Apply({{"a", "2"}}).ok());
  EXPECT_THAT(Acquire()->entries, UnorderedElementsAre(Pair("a", "2")));
}

// After an answer that was lost, the write may arrive at any time, until its fence has changed.
TEST_F(ZooKeeperStoreTest, RaisesItsFenceAfterALostAnswer) {
  ASSERT_TRUE(Acquire().ok());
  ASSERT_TRUE(Apply({{"a", "1"}}).ok());
  ensemble_.LoseNextAnswer("me");
  EXPECT_TRUE(absl::IsUnavailable(Apply({{"a", "2"}})));
  const zookeeper::Version before = ensemble_.Find("/registry/owner")->version;
  EXPECT_TRUE(Apply({{"a", "3"}}).ok());
  EXPECT_GT(ensemble_.Find("/registry/owner")->version, before);
  EXPECT_THAT(Acquire()->entries, UnorderedElementsAre(Pair("a", "3")));
}

TEST_F(ZooKeeperStoreTest, RefusesAnOwnerWhoseListOfNodesIsDamaged) {
  ASSERT_TRUE(Acquire().ok());
  // Version 1, epoch 1, owner "me", 8 shards, and no list.
  ensemble_.Put("/registry/owner", std::string("\x08\x01\x10\x01\x1a\x02me\x20\x08", 10));
  const absl::Status status = Acquire().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), testing::HasSubstr("/registry/owner is damaged"));
}

TEST_F(ZooKeeperStoreTest, RefusesWhatANewerVersionWrote) {
  ASSERT_TRUE(Acquire().ok());
  // Field 1, the version, with the value 9; then one that is not known here.
  ensemble_.Put("/registry/owner", std::string("\x08\x09\x7a\x01x", 5));
  const absl::Status status = Acquire().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), testing::HasSubstr("/registry/owner has format 9"));
}

TEST_F(ZooKeeperStoreTest, RefusesAnEntryThatIsTooLarge) {
  ASSERT_TRUE(Acquire().ok());
  const std::string large(ZooKeeperStore::kMaxEntryBytes + 1, 'x');
  EXPECT_TRUE(absl::IsInvalidArgument(Apply({{"a", large}})));
  EXPECT_TRUE(Apply({{"a", "1"}}).ok()) << "and goes on";
}

TEST_F(ZooKeeperStoreTest, SurvivesTheEndOfItsSession) {
  ASSERT_TRUE(Acquire().ok());
  ensemble_.Expire("me");
  executor_.Advance(absl::Seconds(5));
  EXPECT_TRUE(Apply({{"a", "1"}}).ok());
  EXPECT_THAT(Acquire()->entries, UnorderedElementsAre(Pair("a", "1")));
}

}  // namespace
}  // namespace mesos::store
