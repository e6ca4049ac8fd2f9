// Contenders and detectors against an ensemble in memory, on virtual time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/election/contender.h"
#include "common/election/detector.h"
#include "common/election/layout.h"
#include "common/runtime/fake_executor.h"
#include "common/runtime/random.h"
#include "common/zookeeper/fake_zookeeper.h"

namespace mesos::election {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr char kPath[] = "/prod/mesos";

class ElectionTest : public testing::Test {
 protected:
  // A candidate that counts how often it came to lead.
  struct Candidate {
    std::unique_ptr<Contender> contender;
    bool leads = false;
    int elections = 0;
    std::vector<std::string> losses;
  };

  Candidate& Stand(const std::string& name) {
    Candidate& candidate = candidates_[name];
    candidate.contender = std::make_unique<Contender>(
        executor_, zookeeper_.Sessions(name), kPath, [name] { return name; },
        ContenderObserver{.elected =
                              [&candidate] {
                                EXPECT_FALSE(candidate.leads) << "elected twice without a loss";
                                candidate.leads = true;
                                ++candidate.elections;
                              },
                          .lost =
                              [&candidate](absl::Status why) {
                                EXPECT_TRUE(candidate.leads) << "lost what it had not";
                                candidate.leads = false;
                                candidate.losses.emplace_back(why.message());
                              }});
    executor_.Run();
    return candidate;
  }

  std::unique_ptr<Detector> Watch(const std::string& name = "watcher") {
    return std::make_unique<Detector>(
        executor_, zookeeper_.Sessions(name), kPath,
        [this](std::optional<std::string> leader) { seen_.push_back(leader.value_or("none")); });
  }

  std::vector<std::string> Leaders() const {
    std::vector<std::string> leaders;
    for (const auto& [name, candidate] : candidates_) {
      if (candidate.leads) leaders.push_back(name);
    }
    return leaders;
  }

