// The scheduler API, scenario by scenario, over each transport: the core alone, gRPC, HTTP with
// JSON and HTTP with protobuf.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/conformance/transports/peers.h"

namespace mesos::master {
namespace {

using SchedulerCall = v1::scheduler::Call;
using SchedulerEvent = v1::scheduler::Event;
using testing::HasSubstr;

struct OverTransport {
  const char* name;
  std::unique_ptr<Transport> (*make)();
};

void AddScalar(const char* name, double value,
               google::protobuf::RepeatedPtrField<v1::Resource>* out) {
  v1::Resource* resource = out->Add();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
}

// An agent that does what the test says.
class TestAgent {
 public:
  TestAgent(Transport& transport, const std::string& hostname) : peer_(transport.NewAgent()) {
    internal::AgentMessage message;
    message.mutable_register_agent()->set_version("1.12.0");
    v1::AgentInfo* info = message.mutable_register_agent()->mutable_info();
    info->set_hostname(hostname);
    info->set_port(5051);
    AddScalar("cpus", 4, info->mutable_resources());
    AddScalar("mem", 4096, info->mutable_resources());
    peer_->Send(message);
    id_ = peer_->Next().registered().agent_id();
  }

  void Update(const v1::FrameworkID& framework, const std::string& task, v1::TaskState state,
              const std::string& uuid) {
    internal::AgentMessage message;
    internal::StatusUpdate* update = message.mutable_status_update();
    *update->mutable_framework_id() = framework;
    v1::TaskStatus* status = update->mutable_status();
    status->mutable_task_id()->set_value(task);
    *status->mutable_agent_id() = id_;
    status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
    status->set_state(state);
    status->set_uuid(uuid);
    update->set_latest_state(state);
    update->set_latest_uuid(uuid);
    peer_->Send(message);
  }

  AgentPeer& peer() { return *peer_; }
  const v1::AgentID& id() const { return id_; }

 private:
  std::unique_ptr<AgentPeer> peer_;
  v1::AgentID id_;
};

class TestScheduler {
 public:
  explicit TestScheduler(Transport& transport) : peer_(transport.NewScheduler()) {}

  static v1::FrameworkInfo Info() {
    v1::FrameworkInfo info;
    info.set_user("root");
    info.set_name("scenario");
    info.add_roles("web");
    info.set_failover_timeout(600);
    for (auto type : {v1::FrameworkInfo::Capability::MULTI_ROLE,
                      v1::FrameworkInfo::Capability::PARTITION_AWARE}) {
      info.add_capabilities()->set_type(type);
    }
    return info;
  }

  void TrySubscribe(const v1::FrameworkInfo& info) {
    SchedulerCall call;
    call.set_type(SchedulerCall::SUBSCRIBE);
    if (info.has_id()) *call.mutable_framework_id() = info.id();
    *call.mutable_subscribe()->mutable_framework_info() = info;
    peer_->Subscribe(call);
  }

  SchedulerEvent Subscribe(const v1::FrameworkInfo& info = Info()) {
    TrySubscribe(info);
    SchedulerEvent event = Expect(SchedulerEvent::SUBSCRIBED);
    id_ = event.subscribed().framework_id();
    return event;
  }

  SchedulerEvent Expect(SchedulerEvent::Type type) {
    std::optional<SchedulerEvent> event = peer_->Next();
    if (!event.has_value()) {
      ADD_FAILURE() << "The session ended instead of " << SchedulerEvent::Type_Name(type);
      return {};
    }
    EXPECT_EQ(event->type(), type) << event->ShortDebugString();
    return *std::move(event);
  }

  v1::Offer ExpectOffer() {
    const SchedulerEvent event = Expect(SchedulerEvent::OFFERS);
    EXPECT_EQ(event.offers().offers_size(), 1);
    return event.offers().offers_size() > 0 ? event.offers().offers(0) : v1::Offer();
  }

