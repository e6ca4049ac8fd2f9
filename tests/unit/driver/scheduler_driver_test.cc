// The driver's threads, over a master in this process. Links no gRPC, so ThreadSanitizer sees all
// of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mesos/scheduler.h>
#include <mesos/v1/scheduler.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "tests/unit/driver/fake_master.h"

namespace mesos {
namespace {

using Call = v1::scheduler::Call;
using Event = v1::scheduler::Event;

FrameworkInfo Framework() {
  FrameworkInfo framework;
  framework.set_user("root");
  framework.set_name("test");
  framework.add_roles("*");
  return framework;
}

// Records what comes, and runs what a test wants within a callback.
class Recorder : public Scheduler {
 public:
  void registered(SchedulerDriver* driver, const FrameworkID&, const MasterInfo&) override {
    Note("registered");
    if (on_registered) on_registered(driver);
  }
  void reregistered(SchedulerDriver*, const MasterInfo&) override { Note("reregistered"); }
  void disconnected(SchedulerDriver*) override { Note("disconnected"); }
  void resourceOffers(SchedulerDriver*, const std::vector<Offer>& offers) override {
    Note("offers:" + std::to_string(offers.size()));
  }
  void offerRescinded(SchedulerDriver*, const OfferID& id) override {
    Note("rescinded:" + id.value());
  }
  void statusUpdate(SchedulerDriver* driver, const TaskStatus& status) override {
    Note(status.task_id().value() + ":" + TaskState_Name(status.state()));
    if (on_update) on_update(driver, status);
  }
  void slaveLost(SchedulerDriver*, const AgentID& id) override { Note("lost:" + id.value()); }
  void callRejected(SchedulerDriver*, Call::Type, const std::string& message) override {
    Note("rejected:" + message);
  }
  void error(SchedulerDriver* driver, const std::string& message) override {
    Note("error:" + message);
    if (on_error) on_error(driver);
  }

  std::vector<std::string> seen() const {
    MutexLock lock(mutex_);
    return seen_;
  }
  bool Saw(const std::string& what) const {
    const auto all = seen();
    return std::find(all.begin(), all.end(), what) != all.end();
  }
  // Whether two callbacks ever ran at a time, or on two threads.
  bool one_thread() const { return one_thread_; }

  std::function<void(SchedulerDriver*)> on_registered;
  std::function<void(SchedulerDriver*, const TaskStatus&)> on_update;
  std::function<void(SchedulerDriver*)> on_error;

 private:
  void Note(const std::string& what) {
    MutexLock lock(mutex_);
    if (thread_ == std::thread::id()) thread_ = std::this_thread::get_id();
    if (thread_ != std::this_thread::get_id()) one_thread_ = false;
    seen_.push_back(what);
  }

  mutable Mutex mutex_;
  std::vector<std::string> seen_ ABSL_GUARDED_BY(mutex_);
  std::thread::id thread_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> one_thread_{true};
};

class SchedulerDriverTest : public testing::Test {
 protected:
  void SetUp() override { master_.Reset(); }

  bool AwaitSeen(const std::string& what) {
    return master_.Await([&] { return recorder_.Saw(what); });
  }

