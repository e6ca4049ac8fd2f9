// Several masters that ZooKeeper elects from: one leads, the others redirect to it, and the next
// one takes over with all that runs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/cluster.h"
#include "tests/e2e/zookeeper_server.h"

namespace mesos::e2e {
namespace {

using ::testing::HasSubstr;

class FailoverTest : public testing::Test {
 protected:
  static constexpr int kMasters = 3;

  FailoverTest() {
    for (int i = 0; i < kMasters; ++i) StartMaster(i);
    agent_ =
        std::make_unique<Agent>(url_, directory_.path() + "/agent", std::vector<std::string>());
  }

  void StartMaster(int index) {
    if (masters_.size() <= static_cast<size_t>(index)) {
      masters_.resize(index + 1);
      ports_.resize(index + 1, "0");
    }
    masters_[index] = std::make_unique<Process>(std::vector<std::string>{
        Binary("mesos-master"), "--ip=127.0.0.1", "--hostname=127.0.0.1", "--port=" + ports_[index],
        "--zk=" + url_, "--zk_session_timeout=2secs"});
    ports_[index] = masters_[index]->AwaitOutput("listening on [^ ]*:([0-9]+)");
  }

  // What curl prints of a request: "status location".
  static std::string Get(const std::string& port, const std::string& path) {
    return RunToEnd({"/usr/bin/curl", "-s", "-o", "/dev/null", "-m", "5", "-w",
                     "%{http_code} %{redirect_url}", "http://127.0.0.1:" + port + path})
        .output;
  }

  // The one master that answers for itself; -1 while there is none. Never two.
  int Leader() {
    int leader = -1;
    for (int i = 0; i < kMasters; ++i) {
      if (!masters_[i]->Running() || !absl::StartsWith(Get(ports_[i], "/state"), "200")) continue;
      EXPECT_EQ(leader, -1) << "two lead";
      leader = i;
    }
    return leader;
  }

  int AwaitLeader(int former = -1) {
    int leader = -1;
    EXPECT_TRUE(Eventually([&] {
      leader = Leader();
      return leader >= 0 && leader != former;
    }));
    return leader;
  }

  ZooKeeperServer zookeeper_;
  const std::string url_ = "zk://" + zookeeper_.address() + "/prod/mesos";
  TemporaryDirectory directory_;
  std::vector<std::string> ports_;
  std::vector<std::unique_ptr<Process>> masters_;
  std::unique_ptr<Agent> agent_;
};

TEST_F(FailoverTest, FollowersRedirectAndAnswerForThemselvesWhatIsTheirs) {
  const int leader = AwaitLeader();
  ASSERT_GE(leader, 0);
  const std::string to_leader = "http://127.0.0.1:" + ports_[leader];
  for (int i = 0; i < kMasters; ++i) {
    // Who has just started knows the leader a moment later.
    EXPECT_TRUE(Eventually(
        [&] { return Get(ports_[i], "/redirect") == absl::StrCat("307 ", to_leader, "/"); }));
    EXPECT_THAT(Get(ports_[i], "/health"), HasSubstr("200"));
    EXPECT_THAT(Get(ports_[i], "/metrics/snapshot"), HasSubstr("200"));
    if (i == leader) continue;
    EXPECT_EQ(Get(ports_[i], "/state"), absl::StrCat("307 ", to_leader, "/master/state"));
    EXPECT_EQ(Get(ports_[i], "/master/slaves?a=b"),
              absl::StrCat("307 ", to_leader, "/master/slaves?a=b"));
  }
}

TEST_F(FailoverTest, TheNextLeaderTakesOverWithAllThatRuns) {
  const int first = AwaitLeader();
  agent_->Start();
  const std::string go = directory_.path() + "/go";
  Process running({Binary("mesos-execute"), "--master=" + url_, "--name=running",
                   "--command=until [ -e " + go + " ]; do read -t 0.05 < /dev/zero; done; exit 7"});
  agent_->process().AwaitOutput("Launching task");
  masters_[first]->Signal(SIGKILL);
  masters_[first]->AwaitExit();
  const int second = AwaitLeader();
  EXPECT_NE(second, first);
  masters_[second]->AwaitOutput("Re-registered agent_id=.* tasks=1");
  WriteFile(go, "");
  EXPECT_EQ(running.AwaitExit(), 7) << running.Output();
  // A leader that hangs loses its session, and does not lead when it wakes up.
  masters_[second]->Signal(SIGSTOP);
  StartMaster(first);
  Process next({Binary("mesos-execute"), "--master=" + url_, "--name=next", "--command=true"});
  EXPECT_EQ(next.AwaitExit(), 0) << next.Output();
  masters_[second]->Signal(SIGCONT);
  masters_[second]->AwaitOutput("Stepping down");
  EXPECT_NE(AwaitLeader(second), second);
}

TEST_F(FailoverTest, ALeaderThatEndsIsReplacedAtOnce) {
  const int first = AwaitLeader();
  agent_->Start();
  masters_[first]->Signal(SIGTERM);
  EXPECT_EQ(masters_[first]->AwaitExit(), 0);
  Process next({Binary("mesos-execute"), "--master=" + url_, "--name=next", "--command=true"});
  EXPECT_EQ(next.AwaitExit(), 0) << next.Output();
}

// Without ZooKeeper nobody leads, and all wait; with it, one does again.
TEST_F(FailoverTest, NobodyLeadsWithoutZookeeper) {
  AwaitLeader();
  agent_->Start();
  zookeeper_.Stop();
  EXPECT_TRUE(Eventually([this] { return Leader() == -1; }));
  EXPECT_THAT(Get(ports_[0], "/state"), HasSubstr("503"));
  zookeeper_.Start();
  zookeeper_.AwaitReady();
  AwaitLeader();
  Process next({Binary("mesos-execute"), "--master=" + url_, "--name=next", "--command=true"});
  EXPECT_EQ(next.AwaitExit(), 0) << next.Output();
}

}  // namespace
}  // namespace mesos::e2e