  v1::TaskStatus ExpectUpdate(v1::TaskState state) {
    const SchedulerEvent event = Expect(SchedulerEvent::UPDATE);
    EXPECT_EQ(event.update().status().state(), state) << event.ShortDebugString();
    return event.update().status();
  }

  void ExpectEnd() { EXPECT_FALSE(peer_->Next().has_value()); }

  SchedulerCall Make(SchedulerCall::Type type) const {
    SchedulerCall call;
    call.set_type(type);
    *call.mutable_framework_id() = id_;
    return call;
  }

  void Do(SchedulerCall::Type type, const std::function<void(SchedulerCall&)>& fill = nullptr) {
    SchedulerCall call = Make(type);
    if (fill) fill(call);
    peer_->Call(call);
  }

  void Launch(const v1::Offer& offer, const std::string& task_id) {
    Do(SchedulerCall::ACCEPT, [&](SchedulerCall& call) {
      *call.mutable_accept()->add_offer_ids() = offer.id();
      call.mutable_accept()->mutable_filters()->set_refuse_seconds(0);
      v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
      operation->set_type(v1::Offer::Operation::LAUNCH);
      v1::TaskInfo* task = operation->mutable_launch()->add_task_infos();
      task->set_name(task_id);
      task->mutable_task_id()->set_value(task_id);
      *task->mutable_agent_id() = offer.agent_id();
      task->mutable_command()->set_value("sleep 1000");
      AddScalar("cpus", 1, task->mutable_resources());
      AddScalar("mem", 128, task->mutable_resources());
    });
  }

  void Decline(const v1::Offer& offer, double seconds) {
    Do(SchedulerCall::DECLINE, [&](SchedulerCall& call) {
      *call.mutable_decline()->add_offer_ids() = offer.id();
      call.mutable_decline()->mutable_filters()->set_refuse_seconds(seconds);
    });
  }

  void Acknowledge(const v1::TaskStatus& status) {
    Do(SchedulerCall::ACKNOWLEDGE, [&](SchedulerCall& call) {
      *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
      *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
      call.mutable_acknowledge()->set_uuid(status.uuid());
    });
  }

  SchedulerPeer& peer() { return *peer_; }
  const v1::FrameworkID& id() const { return id_; }

 private:
  std::unique_ptr<SchedulerPeer> peer_;
  v1::FrameworkID id_;
};

class ScenariosTest : public testing::TestWithParam<OverTransport> {
 protected:
  // A scheduler whose task `id` runs on the agent, all updates acknowledged; the rest of the agent
  // is offered to it.
  v1::Offer RunTask(TestScheduler& scheduler, TestAgent& agent, const std::string& id) {
    scheduler.Launch(scheduler.ExpectOffer(), id);
    EXPECT_EQ(agent.peer().Next().run_tasks().tasks(0).task_id().value(), id);
    const v1::Offer rest = scheduler.ExpectOffer();
    agent.Update(scheduler.id(), id, v1::TASK_RUNNING, kFirstUuid);
    scheduler.Acknowledge(scheduler.ExpectUpdate(v1::TASK_RUNNING));
    EXPECT_EQ(agent.peer().Next().acknowledge().uuid(), kFirstUuid);
    return rest;
  }

  static constexpr char kFirstUuid[] = "0123456789abcdef";
  static constexpr char kSecondUuid[] = "fedcba9876543210";

