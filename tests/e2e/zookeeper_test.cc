// Sessions and elections on a real ZooKeeper.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/election/contender.h"
#include "common/election/detector.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "common/store/zookeeper_store.h"
#include "common/zookeeper/client_session.h"
#include "tests/e2e/zookeeper_server.h"

namespace mesos::e2e {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

// Longer than a server may hang while the machine is busy; and short, to be seen to expire.
constexpr absl::Duration kSessionTimeout = absl::Minutes(5);
constexpr absl::Duration kShortSessionTimeout = absl::Seconds(2);

class ZooKeeperTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new ZooKeeperServer(); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }

  void TearDown() override {
    RunAndWait(executor_, "test_end", [this] {
      contenders_.clear();
      detector_ = nullptr;
      session_ = nullptr;
    });
  }

  zookeeper::SessionFactory Sessions(const std::string& credentials = "",
                                     zookeeper::Readers readers = zookeeper::Readers::kEverybody,
                                     absl::Duration timeout = kSessionTimeout) {
    const std::string url = "zk://" + (credentials.empty() ? "" : credentials + "@") +
                            server_->address() + "/" + TestName();
    return zookeeper::ClientSessions(*zookeeper::ParseUrl(url), executor_, timeout, readers);
  }

  // What hangs on a server takes as long as the server does.
  static bool EventuallyDoes(const std::function<bool()>& condition) {
    return Eventually(condition, kServerPatience);
  }

  static std::string TestName() {
    return testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  static std::string Path() { return "/" + TestName(); }

  void Note(std::string what) {
    MutexLock lock(mutex_);
    notes_.push_back(std::move(what));
  }
  std::vector<std::string> Notes() {
    MutexLock lock(mutex_);
    return notes_;
  }
  bool Noted(const std::string& what) {
    return EventuallyDoes([&] {
      const std::vector<std::string> notes = Notes();
      return std::find(notes.begin(), notes.end(), what) != notes.end();
    });
  }

  bool NotedTimes(const std::string& what, int times) {
    return EventuallyDoes([&] {
      const std::vector<std::string> notes = Notes();
      return std::count(notes.begin(), notes.end(), what) >= times;
    });
  }

  // A session that notes its life, on the executor; in place of the one before.
  void OpenSession(const std::string& credentials = "",
                   zookeeper::Readers readers = zookeeper::Readers::kEverybody) {
    OpenSessionOf(Sessions(credentials, readers));
  }
  void OpenSessionOf(const zookeeper::SessionFactory& sessions) {
    const std::vector<std::string> notes = Notes();
    const auto before = std::count(notes.begin(), notes.end(), "connected");
    RunAndWait(executor_, "test_open", [&] {
      session_ = sessions({.connected = [this] { Note("connected"); },
                           .disconnected = [this] { Note("disconnected"); },
                           .ended = [this](absl::Status) { Note("ended"); }});
    });
    ASSERT_TRUE(NotedTimes("connected", static_cast<int>(before) + 1));
  }

  // Runs `ask` on the executor and waits until it has called its Done.
  absl::Status Wait(absl::AnyInvocable<void(zookeeper::Done)> ask) {
    auto result = std::make_shared<std::optional<absl::Status>>();
    RunAndWait(executor_, "test_ask", [&] {
      ask([this, result](absl::Status status) {
        MutexLock lock(mutex_);
        *result = std::move(status);
      });
    });
    EXPECT_TRUE(EventuallyDoes([&] {
      MutexLock lock(mutex_);
      return result->has_value();
    }));
    MutexLock lock(mutex_);
    return result->value_or(absl::DeadlineExceededError("no answer"));
  }

  absl::Status Create(const std::string& path, const std::string& data) {
    return Wait([&](zookeeper::Done done) {
      session_->Create(path, data, zookeeper::CreateMode::kPersistent,
                       [done = std::move(done)](absl::StatusOr<std::string> made) mutable {
                         done(made.status());
                       });
    });
  }

  absl::Status Delete(const std::string& path) {
    return Wait([&](zookeeper::Done done) {
      session_->Delete(path, zookeeper::Version::kAny, std::move(done));
    });
  }

  absl::Status TryGet(const std::string& path) {
    return Wait([&](zookeeper::Done done) {
      session_->Get(path, nullptr,
                    [done = std::move(done)](absl::StatusOr<zookeeper::Node> node) mutable {
                      done(node.status());
                    });
    });
  }

  std::string Get(const std::string& path) {
    std::string data;
    const absl::Status status = Wait([&](zookeeper::Done done) {
      session_->Get(
          path, [this] { Note("watch fired"); },
          [&data, done = std::move(done)](absl::StatusOr<zookeeper::Node> node) mutable {
            if (node.ok()) data = node->data;
            done(node.status());
          });
    });
    EXPECT_TRUE(status.ok()) << status;
    return data;
  }

  absl::Status Multi(std::vector<zookeeper::Operation> operations) {
    return Wait(
        [&](zookeeper::Done done) { session_->Multi(std::move(operations), std::move(done)); });
  }

  void Stand(const std::string& name, const std::string& credentials = "") {
    StandIn(Sessions(credentials), name);
  }
  void StandIn(const zookeeper::SessionFactory& sessions, const std::string& name) {
    RunAndWait(executor_, "test_stand", [&] {
      contenders_.push_back(std::make_unique<election::Contender>(
          executor_, sessions, Path(), [name] { return name; },
          election::ContenderObserver{
              .elected = [this, name] { Note(name + " elected"); },
              .lost = [this, name](absl::Status) { Note(name + " lost"); }}));
    });
  }

  void Detect() {
    RunAndWait(executor_, "test_detect", [this] {
      detector_ = std::make_unique<election::Detector>(executor_, Sessions(), Path(),
                                                       [this](std::optional<std::string> leader) {
                                                         Note(leader.value_or("nobody") + " leads");
                                                       });
    });
  }

  // ---- Stores. What has begun on the executor is waited for with Await.

  std::unique_ptr<store::Store> MakeStore() {
    std::unique_ptr<store::Store> store;
    RunAndWait(executor_, "test_store", [&] {
      store = std::make_unique<store::ZooKeeperStore>(executor_, Sessions(), Path() + "/registry");
    });
    return store;
  }

  std::future<absl::StatusOr<store::Contents>> Begin(store::Store& store,
                                                     const std::string& owner) {
    auto result = std::make_shared<std::promise<absl::StatusOr<store::Contents>>>();
    executor_.Post("test_acquire", [&store, owner, result] {
      store.Acquire(owner, [result](absl::StatusOr<store::Contents> contents) {
        result->set_value(std::move(contents));
      });
    });
    return result->get_future();
  }

  std::future<absl::Status> BeginApply(store::Store& store, std::vector<store::Change> changes) {
    auto result = std::make_shared<std::promise<absl::Status>>();
    executor_.Post("test_apply", [&store, changes = std::move(changes), result]() mutable {
      store.Apply(std::move(changes), [result](absl::Status status) { result->set_value(status); });
    });
    return result->get_future();
  }

  template <typename Result>
  static Result Await(std::future<Result>& result) {
    if (result.wait_for(absl::ToChronoSeconds(kServerPatience)) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return absl::DeadlineExceededError("no answer");
    }
    return result.get();
  }

  absl::Status Apply(store::Store& store, std::vector<store::Change> changes) {
    auto result = BeginApply(store, std::move(changes));
    return Await(result);
  }

  static ZooKeeperServer* server_;

  Mutex mutex_;
  std::vector<std::string> notes_ ABSL_GUARDED_BY(mutex_);
  AsioExecutor executor_{"test"};
  std::unique_ptr<zookeeper::Session> session_;
  std::vector<std::unique_ptr<election::Contender>> contenders_;
  std::unique_ptr<election::Detector> detector_;
};

