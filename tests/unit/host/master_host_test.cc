#include "master/host/master_host.h"

#include <memory>
#include <string>

#include "common/rpc/dial.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/unit/rpc/journal.h"

namespace mesos::master {
namespace {

using rpc::Journal;
using testing::HasSubstr;
using v1::scheduler::Call;

// A real core on a real port; a scheduler and an agent dial it on an executor of their own.
class MasterHostTest : public testing::Test {
 protected:
  MasterHostTest() : host_(executor_) {
    const absl::Status status =
        host_.Start("127.0.0.1:0", [this](int port) { return NewCore(port); });
    EXPECT_TRUE(status.ok()) << status;
    target_ = "127.0.0.1:" + std::to_string(host_.port());
  }

  ~MasterHostTest() override {
    RunAndWait(peers_, "end", [&] {
      scheduler_.reset();
      agent_.reset();
    });
    host_.Shutdown();
    peers_.Stop();
  }

  std::unique_ptr<MasterCore> NewCore(int port) const {
    MasterOptions options;
    options.id = "master";
    options.hostname = "localhost";
    options.ip = "127.0.0.1";
    options.port = port;
    options.version = "1";
    options.start_time = executor_.Now();
    return std::make_unique<MasterCore>(options, NewHierarchicalAllocator({}), executor_.Now());
  }

  void DialScheduler() {
    RunAndWait(peers_, "dial", [&] {
      rpc::StreamObserver<v1::scheduler::Event> observer;
      observer.message = [this](std::shared_ptr<const v1::scheduler::Event> event) {
        log_.Add(v1::scheduler::Event::Type_Name(event->type()));
      };
      observer.closed = [this](absl::Status status) { log_.Add("closed " + status.ToString()); };
      scheduler_ = rpc::DialScheduler(target_, peers_, std::move(observer));
    });
  }

  void Subscribe() {
    auto call = std::make_shared<Call>();
    call->set_type(Call::SUBSCRIBE);
    call->mutable_subscribe()->mutable_framework_info()->set_user("u");
    call->mutable_subscribe()->mutable_framework_info()->set_name("f");
    RunAndWait(peers_, "send", [&] { scheduler_->Send(call); });
  }

  void RegisterAgent() {
    auto message = std::make_shared<internal::AgentMessage>();
    message->mutable_register_agent()->set_version("1");
    v1::AgentInfo* info = message->mutable_register_agent()->mutable_info();
    info->set_hostname("h");
    info->set_port(5051);
    v1::Resource* cpus = info->add_resources();
    cpus->set_name("cpus");
    cpus->set_type(v1::Value::SCALAR);
    cpus->mutable_scalar()->set_value(4);
    RunAndWait(peers_, "dial", [&] {
      rpc::StreamObserver<internal::MasterMessage> observer;
      observer.message = [this](std::shared_ptr<const internal::MasterMessage> message) {
        if (message->has_registered()) log_.Add(message->registered().agent_id().value());
      };
      observer.closed = [this](absl::Status) { log_.Add("agent closed"); };
      agent_ = rpc::DialAgentLink(target_, peers_, std::move(observer));
      agent_->Send(message);
    });
  }

  // The answer to an operator call: its status, and its body.
  std::string Ask(v1::master::Call::Type type) {
    Journal answers;
    v1::master::Call call;
    call.set_type(type);
    RunAndWait(peers_, "call", [&] {
      rpc::CallMaster(
          target_, peers_, call, absl::Seconds(20),
          [&](absl::Status status, std::shared_ptr<const v1::master::Response> reply) {
            answers.Add(status.ToString() + (reply ? " " + reply->ShortDebugString() : ""));
          });
    });
    EXPECT_TRUE(answers.WaitForSize(1));
    return answers.lines()[0];
  }