  std::unique_ptr<Transport> transport_ = GetParam().make();
};

TEST_P(ScenariosTest, ASchedulerSubscribesAndIsOfferedAnAgent) {
  TestScheduler scheduler(*transport_);
  const SchedulerEvent event = scheduler.Subscribe();
  EXPECT_EQ(event.subscribed().framework_id().value(), "master-0000");
  EXPECT_EQ(event.subscribed().heartbeat_interval_seconds(), 15);
  EXPECT_EQ(event.subscribed().master_info().address().ip(), "127.0.0.1");

  TestAgent agent(*transport_, "host");
  const v1::Offer offer = scheduler.ExpectOffer();
  EXPECT_EQ(offer.agent_id().value(), agent.id().value());
  EXPECT_EQ(offer.hostname(), "host");
  EXPECT_EQ(offer.url().address().ip(), "127.0.0.1");
  EXPECT_EQ(offer.allocation_info().role(), "web");
  EXPECT_EQ(offer.resources_size(), 2);
}

TEST_P(ScenariosTest, ATaskGoesThroughItsLife) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  scheduler.Launch(scheduler.ExpectOffer(), "t");
  const internal::MasterMessage launch = agent.peer().Next();
  ASSERT_EQ(launch.run_tasks().tasks_size(), 1);
  EXPECT_EQ(launch.run_tasks().framework().id().value(), scheduler.id().value());
  const v1::Offer rest = scheduler.ExpectOffer();

  int number = 0;
  for (v1::TaskState state : {v1::TASK_STARTING, v1::TASK_RUNNING, v1::TASK_FINISHED}) {
    const std::string uuid = absl::StrCat("0123456789abcde", number++);
    agent.Update(scheduler.id(), "t", state, uuid);
    const v1::TaskStatus status = scheduler.ExpectUpdate(state);
    EXPECT_EQ(status.uuid(), uuid);
    if (state == v1::TASK_FINISHED) {
      // What the task had is offered as soon as it has ended.
      EXPECT_EQ(scheduler.ExpectOffer().resources(0).scalar().value(), 1);
    }
    scheduler.Acknowledge(status);
    const internal::MasterMessage acknowledged = agent.peer().Next();
    EXPECT_EQ(acknowledged.acknowledge().task_id().value(), "t");
    EXPECT_EQ(acknowledged.acknowledge().uuid(), uuid);
  }
}

TEST_P(ScenariosTest, AnUpdateComesAgainUntilItIsAcknowledged) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  scheduler.Launch(scheduler.ExpectOffer(), "t");
  agent.peer().Next();
  scheduler.ExpectOffer();
  agent.Update(scheduler.id(), "t", v1::TASK_RUNNING, kFirstUuid);
  agent.Update(scheduler.id(), "t", v1::TASK_RUNNING, kFirstUuid);
  scheduler.ExpectUpdate(v1::TASK_RUNNING);
  EXPECT_EQ(scheduler.ExpectUpdate(v1::TASK_RUNNING).uuid(), kFirstUuid);
}

TEST_P(ScenariosTest, AKillReachesTheAgent) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  RunTask(scheduler, agent, "t");
  scheduler.Do(SchedulerCall::KILL, [](SchedulerCall& call) {
    call.mutable_kill()->mutable_task_id()->set_value("t");
    call.mutable_kill()->mutable_kill_policy()->mutable_grace_period()->set_nanoseconds(7);
  });
  const internal::MasterMessage kill = agent.peer().Next();
  EXPECT_EQ(kill.kill_task().task_id().value(), "t");
  EXPECT_EQ(kill.kill_task().kill_policy().grace_period().nanoseconds(), 7);
  agent.Update(scheduler.id(), "t", v1::TASK_KILLED, kSecondUuid);
  scheduler.ExpectUpdate(v1::TASK_KILLED);
}

TEST_P(ScenariosTest, AKillOfAnUnknownTaskIsAnsweredByItsState) {
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  scheduler.Do(SchedulerCall::KILL, [](SchedulerCall& call) {
    call.mutable_kill()->mutable_task_id()->set_value("never-was");
  });
  EXPECT_EQ(scheduler.ExpectUpdate(v1::TASK_UNKNOWN).task_id().value(), "never-was");
}

TEST_P(ScenariosTest, WhatIsDeclinedComesBackAfterRevive) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  const v1::Offer offer = scheduler.ExpectOffer();
  scheduler.Decline(offer, 3600);
  scheduler.Do(SchedulerCall::REVIVE);
  EXPECT_NE(scheduler.ExpectOffer().id().value(), offer.id().value());
}