ZooKeeperServer* ZooKeeperTest::server_ = nullptr;

TEST_F(ZooKeeperTest, MakesReadsAndChangesNodes) {
  OpenSession();
  EXPECT_TRUE(Create(Path(), std::string("\0bytes", 6)).ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Create(Path(), "")));
  EXPECT_TRUE(absl::IsNotFound(Create(Path() + "/a/b", "")));
  EXPECT_EQ(Get(Path()), std::string("\0bytes", 6));
  EXPECT_TRUE(Multi({zookeeper::SetNode{Path(), "two", zookeeper::Version{0}},
                     zookeeper::CreateNode{Path() + "/a", "child"}})
                  .ok());
  EXPECT_TRUE(Noted("watch fired"));
  EXPECT_EQ(Get(Path()), "two");
  EXPECT_EQ(Get(Path() + "/a"), "child");
}

TEST_F(ZooKeeperTest, DoesAllOfAMultiOrNothing) {
  OpenSession();
  ASSERT_TRUE(Create(Path(), "one").ok());
  EXPECT_TRUE(absl::IsAborted(Multi({zookeeper::CreateNode{Path() + "/a", ""},
                                     zookeeper::CheckNode{Path(), zookeeper::Version{7}}})));
  EXPECT_TRUE(Multi({zookeeper::CreateNode{Path() + "/a", ""},
                     zookeeper::CheckNode{Path(), zookeeper::Version{0}}})
                  .ok());
  EXPECT_TRUE(
      absl::IsFailedPrecondition(Multi({zookeeper::DeleteNode{Path(), zookeeper::Version::kAny}})));
}

