#include "master/registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/runtime/fake_executor.h"
#include "common/runtime/random.h"
#include "common/store/memory_store.h"
#include "internal/registry.pb.h"
#include "master/registry/registrar.h"

namespace mesos::master {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::shared_ptr<const v1::AgentInfo> Info(const std::string& id, const std::string& host = "h") {
  auto info = std::make_shared<v1::AgentInfo>();
  info->mutable_id()->set_value(id);
  info->set_hostname(host);
  return info;
}

absl::Time At(int second) { return absl::FromUnixSeconds(1'700'000'000 + second); }

// What a store holds after `changes`.
void Put(std::map<std::string, std::string>& entries, const std::vector<store::Change>& changes) {
  for (const store::Change& change : changes) {
    if (change.value) {
      entries[change.name] = *change.value;
    } else {
      entries.erase(change.name);
    }
  }
}

TEST(RegistryTest, KeepsAgentsAndWeightsThroughTheStore) {
  Registry registry;
  std::map<std::string, std::string> entries;
  Put(entries,
      registry.Apply({AdmitAgent{Info("S0", "one")}, AdmitAgent{Info("S1")}, AdmitAgent{Info("S2")},
                      MarkUnreachable{"S1", At(5)}, MarkGone{"S2", At(6)}, SetWeight{"a/b", 2.5}}));
  const absl::StatusOr<Registry> again = Registry::FromEntries(entries);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_THAT(again->agents(), SizeIs(3));
  EXPECT_EQ(again->agents().at("S0").standing, AgentStanding::kAdmitted);
  EXPECT_EQ(again->agents().at("S0").info->hostname(), "one");
  EXPECT_EQ(again->agents().at("S1").standing, AgentStanding::kUnreachable);
  EXPECT_EQ(again->agents().at("S1").since, At(5));
  EXPECT_EQ(again->agents().at("S2").standing, AgentStanding::kGone);
  EXPECT_THAT(again->weights(), ElementsAre(testing::Pair("a/b", 2.5)));
}

// It says the rest again when it comes back, and may not come back for weeks.
TEST(RegistryTest, KeepsOnlyTheNameOfAnAgentThatIsAway) {
  auto talkative = std::make_shared<v1::AgentInfo>(*Info("S0", "one"));
  talkative->set_port(5051);
  v1::Attribute* attribute = talkative->add_attributes();
  attribute->set_name("a");
  attribute->set_type(v1::Value::TEXT);
  attribute->mutable_text()->set_value(std::string(100'000, 'x'));
  Registry registry;
  std::map<std::string, std::string> entries;
  Put(entries, registry.Apply({AdmitAgent{talkative}}));
  EXPECT_GT(registry.bytes(), 100'000u);
  Put(entries, registry.Apply({MarkUnreachable{"S0", At(5)}}));
  EXPECT_LT(registry.bytes(), 100u);
  const absl::StatusOr<Registry> again = Registry::FromEntries(entries);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->agents().at("S0").info->hostname(), "one");
  EXPECT_EQ(again->agents().at("S0").info->port(), 5051);
  EXPECT_EQ(again->agents().at("S0").info->attributes_size(), 0);
  registry.Apply({AdmitAgent{talkative}});
  EXPECT_GT(registry.bytes(), 100'000u);
}

TEST(RegistryTest, ChangesOnlyTheEntriesThatAnOperationNames) {
  Registry registry;
  std::vector<RegistryOperation> many;
  for (int i = 0; i < 1'000; ++i) many.push_back(AdmitAgent{Info(absl::StrCat("S", i))});
  EXPECT_THAT(registry.Apply(many), SizeIs(1'000));
  EXPECT_THAT(registry.Apply({MarkUnreachable{"S7", At(1)}}), SizeIs(1));
  EXPECT_THAT(registry.Apply({MarkUnreachable{"S7", At(2)}}), IsEmpty()) << "it is already";
  EXPECT_THAT(registry.Apply({MarkGone{"nobody", At(2)}, ForgetAgent{"nobody"}}), IsEmpty());
  const std::vector<store::Change> forgotten = registry.Apply({ForgetAgent{"S7"}});
  ASSERT_THAT(forgotten, SizeIs(1));
  EXPECT_EQ(forgotten[0].name, "agents/S7");
  EXPECT_EQ(forgotten[0].value, std::nullopt);
}

TEST(RegistryTest, NamesTheEntryThatCannotBeRead) {
  internal::RegistryAgent other;
  other.set_version(1);
  *other.mutable_info() = *Info("S9");
  other.set_state(internal::RegistryAgent::ADMITTED);
  internal::RegistryAgent newer = other;
  newer.set_version(2);
  const std::vector<std::tuple<std::string, std::string, absl::StatusCode>> cases = {
      {"agents/S1", "garbage", absl::StatusCode::kDataLoss},
      {"agents/S1", "", absl::StatusCode::kDataLoss},
      {"agents/S1", other.SerializeAsString(), absl::StatusCode::kDataLoss},
      {"agents/S9", newer.SerializeAsString(), absl::StatusCode::kFailedPrecondition},
      {"weights/a", "garbage", absl::StatusCode::kDataLoss},
      {"quota/a", "from a later master", absl::StatusCode::kFailedPrecondition}};
  for (const auto& [name, value, code] : cases) {
    const absl::Status status = Registry::FromEntries({{name, value}}).status();
    EXPECT_EQ(status.code(), code) << name;
    EXPECT_THAT(status.message(), HasSubstr(name));
  }
}

// Whatever is done, reading the entries back gives what stands in memory.
TEST(RegistryTest, StoreAndMemoryAgreeWhateverIsDone) {
  Random random(7);
  Registry registry;
  std::map<std::string, std::string> entries;
  for (int step = 0; step < 2'000; ++step) {
    std::vector<RegistryOperation> operations;
    for (uint64_t i = random.Below(4); i > 0; --i) {
      const std::string id = absl::StrCat("S", random.Below(20));
      switch (random.Below(6)) {
        case 0:
        case 1:
          operations.push_back(AdmitAgent{Info(id, absl::StrCat("h", random.Below(3)))});
          break;
        case 2:
          operations.push_back(MarkUnreachable{id, At(step)});
          break;
        case 3:
          operations.push_back(MarkGone{id, At(step)});
          break;
        case 4:
          operations.push_back(ForgetAgent{id});
          break;
        default:
          operations.push_back(SetWeight{id, random.Below(2) == 0
                                                 ? std::nullopt
                                                 : std::optional(1.0 + static_cast<double>(step))});
      }
    }
    Put(entries, registry.Apply(operations));
    const absl::StatusOr<Registry> read = Registry::FromEntries(entries);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_EQ(read->weights(), registry.weights());
    ASSERT_EQ(read->agents().size(), registry.agents().size());
    for (const auto& [id, agent] : registry.agents()) {
      const RegisteredAgent& other = read->agents().at(id);
      ASSERT_EQ(agent.standing, other.standing);
      ASSERT_EQ(agent.since, other.since);
      ASSERT_EQ(agent.info->SerializeAsString(), other.info->SerializeAsString());
    }
  }
}

// ---- The registrar

// A store that answers when the test says so.
class HeldStore : public store::Store {
 public:
  void Acquire(const std::string&,
               absl::AnyInvocable<void(absl::StatusOr<store::Contents>)> callback) override {
    acquires.push_back(std::move(callback));
  }
  void Apply(std::vector<store::Change> changes,
             absl::AnyInvocable<void(absl::Status)> done) override {
    applied.push_back(changes.size());
    applies.push_back(std::move(done));
  }

  void AnswerAcquire(absl::StatusOr<store::Contents> contents) {
    auto callback = std::move(acquires.front());
    acquires.pop_front();
    callback(std::move(contents));
  }
  void AnswerApply(const absl::Status& status) {
    auto done = std::move(applies.front());
    applies.pop_front();
    done(status);
  }

  std::deque<absl::AnyInvocable<void(absl::StatusOr<store::Contents>)>> acquires;
  std::deque<absl::AnyInvocable<void(absl::Status)>> applies;
  std::vector<size_t> applied;
};

class RegistrarTest : public testing::Test {
 protected:
  void Recover() {
    registrar_.Recover(
        "me", [this](absl::StatusOr<Registry> registry) { recovered_ = registry.status(); });
  }
  void RecoverWell() {
    Recover();
    store_.AnswerAcquire(store::Contents{3, {}});
    ASSERT_EQ(recovered_, absl::OkStatus());
  }
  void Persist(int agent) {
    registrar_.Persist({AdmitAgent{Info(absl::StrCat("S", agent))}},
                       [this, agent](absl::Status status) {
                         results_.push_back(absl::StrCat(agent, status.ok() ? " ok" : " failed"));
                       });
  }

  FakeExecutor executor_;
  HeldStore store_;
  Registrar registrar_{executor_, store_};
  std::optional<absl::Status> recovered_;
  std::vector<std::string> results_;
};

TEST_F(RegistrarTest, WritesWhatCameMeanwhileTogether) {
  RecoverWell();
  EXPECT_EQ(registrar_.epoch(), 3u);
  for (int i = 0; i < 3; ++i) Persist(i);
  executor_.Run();
  for (int i = 3; i < 10; ++i) Persist(i);
  executor_.Run();
  EXPECT_THAT(store_.applied, ElementsAre(3u)) << "one write at a time";
  store_.AnswerApply(absl::OkStatus());
  EXPECT_THAT(results_, ElementsAre("0 ok", "1 ok", "2 ok"));
  EXPECT_THAT(store_.applied, ElementsAre(3u, 7u));
  store_.AnswerApply(absl::OkStatus());
  EXPECT_THAT(results_, SizeIs(10));
}

TEST_F(RegistrarTest, TriesAgainWhileTheStoreCannotBeReached) {
  Recover();
  for (int i = 0; i < 5; ++i) {
    store_.AnswerAcquire(absl::UnavailableError("down"));
    EXPECT_EQ(recovered_, std::nullopt);
    executor_.Advance(absl::Seconds(1));
  }
  store_.AnswerAcquire(store::Contents{});
  EXPECT_EQ(recovered_, absl::OkStatus());
  Persist(1);
  executor_.Run();
  store_.AnswerApply(absl::UnavailableError("full"));
  executor_.Advance(absl::Seconds(1));
  store_.AnswerApply(absl::OkStatus());
  EXPECT_THAT(results_, ElementsAre("1 ok"));
}

TEST_F(RegistrarTest, GivesUpAfterTheTimeout) {
  RecoverWell();
  Persist(1);
  executor_.Run();
  const absl::Time start = executor_.Now();
  while (results_.empty()) {
    ASSERT_LT(executor_.Now(), start + absl::Minutes(1));
    store_.AnswerApply(absl::UnavailableError("down"));
    executor_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(results_, ElementsAre("1 failed"));
  EXPECT_LE(executor_.Now(), start + absl::Seconds(21));
}

TEST_F(RegistrarTest, IsLostOnceAnotherHasTheStore) {
  RecoverWell();
  Persist(1);
  executor_.Run();
  Persist(2);
  store_.AnswerApply(absl::AbortedError("another has it"));
  EXPECT_THAT(results_, ElementsAre("1 failed", "2 failed"));
  Persist(3);
  executor_.Run();
  EXPECT_THAT(results_, ElementsAre("1 failed", "2 failed", "3 failed"));
  EXPECT_THAT(store_.applied, SizeIs(1)) << "and writes no more";
}

TEST_F(RegistrarTest, RefusesARegistryThatCannotBeRead) {
  Recover();
  store_.AnswerAcquire(store::Contents{1, {{"agents/S1", "garbage"}}});
  ASSERT_TRUE(recovered_);
  EXPECT_EQ(recovered_->code(), absl::StatusCode::kDataLoss);
  Persist(1);
  executor_.Run();
  EXPECT_THAT(results_, ElementsAre("1 failed"));
  EXPECT_THAT(store_.applied, IsEmpty()) << "and never overwrites it";
}

TEST(RegistrarWithStoreTest, RecoversWhatAFormerMasterWrote) {
  FakeExecutor executor;
  store::MemoryMedium medium;
  store::MemoryStore first(executor, medium);
  Registrar one(executor, first);
  one.Recover("one", [](absl::StatusOr<Registry> registry) { ASSERT_TRUE(registry.ok()); });
  executor.Run();
  absl::Status persisted = absl::UnknownError("no answer");
  one.Persist({AdmitAgent{Info("S1")}, SetWeight{"r", 3}},
              [&](absl::Status status) { persisted = status; });
  executor.Run();
  ASSERT_TRUE(persisted.ok());

  store::MemoryStore second(executor, medium);
  Registrar two(executor, second);
  std::optional<Registry> recovered;
  two.Recover("two", [&](absl::StatusOr<Registry> registry) { recovered = *registry; });
  executor.Run();
  ASSERT_TRUE(recovered);
  EXPECT_THAT(recovered->agents(), SizeIs(1));
  one.Persist({AdmitAgent{Info("S2")}}, [&](absl::Status status) { persisted = status; });
  executor.Run();
  EXPECT_TRUE(absl::IsAborted(persisted)) << "the first is fenced";
}

}  // namespace
}  // namespace mesos::master