TEST_P(ScenariosTest, ASuppressedSchedulerIsOfferedNothingUntilItRevives) {
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  scheduler.Do(SchedulerCall::SUPPRESS);
  TestAgent one(*transport_, "one");
  TestAgent two(*transport_, "two");
  scheduler.Do(SchedulerCall::REVIVE);
  EXPECT_EQ(scheduler.Expect(SchedulerEvent::OFFERS).offers().offers_size(), 2);
}

TEST_P(ScenariosTest, StaleAndMissingOfferIdsOfADeclineAreIgnored) {
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  scheduler.Do(SchedulerCall::DECLINE, [](SchedulerCall& call) { call.mutable_decline(); });
  scheduler.Do(SchedulerCall::DECLINE, [](SchedulerCall& call) {
    call.mutable_decline()->add_offer_ids()->set_value("no-such-offer");
  });
  TestAgent agent(*transport_, "host");
  scheduler.ExpectOffer();
}

TEST_P(ScenariosTest, ReconciliationTellsOfNamedAndOfAllTasks) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  RunTask(scheduler, agent, "t");
  scheduler.Do(SchedulerCall::RECONCILE, [&](SchedulerCall& call) {
    call.mutable_reconcile()->add_tasks()->mutable_task_id()->set_value("t");
    call.mutable_reconcile()->add_tasks()->mutable_task_id()->set_value("never-was");
  });
  const v1::TaskStatus named = scheduler.ExpectUpdate(v1::TASK_RUNNING);
  EXPECT_EQ(named.reason(), v1::TaskStatus::REASON_RECONCILIATION);
  EXPECT_FALSE(named.has_uuid());
  EXPECT_EQ(scheduler.ExpectUpdate(v1::TASK_UNKNOWN).task_id().value(), "never-was");
  scheduler.Do(SchedulerCall::RECONCILE, [](SchedulerCall& call) { call.mutable_reconcile(); });
  EXPECT_EQ(scheduler.ExpectUpdate(v1::TASK_RUNNING).task_id().value(), "t");
}

TEST_P(ScenariosTest, ReconciliationOfManyTasksComesPageByPage) {
  constexpr int kTasks = 500;
  std::unique_ptr<AgentPeer> agent = transport_->NewAgent();
  internal::AgentMessage message;
  internal::ReregisterAgent& again = *message.mutable_reregister_agent();
  again.set_version("1.12.0");
  again.mutable_info()->set_hostname("host");
  again.mutable_info()->mutable_id()->set_value("old-S1");
  AddScalar("cpus", kTasks, again.mutable_info()->mutable_resources());
  v1::FrameworkInfo info = TestScheduler::Info();
  info.mutable_id()->set_value("old-0001");
  *again.add_frameworks() = info;
  for (int i = 0; i < kTasks; ++i) {
    v1::Task& task = *again.add_tasks();
    task.set_name("t");
    task.mutable_task_id()->set_value(absl::StrCat("t", i));
    *task.mutable_framework_id() = info.id();
    *task.mutable_agent_id() = again.info().id();
    task.set_state(v1::TASK_RUNNING);
    AddScalar("cpus", 1, task.mutable_resources());
    task.mutable_resources(0)->mutable_allocation_info()->set_role("web");
  }
  agent->Send(message);
  EXPECT_EQ(agent->Next().reregistered().agent_id().value(), "old-S1");

  TestScheduler scheduler(*transport_);
  scheduler.Subscribe(info);
  scheduler.Do(SchedulerCall::RECONCILE, [](SchedulerCall& call) { call.mutable_reconcile(); });
  std::set<std::string> told;
  for (int i = 0; i < kTasks; ++i) {
    told.insert(scheduler.ExpectUpdate(v1::TASK_RUNNING).task_id().value());
  }
  EXPECT_EQ(told.size(), static_cast<size_t>(kTasks));
}