TEST_F(ZooKeeperTest, LetsOnlyTheCreatorChangeWhereThereAreCredentials) {
  OpenSession("owner:secret");
  ASSERT_TRUE(Create(Path(), "mine").ok());
  OpenSession("other:secret");
  EXPECT_EQ(Get(Path()), "mine");
  EXPECT_EQ(Multi({zookeeper::SetNode{Path(), "yours", zookeeper::Version::kAny}}).code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(ZooKeeperTest, ElectsTheNextAtOnceWhenTheLeaderWithdraws) {
  Stand("one");
  ASSERT_TRUE(Noted("one elected"));
  Stand("two");
  Detect();
  ASSERT_TRUE(Noted("one leads"));
  RunAndWait(executor_, "test_withdraw", [this] { contenders_.erase(contenders_.begin()); });
  EXPECT_TRUE(Noted("two elected"));
  EXPECT_TRUE(Noted("two leads"));
}

// A server that hangs, and one that was killed: the leader steps down, and stands again when the
// server is back.
TEST_F(ZooKeeperTest, StepsDownWhileTheServerHangsOrIsDown) {
  StandIn(Sessions("", zookeeper::Readers::kEverybody, kShortSessionTimeout), "one");
  ASSERT_TRUE(Noted("one elected"));
  server_->process().Signal(SIGSTOP);
  EXPECT_TRUE(Noted("one lost"));
  server_->process().Signal(SIGCONT);
  EXPECT_TRUE(NotedTimes("one elected", 2));
  const auto losses = [this] {
    const auto notes = Notes();
    return static_cast<int>(std::count(notes.begin(), notes.end(), "one lost"));
  };
  const int before = losses();
  server_->Stop();
  EXPECT_TRUE(NotedTimes("one lost", before + 1));
  server_->Start();
  server_->AwaitReady();
  EXPECT_TRUE(NotedTimes("one elected", before + 2));
  // One after the other, whatever the machine did to a session so short.
  const std::vector<std::string> notes = Notes();
  for (size_t i = 0; i < notes.size(); ++i) {
    EXPECT_EQ(notes[i], i % 2 == 0 ? "one elected" : "one lost") << i;
  }
}

TEST_F(ZooKeeperTest, GivesUpAtOnceWhenItsNodeIsDeletedAndStandsAgain) {
  Stand("one");
  ASSERT_TRUE(Noted("one elected"));
  OpenSession();
  // Its node, then the whole path, which it makes again.
  EXPECT_TRUE(Delete(Path() + "/json.info_0000000000").ok());
  ASSERT_TRUE(NotedTimes("one elected", 2));
  EXPECT_TRUE(Delete(Path() + "/json.info_0000000001").ok());
  ASSERT_TRUE(NotedTimes("one elected", 3));
  EXPECT_TRUE(NotedTimes("one lost", 2));
}

// As Mesos sets it: everybody finds the leader, only those with the credentials may stand. What is
// for the creator alone is for nobody else to read.
TEST_F(ZooKeeperTest, DetectsWithoutCredentialsWhoStandsWithThem) {
  Stand("one", "mesos:secret");
  ASSERT_TRUE(Noted("one elected"));
  Stand("stranger", "mesos:wrong");
  Stand("nobody");
  Detect();
  EXPECT_TRUE(Noted("one leads"));
  OpenSession("mesos:secret", zookeeper::Readers::kCreator);
  EXPECT_TRUE(Create(Path() + "-private", "mine").ok());
  EXPECT_EQ(Get(Path() + "-private"), "mine");
  OpenSession();
  EXPECT_TRUE(absl::IsPermissionDenied(TryGet(Path() + "-private")));
  RunAndWait(executor_, "test_withdraw", [this] { contenders_.erase(contenders_.begin()); });
  EXPECT_TRUE(Noted("nobody leads"));
  EXPECT_THAT(Notes(),
              Not(testing::Contains(testing::AnyOf("stranger elected", "nobody elected"))));
}

TEST_F(ZooKeeperTest, FindsALeaderWhoseNodeWasGarbageOrHuge) {
  OpenSession();
  ASSERT_TRUE(Create(Path(), "").ok());
  ASSERT_TRUE(Create(Path() + "/json.info_0000000000", std::string(900'000, 'x')).ok());
  Detect();
  ASSERT_TRUE(EventuallyDoes([this] { return Notes().size() == 2; }));
  ASSERT_TRUE(Multi({zookeeper::SetNode{Path() + "/json.info_0000000000", "mended",
                                        zookeeper::Version::kAny}})
                  .ok());
  EXPECT_TRUE(Noted("mended leads"));
}

TEST_F(ZooKeeperTest, StoresManyEntriesForOneOwnerAtATime) {
  auto first = MakeStore();
  auto second = MakeStore();
  // Both at once: one of them is the owner at the end.
  auto of_first = Begin(*first, "first");
  auto of_second = Begin(*second, "second");
  const uint64_t first_epoch = Await(of_first).value().epoch;
  const uint64_t second_epoch = Await(of_second).value().epoch;
  EXPECT_NE(first_epoch, second_epoch);
  store::Store& owner = first_epoch > second_epoch ? *first : *second;
  store::Store& former = first_epoch > second_epoch ? *second : *first;
  std::vector<store::Change> changes;
  for (int i = 0; i < 10'000; ++i) {
    changes.push_back({"agents/" + std::to_string(i), std::string(700, 'v')});
  }
  EXPECT_TRUE(absl::IsAborted(Apply(former, changes)));
  EXPECT_TRUE(Apply(owner, changes).ok());
  EXPECT_TRUE(Apply(owner, {{"agents/7", std::nullopt}, {"agents/8", "8"}}).ok());
  auto again = Begin(former, "again");
  const absl::StatusOr<store::Contents> contents = Await(again);
  ASSERT_TRUE(contents.ok()) << contents.status();
  EXPECT_EQ(contents->entries.size(), 9'999u);
  EXPECT_EQ(contents->entries.at("agents/8"), "8");
  EXPECT_TRUE(absl::IsAborted(Apply(owner, {{"agents/9", "9"}})));
  RunAndWait(executor_, "test_end", [&] {
    first = nullptr;
    second = nullptr;
  });
}

// Whatever happens to the server, what was said to be written is there afterwards.
TEST_F(ZooKeeperTest, AStoreForgetsNothingWhenItsServerIsKilled) {
  auto store = MakeStore();
  auto begun = Begin(*store, "me");
  ASSERT_TRUE(Await(begun).ok());
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(Apply(*store, {{"before", std::to_string(round)}}).ok());
    server_->Stop();
    auto during = BeginApply(*store, {{"during", std::to_string(round)}});
    server_->Start();
    server_->AwaitReady();
    absl::Status status = Await(during);
    // What is not known is found out by the next write.
    while (absl::IsUnavailable(status)) {
      status = Apply(*store, {{"during", std::to_string(round)}});
    }
    ASSERT_TRUE(status.ok()) << status;
  }
  auto read = Begin(*store, "me");
  EXPECT_THAT(Await(read)->entries,
              UnorderedElementsAre(testing::Pair("before", "2"), testing::Pair("during", "2")));
  RunAndWait(executor_, "test_end", [&] { store = nullptr; });
}

TEST_F(ZooKeeperTest, WaitsForNamesThatDoNotResolve) {
  RunAndWait(executor_, "test_open", [&] {
    session_ = zookeeper::ClientSessions(
        *zookeeper::ParseUrl("zk://no-such-host.invalid:1/a"), executor_,
        kShortSessionTimeout)({.connected = [this] { Note("connected"); },
                               .disconnected = [this] { Note("disconnected"); },
                               .ended = [this](absl::Status) { Note("ended"); }});
  });
  EXPECT_EQ(Create("/a", "").code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Notes(), testing::IsEmpty());
}

// Three servers: each in turn is killed, the ensemble's leader too, and whoever leads leads on.
// Then two hang, and the one that is left has no quorum.
TEST_F(ZooKeeperTest, LeadsOnWhileThereIsAQuorumAndNoLonger) {
  std::vector<int> ports(3);
  std::string all;
  std::string addresses;
  for (int i = 0; i < 3; ++i) {
    ports[i] = FreePort();
    all += absl::StrCat("server.", i + 1, "=127.0.0.1:", FreePort(), ":", FreePort(), "\n");
    addresses += absl::StrCat(i > 0 ? "," : "", "127.0.0.1:", ports[i]);
  }
  std::vector<std::unique_ptr<ZooKeeperServer>> servers;
  for (int i = 0; i < 3; ++i)
    servers.push_back(std::make_unique<ZooKeeperServer>(i + 1, ports[i], all));
  for (auto& server : servers) server->AwaitReady();
  const auto sessions = [&](absl::Duration timeout) {
    return zookeeper::ClientSessions(*zookeeper::ParseUrl("zk://" + addresses + Path()), executor_,
                                     timeout);
  };
  StandIn(sessions(kSessionTimeout), "patient");
  ASSERT_TRUE(Noted("patient elected"));
  for (auto& server : servers) {
    server->Stop();
    OpenSessionOf(sessions(kSessionTimeout));
    // The two that are left may be at electing their leader.
    absl::Status made;
    do {
      made = Create(absl::StrCat(Path(), "/without-", server->address()), "");
    } while (absl::IsUnavailable(made));
    EXPECT_TRUE(made.ok() || absl::IsAlreadyExists(made)) << made;
    server->Start();
    server->AwaitReady();
  }
  EXPECT_THAT(Notes(), Not(testing::Contains("patient lost")));
  RunAndWait(executor_, "test_withdraw", [this] { contenders_.clear(); });
  StandIn(sessions(kShortSessionTimeout), "quick");
  ASSERT_TRUE(Noted("quick elected"));
  servers[0]->process().Signal(SIGSTOP);
  servers[1]->process().Signal(SIGSTOP);
  EXPECT_TRUE(Noted("quick lost"));
  servers[0]->process().Signal(SIGCONT);
  servers[1]->process().Signal(SIGCONT);
  EXPECT_TRUE(NotedTimes("quick elected", 2));
  RunAndWait(executor_, "test_end", [this] {
    contenders_.clear();
    session_ = nullptr;
  });
}

}  // namespace
}  // namespace mesos::e2e