  AsioExecutor executor_{"master"};
  AsioExecutor peers_{"peers"};
  MasterHost host_;
  std::string target_;
  Journal log_;
  std::unique_ptr<rpc::Stream<Call>> scheduler_;
  std::unique_ptr<rpc::Stream<internal::AgentMessage>> agent_;
};

TEST_F(MasterHostTest, OffersAnAgentToAScheduler) {
  DialScheduler();
  Subscribe();
  ASSERT_TRUE(log_.WaitForLine("SUBSCRIBED"));
  RegisterAgent();
  EXPECT_TRUE(log_.WaitForLine("master-S0"));
  EXPECT_TRUE(log_.WaitForLine("OFFERS"));
  RunAndWait(peers_, "end", [&] { agent_.reset(); });
  EXPECT_TRUE(log_.WaitForLine("RESCIND"));
}

TEST_F(MasterHostTest, ACallBeforeSubscribeEndsTheStreamWithTheReason) {
  DialScheduler();
  auto call = std::make_shared<Call>();
  call->set_type(Call::REVIVE);
  call->mutable_framework_id()->set_value("f");
  RunAndWait(peers_, "send", [&] { scheduler_->Send(call); });
  ASSERT_TRUE(log_.WaitForLine("closed"));
  EXPECT_THAT(log_.lines().back(), HasSubstr("Framework cannot be found"));
}

TEST_F(MasterHostTest, AnswersOperators) {
  EXPECT_THAT(Ask(v1::master::Call::GET_HEALTH), HasSubstr("healthy: true"));
  EXPECT_THAT(Ask(v1::master::Call::UNKNOWN), testing::Not(testing::StartsWith("OK")));
}

TEST_F(MasterHostTest, ShutdownEndsEveryStreamAndMayBeRepeated) {
  DialScheduler();
  Subscribe();
  RegisterAgent();
  ASSERT_TRUE(log_.WaitForLine("OFFERS"));
  host_.Shutdown();
  host_.Shutdown();
  EXPECT_TRUE(log_.WaitForLine("closed"));
  EXPECT_TRUE(log_.WaitForLine("agent closed"));
}

TEST_F(MasterHostTest, SessionsWaitWhileItExpectsToLead) {
  RunAndWait(executor_, "expect", [&] {
    host_.StepDown("the test begins");
    host_.ExpectToLead();
  });
  DialScheduler();
  Subscribe();
  RegisterAgent();
  EXPECT_THAT(Ask(v1::master::Call::GET_AGENTS), HasSubstr("UNAVAILABLE"));
  RunAndWait(executor_, "lead", [&] { host_.Lead({.core = NewCore(host_.port())}); });
  EXPECT_TRUE(log_.WaitForLine("SUBSCRIBED"));
  EXPECT_TRUE(log_.WaitForLine("OFFERS"));
  EXPECT_THAT(log_.lines(), testing::Not(testing::Contains("closed")));
  EXPECT_THAT(log_.lines(), testing::Not(testing::Contains("agent closed")));
}

TEST_F(MasterHostTest, SessionsThatWaitEndWhenItDoesNotLeadAfterAll) {
  RunAndWait(executor_, "expect", [&] {
    host_.StepDown("the test begins");
    host_.ExpectToLead();
  });
  DialScheduler();
  Subscribe();
  RunAndWait(executor_, "step_down", [&] { host_.StepDown("the registry is lost"); });
  EXPECT_TRUE(log_.WaitForLine("closed"));
}

// As after a stop of the whole process: what came meanwhile is queued, and another may lead.
TEST_F(MasterHostTest, GivesTheCoreNothingOnceItsTimeHasRunOut) {
  absl::Time leads_until = absl::InfiniteFuture();  // of the executor's thread
  RunAndWait(executor_, "lead", [&] {
    host_.StepDown("the test begins");
    host_.Lead({.core = NewCore(host_.port()), .leads_until = [&] { return leads_until; }});
  });
  DialScheduler();
  Subscribe();
  ASSERT_TRUE(log_.WaitForLine("SUBSCRIBED"));
  RunAndWait(executor_, "run_out", [&] { leads_until = executor_.Now(); });
  RegisterAgent();
  EXPECT_TRUE(log_.WaitForLine("agent closed"));
  EXPECT_TRUE(log_.WaitForLine("closed"));
  EXPECT_THAT(log_.lines(), testing::Not(testing::Contains("master-S0")));
  EXPECT_THAT(Ask(v1::master::Call::GET_AGENTS), HasSubstr("UNAVAILABLE"));
}

TEST_F(MasterHostTest, APortInUseIsRefusedByName) {
  MasterHost second(executor_);
  const absl::Status status =
      second.Start(target_, [](int) -> std::unique_ptr<MasterCore> { return nullptr; });
  EXPECT_THAT(std::string(status.message()), HasSubstr(std::to_string(host_.port())));
}

}  // namespace
}  // namespace mesos::master