TEST_P(ScenariosTest, MessagesGoBothWays) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  scheduler.ExpectOffer();
  const std::string data("\x00\xff\"", 3);
  scheduler.Do(SchedulerCall::MESSAGE, [&](SchedulerCall& call) {
    *call.mutable_message()->mutable_agent_id() = agent.id();
    call.mutable_message()->mutable_executor_id()->set_value("e");
    call.mutable_message()->set_data(data);
  });
  EXPECT_EQ(agent.peer().Next().framework_message().data(), data);
  internal::AgentMessage back;
  *back.mutable_executor_message()->mutable_framework_id() = scheduler.id();
  back.mutable_executor_message()->mutable_executor_id()->set_value("e");
  back.mutable_executor_message()->set_data(data);
  agent.peer().Send(back);
  EXPECT_EQ(scheduler.Expect(SchedulerEvent::MESSAGE).message().data(), data);
}

TEST_P(ScenariosTest, AnAgentThatIsGoneTakesItsOffersBack) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  const v1::Offer offer = scheduler.ExpectOffer();
  agent.peer().Vanish();
  EXPECT_EQ(scheduler.Expect(SchedulerEvent::RESCIND).rescind().offer_id().value(),
            offer.id().value());
}

TEST_P(ScenariosTest, TeardownEndsTheSessionAndTheFrameworkForGood) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  RunTask(scheduler, agent, "t");
  scheduler.Do(SchedulerCall::TEARDOWN);
  scheduler.ExpectEnd();
  EXPECT_EQ(agent.peer().Next().shutdown_framework().framework_id().value(),
            scheduler.id().value());

  TestScheduler again(*transport_);
  v1::FrameworkInfo info = TestScheduler::Info();
  *info.mutable_id() = scheduler.id();
  again.TrySubscribe(info);
  EXPECT_EQ(again.Expect(SchedulerEvent::ERROR).error().message(), "Framework has been removed");
  again.ExpectEnd();
}

TEST_P(ScenariosTest, ASecondInstanceTakesOver) {
  TestAgent agent(*transport_, "host");
  TestScheduler first(*transport_);
  first.Subscribe();
  RunTask(first, agent, "t");

  TestScheduler second(*transport_);
  v1::FrameworkInfo info = TestScheduler::Info();
  *info.mutable_id() = first.id();
  EXPECT_EQ(second.Subscribe(info).subscribed().framework_id().value(), first.id().value());
  EXPECT_EQ(first.Expect(SchedulerEvent::ERROR).error().message(), "Framework failed over");
  first.ExpectEnd();
  second.ExpectOffer();
  EXPECT_TRUE(agent.peer().Next().has_update_framework());

  second.Do(SchedulerCall::KILL,
            [](SchedulerCall& call) { call.mutable_kill()->mutable_task_id()->set_value("t"); });
  EXPECT_EQ(agent.peer().Next().kill_task().task_id().value(), "t");
  agent.Update(second.id(), "t", v1::TASK_KILLED, kSecondUuid);
  second.ExpectUpdate(v1::TASK_KILLED);
}

TEST_P(ScenariosTest, ASchedulerThatWasGoneKeepsItsIdAndItsTasks) {
  TestAgent agent(*transport_, "host");
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  RunTask(scheduler, agent, "t");
  scheduler.peer().Vanish();

  TestScheduler back(*transport_);
  v1::FrameworkInfo info = TestScheduler::Info();
  *info.mutable_id() = scheduler.id();
  EXPECT_EQ(back.Subscribe(info).subscribed().framework_id().value(), scheduler.id().value());
  back.ExpectOffer();
  back.Do(SchedulerCall::RECONCILE, [](SchedulerCall& call) { call.mutable_reconcile(); });
  EXPECT_EQ(back.ExpectUpdate(v1::TASK_RUNNING).task_id().value(), "t");
}