  FakeMaster& master_ = FakeMaster::Get();
  Recorder recorder_;
};

TEST_F(SchedulerDriverTest, RegistersAndTearsDown) {
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  EXPECT_EQ(driver.start(), DRIVER_RUNNING);
  EXPECT_EQ(driver.start(), DRIVER_RUNNING) << "a second start changes nothing";
  ASSERT_TRUE(AwaitSeen("registered"));
  EXPECT_EQ(driver.stop(), DRIVER_STOPPED);
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
  EXPECT_EQ(master_.Count(Call::TEARDOWN), 1);
  EXPECT_EQ(master_.calls().front().subscribe().framework_info().name(), "test");
  EXPECT_FALSE(master_.calls().front().subscribe().framework_info().hostname().empty());
}

TEST_F(SchedulerDriverTest, DoesNothingBeforeItStartsAndAfterItStopped) {
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  EXPECT_EQ(driver.stop(), DRIVER_NOT_STARTED);
  EXPECT_EQ(driver.abort(), DRIVER_NOT_STARTED);
  EXPECT_EQ(driver.join(), DRIVER_NOT_STARTED);
  EXPECT_EQ(driver.reviveOffers(), DRIVER_NOT_STARTED);
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  driver.stop(true);
  EXPECT_EQ(driver.reviveOffers(), DRIVER_STOPPED);
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
  EXPECT_EQ(master_.Count(Call::REVIVE), 0);
  EXPECT_EQ(master_.Count(Call::TEARDOWN), 0) << "stop(true) keeps the framework";
}

TEST_F(SchedulerDriverTest, AcknowledgesEachUpdateAfterItsCallback) {
  recorder_.on_update = [&](SchedulerDriver*, const TaskStatus&) {
    EXPECT_EQ(master_.Count(Call::ACKNOWLEDGE), static_cast<int>(recorder_.seen().size()) - 2);
  };
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  for (int i = 0; i < 3; ++i) {
    master_.SendUpdate("t" + std::to_string(i), TASK_RUNNING, "uuid-" + std::to_string(i));
    ASSERT_TRUE(master_.Await([&] { return master_.Count(Call::ACKNOWLEDGE) == i + 1; }));
  }
  driver.stop();
  driver.join();
}

TEST_F(SchedulerDriverTest, StopWithinACallbackAcknowledgesItsUpdateFirst) {
  recorder_.on_update = [](SchedulerDriver* driver, const TaskStatus&) {
    EXPECT_EQ(driver->stop(true), DRIVER_STOPPED);
    EXPECT_EQ(driver->join(), DRIVER_STOPPED) << "join does not wait within a callback";
  };
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  master_.SendUpdate("t1", TASK_FINISHED, "uuid-1");
  master_.SendUpdate("t2", TASK_FINISHED, "uuid-2");
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
  EXPECT_EQ(master_.Count(Call::ACKNOWLEDGE), 1);
  EXPECT_FALSE(recorder_.Saw("t2:TASK_FINISHED")) << "no callback after stop";
}

TEST_F(SchedulerDriverTest, AbortWithinACallbackAcknowledgesNothing) {
  recorder_.on_update = [](SchedulerDriver* driver, const TaskStatus&) {
    EXPECT_EQ(driver->abort(), DRIVER_ABORTED);
  };
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  master_.SendUpdate("t1", TASK_FINISHED, "uuid-1");
  EXPECT_EQ(driver.join(), DRIVER_ABORTED);
  EXPECT_EQ(master_.Count(Call::ACKNOWLEDGE), 0);
  EXPECT_EQ(master_.Count(Call::TEARDOWN), 0);
  EXPECT_EQ(driver.stop(), DRIVER_ABORTED) << "says that it was aborted";
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
}

TEST_F(SchedulerDriverTest, CallbacksMayCallTheDriver) {
  recorder_.on_registered = [](SchedulerDriver* driver) {
    TaskInfo task;
    task.set_name("t");
    task.mutable_task_id()->set_value("t");
    task.mutable_agent_id()->set_value("A1");
    OfferID offer;
    offer.set_value("O1");
    driver->launchTasks(offer, {task});
    driver->declineOffer(offer);
    driver->reviveOffers({"a"});
    driver->suppressOffers();
    driver->killTask(task.task_id());
    driver->requestResources({});
    driver->reconcileTasks({});
    ExecutorID executor;
    executor.set_value("E1");
    driver->sendFrameworkMessage(executor, task.agent_id(), "data");
    driver->updateFramework(Framework(), {"a"});
  };
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(master_.Await([&] { return master_.Count(Call::UPDATE_FRAMEWORK) == 1; }));
  std::vector<Call::Type> types;
  for (const Call& call : master_.calls()) {
    types.push_back(call.type());
    if (call.type() != Call::SUBSCRIBE) {
      EXPECT_EQ(call.framework_id().value(), "F1");
    }
  }
  EXPECT_THAT(types, testing::ElementsAre(Call::SUBSCRIBE, Call::ACCEPT, Call::DECLINE,
                                          Call::REVIVE, Call::SUPPRESS, Call::KILL, Call::REQUEST,
                                          Call::RECONCILE, Call::MESSAGE, Call::UPDATE_FRAMEWORK));
  driver.stop();
  driver.join();
}

TEST_F(SchedulerDriverTest, ReconnectsAndSendsWhatItKept) {
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050",
                              /*implicit_acknowledgements=*/false);
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  master_.Refuse(true);
  master_.Break(absl::UnavailableError("master died"));
  ASSERT_TRUE(AwaitSeen("disconnected"));
  TaskStatus status;
  status.mutable_task_id()->set_value("t1");
  status.mutable_agent_id()->set_value("A1");
  status.set_state(TASK_RUNNING);
  status.set_uuid("uuid-1");
  driver.acknowledgeStatusUpdate(status);
  ASSERT_TRUE(master_.Await([&] { return master_.sessions() >= 3; })) << "it dials again and again";
  master_.Refuse(false);
  ASSERT_TRUE(AwaitSeen("reregistered"));
  EXPECT_EQ(master_.Count(Call::ACKNOWLEDGE), 1);
  EXPECT_EQ(master_.Count(Call::SUBSCRIBE), 2);
  driver.stop();
  driver.join();
}

TEST_F(SchedulerDriverTest, ReconcilesManyTasksInSeveralCalls) {
  constexpr int kTasks = 60'000;
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  std::vector<TaskStatus> statuses(kTasks);
  for (int i = 0; i < kTasks; ++i) {
    statuses[i].mutable_task_id()->set_value(std::string(100, 'x') + std::to_string(i));
    statuses[i].set_state(v1::TASK_RUNNING);
  }
  EXPECT_EQ(driver.reconcileTasks(statuses), DRIVER_RUNNING);
  ASSERT_TRUE(master_.Await([&] { return master_.Count(Call::RECONCILE) >= 2; }));
  driver.stop();
  driver.join();
  int next = 0;
  for (const Call& call : master_.calls()) {
    EXPECT_LT(call.ByteSizeLong(), size_t{5} << 20);
    for (const auto& task : call.reconcile().tasks()) {
      EXPECT_EQ(task.task_id().value(), statuses.at(next++).task_id().value());
    }
  }
  EXPECT_EQ(next, kTasks);
}

// More than a driver keeps: it reads no further, and its session lives.
TEST_F(SchedulerDriverTest, ABurstWaitsForASlowFramework) {
  constexpr int kUpdates = 110'000;
  std::atomic<bool> blocked{true};
  std::atomic<int> updates{0};
  recorder_.on_update = [&](SchedulerDriver*, const TaskStatus&) {
    while (blocked) std::this_thread::yield();
    ++updates;
  };
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  for (int i = 0; i < kUpdates; ++i) master_.SendUpdate("t", v1::TASK_RUNNING, "");
  ASSERT_TRUE(master_.Await([&] { return master_.pauses() > 0; }));
  EXPECT_EQ(updates, 0);
  blocked = false;
  EXPECT_TRUE(master_.Await([&] { return updates == kUpdates; }));
  EXPECT_EQ(master_.sessions(), 1);
  EXPECT_FALSE(recorder_.Saw("disconnected"));
  driver.stop();
}

TEST_F(SchedulerDriverTest, AnErrorAbortsBeforeItIsTold) {
  std::atomic<int> status_in_error{0};
  recorder_.on_error = [&](SchedulerDriver* driver) { status_in_error = driver->reviveOffers(); };
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  Event event;
  event.set_type(Event::ERROR);
  event.mutable_error()->set_message("Framework has been removed");
  master_.Send(event);
  EXPECT_EQ(driver.join(), DRIVER_ABORTED);
  EXPECT_EQ(status_in_error, DRIVER_ABORTED);
  EXPECT_TRUE(recorder_.Saw("error:Framework has been removed"));
}

TEST_F(SchedulerDriverTest, RefusesMastersThatItCannotFind) {
  for (const std::string master : {"file:///etc/mesos/zk", "localhost", "localhost:0", "::1:5050",
                                   "", "[::1:5050", "ho st:1"}) {
    Recorder recorder;
    MesosSchedulerDriver driver(&recorder, Framework(), master);
    EXPECT_EQ(driver.run(), DRIVER_ABORTED) << master;
    ASSERT_EQ(recorder.seen().size(), 1u);
    EXPECT_THAT(recorder.seen()[0], testing::HasSubstr("error:master '" + master + "'"));
  }
  EXPECT_EQ(master_.sessions(), 0);
}

TEST_F(SchedulerDriverTest, RefusesAMalformedZookeeperAddress) {
  MesosSchedulerDriver driver(&recorder_, Framework(), "zk://user:secret@host:x/mesos");
  EXPECT_EQ(driver.run(), DRIVER_ABORTED);
  ASSERT_EQ(recorder_.seen().size(), 1u);
  EXPECT_THAT(recorder_.seen()[0], testing::HasSubstr("error:the master's ZooKeeper address"));
  EXPECT_THAT(recorder_.seen()[0], testing::Not(testing::HasSubstr("secret")));
}

// Nobody leads there, and nobody ever will: the driver waits, and can be stopped.
TEST_F(SchedulerDriverTest, CanBeStoppedWhileItWaitsForALeader) {
  MesosSchedulerDriver driver(&recorder_, Framework(), "zk://127.0.0.1:1/mesos");
  EXPECT_EQ(driver.start(), DRIVER_RUNNING);
  EXPECT_EQ(driver.stop(), DRIVER_STOPPED);
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
  EXPECT_TRUE(recorder_.seen().empty());
}

TEST_F(SchedulerDriverTest, RefusesACredential) {
  Credential credential;
  credential.set_principal("me");
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050", credential);
  EXPECT_EQ(driver.run(), DRIVER_ABORTED);
  EXPECT_THAT(recorder_.seen().at(0), testing::HasSubstr("principal 'me'"));
}

TEST_F(SchedulerDriverTest, CanBeDestroyedWithoutAStop) {
  { MesosSchedulerDriver never_started(&recorder_, Framework(), "localhost:5050"); }
  {
    MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
    driver.start();
    ASSERT_TRUE(AwaitSeen("registered"));
  }
  EXPECT_EQ(master_.Count(Call::TEARDOWN), 0) << "the framework may fail over";
}

TEST_F(SchedulerDriverTest, TellsALostAgentByItsOldName) {
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  Event event;
  event.set_type(Event::FAILURE);
  event.mutable_failure()->mutable_agent_id()->set_value("A7");
  master_.Send(event);
  EXPECT_TRUE(AwaitSeen("lost:A7"));
}

// Many threads call while the connection breaks again and again: what is checked is that nothing
// hangs or races, that callbacks stay on one thread, and that every update that the agent repeats
// is acknowledged in the end.
TEST_F(SchedulerDriverTest, SurvivesCallersOnManyThreadsAndBreakingConnections) {
  MesosSchedulerDriver driver(&recorder_, Framework(), "localhost:5050");
  driver.start();
  ASSERT_TRUE(AwaitSeen("registered"));
  std::atomic<bool> done{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      TaskID task;
      task.set_value("t");
      OfferID offer;
      offer.set_value("O");
      for (int i = 0; i < 300; ++i) {
        driver.killTask(task);
        driver.declineOffer(offer);
        driver.reviveOffers();
      }
    });
  }
  std::thread breaker([&] {
    for (int i = 0; i < 5; ++i) {
      master_.Break(absl::UnavailableError("again"));
      const int sessions = master_.Count(Call::SUBSCRIBE);
      master_.Await([&] { return master_.Count(Call::SUBSCRIBE) > sessions || i == 4; });
    }
    done = true;
  });
  const auto acknowledged = [&](const std::string& uuid) {
    for (const Call& call : master_.calls()) {
      if (call.type() == Call::ACKNOWLEDGE && call.acknowledge().uuid() == uuid) return true;
    }
    return false;
  };
  for (int i = 0; i < 20; ++i) {
    const std::string uuid = "uuid-" + std::to_string(i);
    ASSERT_TRUE(master_.Await([&] {
      master_.SendUpdate("t", TASK_RUNNING, uuid);
      return acknowledged(uuid);
    }));
  }
  for (auto& thread : threads) thread.join();
  breaker.join();
  driver.stop();
  EXPECT_EQ(driver.join(), DRIVER_STOPPED);
  EXPECT_TRUE(recorder_.one_thread());
}

