// Sessions and elections on a real ZooKeeper.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/election/contender.h"
#include "common/election/detector.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "common/zookeeper/client_session.h"
#include "tests/e2e/zookeeper_server.h"

namespace mesos::e2e {
namespace {

using ::testing::ElementsAre;

constexpr absl::Duration kSessionTimeout = absl::Seconds(2);

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

  zookeeper::SessionFactory Sessions(const std::string& credentials = "") {
    const std::string url = "zk://" + (credentials.empty() ? "" : credentials + "@") +
                            server_->address() + "/" + TestName();
    return zookeeper::ClientSessions(*zookeeper::ParseUrl(url), executor_, kSessionTimeout);
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
    return Eventually([&] {
      const std::vector<std::string> notes = Notes();
      return std::find(notes.begin(), notes.end(), what) != notes.end();
    });
  }

  // A session that notes its life, on the executor.
  void OpenSession(const std::string& credentials = "") {
    RunAndWait(executor_, "test_open", [&] {
      session_ = Sessions(credentials)({.connected = [this] { Note("connected"); },
                                        .disconnected = [this] { Note("disconnected"); },
                                        .ended = [this](absl::Status) { Note("ended"); }});
    });
    ASSERT_TRUE(Noted("connected"));
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
    EXPECT_TRUE(Eventually([&] {
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

  void Stand(const std::string& name) {
    RunAndWait(executor_, "test_stand", [&] {
      contenders_.push_back(std::make_unique<election::Contender>(
          executor_, Sessions(), Path(), [name] { return name; },
          election::ContenderObserver{
              .elected = [this, name] { Note(name + " elected"); },
              .lost = [this, name](absl::Status) { Note(name + " lost"); }}));
    });
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
  RunAndWait(executor_, "test_close", [this] { session_ = nullptr; });
  {
    MutexLock lock(mutex_);
    notes_.clear();
  }
  OpenSession("other:secret");
  EXPECT_EQ(Get(Path()), "mine");
  EXPECT_EQ(Multi({zookeeper::SetNode{Path(), "yours", zookeeper::Version::kAny}}).code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(ZooKeeperTest, ElectsTheNextAtOnceWhenTheLeaderWithdraws) {
  Stand("one");
  ASSERT_TRUE(Noted("one elected"));
  Stand("two");
  RunAndWait(executor_, "test_detect", [this] {
    detector_ = std::make_unique<election::Detector>(
        executor_, Sessions(), Path(),
        [this](std::optional<std::string> leader) { Note(leader.value_or("nobody") + " leads"); });
  });
  ASSERT_TRUE(Noted("one leads"));
  RunAndWait(executor_, "test_withdraw", [this] { contenders_.erase(contenders_.begin()); });
  EXPECT_TRUE(Noted("two elected"));
  EXPECT_TRUE(Noted("two leads"));
}

// A server that hangs, and one that was killed: the leader steps down, and stands again when the
// server is back.
TEST_F(ZooKeeperTest, StepsDownWhileTheServerHangsOrIsDown) {
  Stand("one");
  ASSERT_TRUE(Noted("one elected"));
  server_->process().Signal(SIGSTOP);
  EXPECT_TRUE(Noted("one lost"));
  server_->process().Signal(SIGCONT);
  EXPECT_TRUE(Eventually([this] {
    const auto notes = Notes();
    return std::count(notes.begin(), notes.end(), "one elected") == 2;
  }));
  server_->Stop();
  EXPECT_TRUE(Eventually([this] {
    const auto notes = Notes();
    return std::count(notes.begin(), notes.end(), "one lost") == 2;
  }));
  server_->Start();
  server_->AwaitReady();
  EXPECT_TRUE(Eventually([this] {
    const auto notes = Notes();
    return std::count(notes.begin(), notes.end(), "one elected") == 3;
  }));
  EXPECT_THAT(Notes(),
              ElementsAre("one elected", "one lost", "one elected", "one lost", "one elected"));
}

TEST_F(ZooKeeperTest, WaitsForNamesThatDoNotResolve) {
  RunAndWait(executor_, "test_open", [&] {
    session_ = zookeeper::ClientSessions(
        *zookeeper::ParseUrl("zk://no-such-host.invalid:1/a"), executor_,
        kSessionTimeout)({.connected = [this] { Note("connected"); },
                          .disconnected = [this] { Note("disconnected"); },
                          .ended = [this](absl::Status) { Note("ended"); }});
  });
  EXPECT_EQ(Create("/a", "").code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Notes(), testing::IsEmpty());
}

}  // namespace
}  // namespace mesos::e2e