TEST_P(ScenariosTest, AFrameworkUpdatesItself) {
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  v1::FrameworkInfo info = TestScheduler::Info();
  *info.mutable_id() = scheduler.id();
  info.clear_roles();
  info.add_roles("other");
  scheduler.Do(SchedulerCall::UPDATE_FRAMEWORK, [&](SchedulerCall& call) {
    *call.mutable_update_framework()->mutable_framework_info() = info;
  });
  TestAgent agent(*transport_, "host");
  EXPECT_EQ(scheduler.ExpectOffer().allocation_info().role(), "other");
  info.set_user("somebody");
  SchedulerCall call = scheduler.Make(SchedulerCall::UPDATE_FRAMEWORK);
  *call.mutable_update_framework()->mutable_framework_info() = info;
  EXPECT_EQ(scheduler.peer().Refused(call),
            "FrameworkInfo update is not valid: Updating 'FrameworkInfo.user' is unsupported; "
            "attempted to update from 'root' to 'somebody'");
}

TEST_P(ScenariosTest, ABadSubscriptionIsAnsweredByAnErrorAndTheEnd) {
  TestScheduler scheduler(*transport_);
  v1::FrameworkInfo info = TestScheduler::Info();
  info.set_role("a");
  scheduler.TrySubscribe(info);
  EXPECT_EQ(scheduler.Expect(SchedulerEvent::ERROR).error().message(),
            "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable");
  scheduler.ExpectEnd();
}

TEST_P(ScenariosTest, BadCallsAreRefusedWithTheReasonAndTheSessionGoesOn) {
  TestScheduler scheduler(*transport_);
  scheduler.Subscribe();
  EXPECT_EQ(scheduler.peer().Refused(scheduler.Make(SchedulerCall::ACCEPT)),
            "Failed to validate scheduler::Call: Expecting 'accept' to be present");
  EXPECT_EQ(scheduler.peer().Refused(SchedulerCall()),
            "Failed to validate scheduler::Call: Expecting 'type' to be present");
  SchedulerCall acknowledge = scheduler.Make(SchedulerCall::ACKNOWLEDGE);
  acknowledge.mutable_acknowledge()->mutable_agent_id()->set_value("a");
  acknowledge.mutable_acknowledge()->mutable_task_id()->set_value("t");
  acknowledge.mutable_acknowledge()->set_uuid("short");
  EXPECT_EQ(scheduler.peer().Refused(acknowledge),
            "Failed to validate scheduler::Call: Not a valid UUID");
  SchedulerCall nobodys = scheduler.Make(SchedulerCall::REVIVE);
  nobodys.mutable_framework_id()->set_value("nobody");
  EXPECT_EQ(scheduler.peer().Refused(nobodys), "Framework cannot be found");
  TestAgent agent(*transport_, "host");
  scheduler.ExpectOffer();
}

TEST_P(ScenariosTest, ACallForAnothersFrameworkIsRefused) {
  TestScheduler one(*transport_);
  TestScheduler other(*transport_);
  one.Subscribe();
  other.Subscribe();
  EXPECT_THAT(one.peer().Refused(other.Make(SchedulerCall::TEARDOWN)),
              HasSubstr(other.id().value()));
  other.Do(SchedulerCall::REVIVE);
}

TEST_P(ScenariosTest, ACallWithoutASubscriptionIsRefused) {
  TestScheduler scheduler(*transport_);
  SchedulerCall revive = scheduler.Make(SchedulerCall::REVIVE);
  revive.mutable_framework_id()->set_value("nobody");
  EXPECT_EQ(scheduler.peer().Refused(revive), "Framework cannot be found");
}

INSTANTIATE_TEST_SUITE_P(
    Transports, ScenariosTest,
    testing::Values(
        OverTransport{"Core", NewCoreTransport}, OverTransport{"Grpc", NewGrpcTransport},
        OverTransport{"HttpJson", [] { return NewHttpTransport(net::MediaType::kJson); }},
        OverTransport{"HttpProtobuf", [] { return NewHttpTransport(net::MediaType::kProtobuf); }}),
    [](const testing::TestParamInfo<OverTransport>& info) { return info.param.name; });

}  // namespace
}  // namespace mesos::master