TEST_F(SchedulerDriverTest, ThePlainClientConnectsSendsAndReconnects) {
  std::atomic<int> connected{0};
  std::atomic<int> disconnected{0};
  std::atomic<int> events{0};
  v1::scheduler::Mesos* client = nullptr;
  std::atomic<bool> ready{false};
  Call subscribe;
  subscribe.set_type(Call::SUBSCRIBE);
  *subscribe.mutable_subscribe()->mutable_framework_info() = Framework();
  v1::scheduler::Mesos mesos(
      "localhost:5050",
      [&] {
        ++connected;
        master_.Await([&] { return ready.load(); });
        client->send(subscribe);
      },
      [&] { ++disconnected; },
      [&](const std::queue<Event>& batch) { events += static_cast<int>(batch.size()); });
  client = &mesos;
  ready = true;
  ASSERT_TRUE(master_.Await([&] { return events == 1; }));
  mesos.reconnect();
  ASSERT_TRUE(master_.Await([&] { return events == 2; }));
  EXPECT_EQ(connected, 2);
  EXPECT_EQ(disconnected, 1);
  master_.Break(absl::UnavailableError("gone"));
  ASSERT_TRUE(master_.Await([&] { return events == 3; }));
  EXPECT_EQ(disconnected, 2);
}

TEST_F(SchedulerDriverTest, ThePlainClientTellsABadAddressByAnErrorEvent) {
  std::atomic<bool> told{false};
  v1::scheduler::Mesos mesos(
      "host:0", [] {}, [] {},
      [&](const std::queue<Event>& batch) {
        EXPECT_EQ(batch.front().type(), Event::ERROR);
        EXPECT_THAT(batch.front().error().message(), testing::HasSubstr("host:0"));
        told = true;
      });
  EXPECT_TRUE(master_.Await([&] { return told.load(); }));
}

}  // namespace
}  // namespace mesos