  FakeExecutor executor_;
  zookeeper::FakeZooKeeper zookeeper_{executor_, kTimeout};
  std::map<std::string, Candidate> candidates_;
  std::vector<std::string> seen_;
};

TEST(ElectionLayoutTest, TakesTheLowestNumberOfCandidatesOnly) {
  EXPECT_EQ(LowestCandidate({"log_replicas", "json.info_0000000012", "json.info_0000000003"}),
            "json.info_0000000003");
  EXPECT_EQ(LowestCandidate({"log_replicas", "other_0000000001", "json.info_", "json.info_x",
                             "xinfo_0000000001", "0000000001", "json.info_0000000001x"}),
            std::nullopt);
  EXPECT_EQ(LowestCandidate({"json.info_0000000002", "info_0000000001"}), "info_0000000001");
  EXPECT_EQ(LowestCandidate({"json.info_0000000001", "json.info_-2147483648"}),
            "json.info_-2147483648");
}

TEST(ElectionLayoutTest, MakesPaths) {
  EXPECT_EQ(ChildPath("/", "a"), "/a");
  EXPECT_EQ(ChildPath("/m", "a"), "/m/a");
  EXPECT_THAT(PathAndParents("/a/b"), ElementsAre("/a", "/a/b"));
  EXPECT_THAT(PathAndParents("/"), IsEmpty());
}

TEST_F(ElectionTest, ElectsTheFirstAndTheNextWhenItLeaves) {
  auto detector = Watch();
  Stand("one");
  Stand("two");
  Stand("three");
  EXPECT_THAT(Leaders(), ElementsAre("one"));
  candidates_["one"].contender = nullptr;
  candidates_["one"].leads = false;
  executor_.Run();
  EXPECT_THAT(Leaders(), ElementsAre("two"));
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(seen_, testing::Not(IsEmpty()));
  EXPECT_EQ(seen_.back(), "two");
}

TEST_F(ElectionTest, FindsALeaderThatCameBeforeThePathWasThere) {
  auto detector = Watch();
  executor_.Advance(absl::Seconds(30));
  EXPECT_THAT(seen_, IsEmpty());
  Stand("one");
  executor_.Advance(Detector::kRetryInterval);
  EXPECT_THAT(seen_, ElementsAre("one"));
}

TEST_F(ElectionTest, UnderstandsACandidateThatAnotherProgramMade) {
  auto detector = Watch();
  zookeeper_.Put("/prod/mesos/log_replicas", "");
  zookeeper_.Put("/prod/mesos/json.info_0000000000", "theirs");
  Stand("ours");
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(seen_, ElementsAre("theirs"));
  EXPECT_THAT(Leaders(), IsEmpty());
  zookeeper_.Remove("/prod/mesos/json.info_0000000000");
  executor_.Run();
  EXPECT_THAT(Leaders(), ElementsAre("ours"));
}

TEST_F(ElectionTest, StepsDownBeforeTheSessionOfACutOffLeaderCanEnd) {
  Candidate& one = Stand("one");
  Stand("two");
  executor_.Advance(absl::Minutes(5));
  EXPECT_THAT(Leaders(), ElementsAre("one"));
  zookeeper_.SetReachable("one", false);
  const absl::Time cut = executor_.Now();
  while (candidates_["two"].elections == 0) {
    executor_.Advance(absl::Milliseconds(100));
    EXPECT_LE(Leaders().size(), 1u);
    ASSERT_LT(executor_.Now(), cut + absl::Minutes(1));
  }
  EXPECT_THAT(one.losses, ElementsAre("ZooKeeper does not answer any more"));
  // Back again it stands behind the new leader.
  zookeeper_.SetReachable("one", true);
  executor_.Advance(absl::Minutes(1));
  EXPECT_THAT(Leaders(), ElementsAre("two"));
  zookeeper_.Expire("two");
  executor_.Advance(absl::Seconds(1));
  EXPECT_THAT(Leaders(), ElementsAre("one"));
  EXPECT_EQ(one.elections, 2);
}

// What a process that wakes up late relies on: the time itself tells, without a timer.
TEST_F(ElectionTest, KnowsUntilWhenNobodyElseCanLead) {
  Candidate& one = Stand("one");
  Candidate& two = Stand("two");
  EXPECT_EQ(two.contender->leads_until(), absl::InfinitePast());
  executor_.Advance(absl::Minutes(1));
  EXPECT_GT(one.contender->leads_until(), executor_.Now() + kTimeout / 2);
  zookeeper_.SetReachable("one", false);
  const absl::Time cut = executor_.Now();
  EXPECT_LE(one.contender->leads_until(), cut + kTimeout * 7 / 8);
  executor_.Advance(kTimeout);
  EXPECT_EQ(one.contender->leads_until(), absl::InfinitePast());
}

TEST_F(ElectionTest, GivesUpAtOnceWhenItsNodeGoesOrAnotherStandsBeforeIt) {
  Candidate& one = Stand("one");
  zookeeper_.Remove(absl::StrCat(kPath, "/", zookeeper_.ChildrenOf(kPath)[0]));
  executor_.Run();
  EXPECT_THAT(one.losses, ElementsAre(testing::HasSubstr("deleted the candidate")));
  EXPECT_THAT(Leaders(), ElementsAre("one")) << "and stands again";
  zookeeper_.Put("/prod/mesos/json.info_-000000001", "theirs");
  executor_.Run();
  EXPECT_THAT(Leaders(), IsEmpty());
  EXPECT_THAT(one.losses.back(), testing::HasSubstr("before this one"));
}

// Watches that pile up would be called all at once, days later.
TEST_F(ElectionTest, HasOneWatchHoweverLongItStands) {
  auto detector = Watch();
  Stand("one");
  Stand("two");
  executor_.Advance(absl::Hours(1));
  for (const char* name : {"two", "watcher"}) {
    zookeeper_.SetReachable(name, false);
    executor_.Advance(kTimeout / 2);
    zookeeper_.SetReachable(name, true);
    executor_.Advance(absl::Minutes(1));
  }
  EXPECT_EQ(zookeeper_.WatchesOf("one"), 1u);
  EXPECT_EQ(zookeeper_.WatchesOf("two"), 1u);
  EXPECT_EQ(zookeeper_.WatchesOf("watcher"), 2u) << "the candidates, and what the leader says";
}

TEST_F(ElectionTest, StandsWhereItMayMakeNothingAboveThePath) {
  zookeeper_.Put(kPath, "");
  zookeeper_.ForbidCreating("/prod");
  zookeeper_.ForbidCreating(kPath);
  Stand("one");
  EXPECT_THAT(Leaders(), ElementsAre("one"));
}

TEST_F(ElectionTest, DetectorHearsWhenTheLeadersNodeIsMended) {
  zookeeper_.Put("/prod/mesos/json.info_0000000000", "garbage");
  auto detector = Watch();
  executor_.Advance(absl::Seconds(1));
  zookeeper_.Put("/prod/mesos/json.info_0000000000", "mended");
  executor_.Run();
  zookeeper_.Put("/prod/mesos/json.info_0000000000", "again");
  executor_.Run();
  EXPECT_THAT(seen_, ElementsAre("garbage", "mended", "again"));
}

// A server answers reads until it notices that it has lost its ensemble, which may take longer than
// a session lives.
TEST_F(ElectionTest, StepsDownWhereItsServerHasLostTouchThoughItAnswers) {
  Candidate& one = Stand("one");
  Stand("two");
  executor_.Advance(absl::Minutes(1));
  zookeeper_.Strand("one");
  const absl::Time stranded = executor_.Now();
  while (candidates_["two"].elections == 0) {
    executor_.Advance(absl::Milliseconds(100));
    EXPECT_LE(Leaders().size(), 1u);
    ASSERT_LT(executor_.Now(), stranded + absl::Minutes(1));
  }
  EXPECT_THAT(one.losses, ElementsAre("ZooKeeper does not answer any more"));
}

TEST_F(ElectionTest, LeadsOnThroughAShortCut) {
  Candidate& one = Stand("one");
  executor_.Advance(absl::Seconds(7));
  zookeeper_.SetReachable("one", false);
  executor_.Advance(kTimeout / 2);
  zookeeper_.SetReachable("one", true);
  executor_.Advance(absl::Minutes(1));
  EXPECT_EQ(one.elections, 1);
  EXPECT_THAT(one.losses, IsEmpty());
}

TEST_F(ElectionTest, StandsAgainWhenItsSessionExpires) {
  Candidate& one = Stand("one");
  zookeeper_.Expire("one");
  executor_.Advance(absl::Minutes(1));
  EXPECT_THAT(Leaders(), ElementsAre("one"));
  EXPECT_EQ(one.elections, 2);
  EXPECT_EQ(zookeeper_.ChildrenOf(kPath).size(), 1u);
}

TEST_F(ElectionTest, StandsAgainWhenItsNodeOrThePathIsDeleted) {
  Candidate& one = Stand("one");
  zookeeper_.Remove(absl::StrCat(kPath, "/", zookeeper_.ChildrenOf(kPath)[0]));
  executor_.Advance(kTimeout);
  EXPECT_EQ(one.elections, 2);
  zookeeper_.Remove("/prod");
  executor_.Advance(kTimeout);
  EXPECT_EQ(one.elections, 3);
  EXPECT_THAT(Leaders(), ElementsAre("one"));
}

TEST_F(ElectionTest, LeavesNoCandidateBehindWhenTheAnswerToItsMakingIsLost) {
  zookeeper_.Put(kPath, "");
  zookeeper_.LoseNextAnswer("one");
  Stand("one");
  executor_.Advance(absl::Minutes(1));
  EXPECT_EQ(zookeeper_.ChildrenOf(kPath).size(), 1u);
  EXPECT_THAT(Leaders(), ElementsAre("one"));
}

TEST_F(ElectionTest, WaitsForAnEnsembleThatIsDownAtTheStart) {
  zookeeper_.SetUp(false);
  auto detector = Watch();
  Candidate& one = Stand("one");
  executor_.Advance(absl::Minutes(10));
  EXPECT_EQ(one.elections, 0);
  zookeeper_.SetUp(true);
  executor_.Advance(absl::Seconds(3));
  EXPECT_THAT(Leaders(), ElementsAre("one"));
  EXPECT_THAT(seen_, ElementsAre("one"));
}

TEST_F(ElectionTest, KeepsTryingWhereAccessIsDenied) {
  zookeeper_.Forbid("one");
  zookeeper_.Forbid("watcher");
  auto detector = Watch();
  Candidate& one = Stand("one");
  executor_.Advance(absl::Minutes(1));
  EXPECT_EQ(one.elections, 0);
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(ElectionTest, DetectorForgetsTheLeaderWithItsSession) {
  auto detector = Watch();
  Stand("one");
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(seen_, ElementsAre("one"));
  zookeeper_.SetReachable("watcher", false);
  executor_.Advance(kTimeout / 2);
  EXPECT_THAT(seen_, ElementsAre("one")) << "a short cut changes nothing";
  executor_.Advance(kTimeout);
  zookeeper_.SetReachable("watcher", true);
  executor_.Advance(absl::Seconds(2));
  EXPECT_THAT(seen_, ElementsAre("one", "none", "one"));
}

// One random history of an ensemble and three candidates.
class History {
 public:
  explicit History(uint64_t seed) : random_(seed) {
    for (const std::string& name : kNames) Stand(name);
  }

  void Step() {
    const std::string& name = kNames[random_.Below(kNames.size())];
    switch (random_.Below(7)) {
      case 0:
        cut_.insert(name);
        ensemble_.SetReachable(name, false);
        break;
      case 1:
        cut_.erase(name);
        ensemble_.SetReachable(name, true);
        break;
      case 2:
        // One that is cut off would not hear of it: only the registry's fence helps there.
        if (cut_.count(name) == 0) ensemble_.Expire(name);
        break;
      case 3:
        contenders_[name] = nullptr;
        leads_[name] = false;
        Stand(name);
        break;
      case 4:
        ensemble_.LoseNextAnswer(name);
        break;
      case 5:
        if (!cut_.empty()) break;
        for (const std::string& any : kNames) ensemble_.Expire(any);
        ensemble_.Remove(kPath);
        break;
      default:
        break;
    }
    executor_.Advance(absl::Milliseconds(random_.Below(8'000)));
  }

  void Heal() {
    for (const std::string& name : kNames) ensemble_.SetReachable(name, true);
    executor_.Advance(absl::Minutes(1));
  }

  std::vector<std::string> Leaders() const {
    std::vector<std::string> leaders;
    for (const auto& [name, leading] : leads_) {
      if (leading) leaders.push_back(name);
    }
    return leaders;
  }

  std::string detected() const { return detected_.value_or("none"); }

 private:
  void Stand(const std::string& name) {
    contenders_[name] = std::make_unique<Contender>(
        executor_, ensemble_.Sessions(name), kPath, [name] { return name; },
        ContenderObserver{.elected =
                              [this, name] {
                                EXPECT_THAT(Leaders(), IsEmpty()) << "beside " << name;
                                leads_[name] = true;
                              },
                          .lost = [this, name](absl::Status) { leads_[name] = false; }});
  }

  const std::vector<std::string> kNames = {"a", "b", "c"};
  Random random_;
  FakeExecutor executor_;
  zookeeper::FakeZooKeeper ensemble_{executor_, kTimeout};
  std::map<std::string, bool> leads_;
  std::set<std::string> cut_;
  std::optional<std::string> detected_;
  std::map<std::string, std::unique_ptr<Contender>> contenders_;
  Detector detector_{executor_, ensemble_.Sessions("d"), kPath,
                     [this](std::optional<std::string> leader) { detected_ = std::move(leader); }};
};

// Whatever happens to ensemble and links, at no time do two lead; and once all is well, one does,
// and every detector knows it.
TEST(ElectionPropertyTest, NeverHasTwoLeadersAndEndsWithOne) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    History history(seed);
    for (int step = 0; step < 60; ++step) history.Step();
    history.Heal();
    ASSERT_EQ(history.Leaders().size(), 1u);
    EXPECT_EQ(history.detected(), history.Leaders()[0]);
  }
}

}  // namespace
}  // namespace mesos::election
