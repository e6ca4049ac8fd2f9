#include <deque>
#include <map>
#include <utility>
#include <variant>

#include "gtest/gtest.h"
#include "master/allocator/allocator.h"
#include "master/core/commit_at_once.h"
#include "tests/conformance/transports/peers.h"

namespace mesos::master {
namespace {

template <typename Message>
struct Inbox {
  std::deque<std::shared_ptr<const Message>> messages;
  bool closed = false;
};

class CoreTransport : public Transport {
 public:
  CoreTransport() : core_(TestOptions(now_), NewHierarchicalAllocator({}), now_) {}

  std::unique_ptr<SchedulerPeer> NewScheduler() override;
  std::unique_ptr<AgentPeer> NewAgent() override;

  void Handle(Event event) {
    for (Effect& effect : HandleAndCommit(core_, now_, std::move(event))) {
      if (auto* sent = std::get_if<SendToScheduler>(&effect)) {
        schedulers_[sent->session].messages.push_back(sent->event);
      } else if (auto* ended = std::get_if<CloseSchedulerSession>(&effect)) {
        schedulers_[ended->session].closed = true;
      } else if (auto* told = std::get_if<SendToAgent>(&effect)) {
        agents_[told->session].messages.push_back(told->message);
      } else if (auto* answer = std::get_if<AnswerSchedulerCall>(&effect)) {
        answer_ = answer->status;
      }
    }
  }

  absl::Status Ask(SessionId session, const v1::scheduler::Call& call) {
    answer_ = absl::InternalError("not answered");
    Handle(SchedulerCallReceived{session, std::make_shared<const v1::scheduler::Call>(call),
                                 auth::Anonymous(), CallToken{1}});
    return answer_;
  }

  Inbox<v1::scheduler::Event>& Scheduler(SessionId session) { return schedulers_[session]; }
  Inbox<internal::MasterMessage>& Agent(SessionId session) { return agents_[session]; }

 private:
  const absl::Time now_ = absl::FromUnixSeconds(1'700'000'000);
  MasterCore core_;
  uint64_t next_session_ = 1;
  std::map<SessionId, Inbox<v1::scheduler::Event>> schedulers_;
  std::map<SessionId, Inbox<internal::MasterMessage>> agents_;
  absl::Status answer_;
};

class CoreScheduler : public SchedulerPeer {
 public:
  CoreScheduler(CoreTransport& transport, SessionId session)
      : transport_(transport), session_(session) {}

  void Subscribe(const v1::scheduler::Call& call) override { Call(call); }

  void Call(const v1::scheduler::Call& call) override {
    const absl::Status answer = transport_.Ask(session_, call);
    EXPECT_TRUE(answer.ok()) << answer;
  }

  std::string Refused(const v1::scheduler::Call& call) override {
    const absl::Status answer = transport_.Ask(session_, call);
    EXPECT_FALSE(answer.ok());
    return std::string(answer.message());
  }

  std::optional<v1::scheduler::Event> Next() override {
    auto& inbox = transport_.Scheduler(session_);
    while (!inbox.messages.empty()) {
      const v1::scheduler::Event event = *inbox.messages.front();
      inbox.messages.pop_front();
      if (event.type() != v1::scheduler::Event::HEARTBEAT) return event;
    }
    EXPECT_TRUE(inbox.closed) << "No event came";
    return std::nullopt;
  }

  void Vanish() override { transport_.Handle(SchedulerSessionClosed{session_}); }

 private:
  CoreTransport& transport_;
  const SessionId session_;
};

class CoreAgent : public AgentPeer {
 public:
  CoreAgent(CoreTransport& transport, SessionId session)
      : transport_(transport), session_(session) {}

  void Send(const internal::AgentMessage& message) override {
    transport_.Handle(AgentMessageReceived{session_,
                                           std::make_shared<const internal::AgentMessage>(message),
                                           auth::Anonymous("127.0.0.1")});
  }

  internal::MasterMessage Next() override {
    auto& inbox = transport_.Agent(session_);
    if (inbox.messages.empty()) {
      ADD_FAILURE() << "No message came";
      return {};
    }
    const internal::MasterMessage message = *inbox.messages.front();
    inbox.messages.pop_front();
    return message;
  }

  void Vanish() override { transport_.Handle(AgentSessionClosed{session_}); }

 private:
  CoreTransport& transport_;
  const SessionId session_;
};

std::unique_ptr<SchedulerPeer> CoreTransport::NewScheduler() {
  return std::make_unique<CoreScheduler>(*this, SessionId{next_session_++});
}

std::unique_ptr<AgentPeer> CoreTransport::NewAgent() {
  return std::make_unique<CoreAgent>(*this, SessionId{next_session_++});
}

}  // namespace

std::unique_ptr<Transport> NewCoreTransport() { return std::make_unique<CoreTransport>(); }

MasterOptions TestOptions(absl::Time now) {
  MasterOptions options;
  options.id = "master";
  options.hostname = "localhost";
  options.ip = "127.0.0.1";
  options.version = "1.12.0";
  options.start_time = now;
  options.page_bytes = 10'000;
  return options;
}

}  // namespace mesos::master
