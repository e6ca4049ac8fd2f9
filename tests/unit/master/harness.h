#pragma once

// A master core with the production allocator, and clients as thin as may be: a scheduler and an
// agent are each a session and what it was sent. Every event is followed by CheckInvariants.
//
//   Harness master;
//   SchedulerSession& scheduler = master.Subscribe(master.FrameworkInfo("web"));
//   AgentSession& agent = master.RegisterAgent("cpus:8;mem:4096");
//   v1::Offer offer = scheduler.TakeOffer();
//   master.Launch(scheduler, offer, master.CommandTask("t1", offer, "cpus:1;mem:32"));
//   EXPECT_EQ(agent.Take().run_tasks().tasks_size(), 1);

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "master/core/master_core.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

using SchedulerCall = v1::scheduler::Call;
using SchedulerEventMessage = v1::scheduler::Event;

// `cpus:8;mem:4096;ports:[31000-32000]`, scalars and ranges only.
void ParseResources(const std::string& text, google::protobuf::RepeatedPtrField<v1::Resource>* out);

template <typename Message>
struct Peer {
  SessionId id{};
  std::deque<std::shared_ptr<const Message>> received;
  std::optional<absl::Status> closed;

  // The oldest message not taken yet; a failure and an empty one where there is none.
  Message Take() {
    if (received.empty()) {
      ADD_FAILURE() << "Nothing was received";
      return Message();
    }
    Message message = *received.front();
    received.pop_front();
    return message;
  }
};

struct SchedulerSession : Peer<SchedulerEventMessage> {
  std::string framework_id;

  SchedulerEventMessage Expect(SchedulerEventMessage::Type type);
  // The one offer of an OFFERS event that comes next.
  v1::Offer TakeOffer();
  v1::TaskStatus TakeUpdate();
  // Drops what was received, and says which types it was.
  std::string Drain();
};

struct AgentSession : Peer<internal::MasterMessage> {
  std::string agent_id;
};

// An operator who follows the master's events.
struct Follower : Peer<v1::master::Event> {
  bool greeted = false;

  // The types of what was received, which is dropped: "TASK_ADDED TASK_UPDATED".
  std::string Drain();
};

class Harness {
 public:
  explicit Harness(MasterOptions options = DefaultOptions(), const Registry& registry = {});
  static MasterOptions DefaultOptions();

  // ---- Time
  absl::Time now() const { return now_; }
  // To each deadline on the way, in order; agents answer pings where `answer_pings`.
  void Advance(absl::Duration duration);
  bool answer_pings = true;

  // ---- Schedulers
  static v1::FrameworkInfo FrameworkInfo(const std::string& role);
  // A new session that has sent SUBSCRIBE; SUBSCRIBED and HEARTBEAT are taken.
  SchedulerSession& Subscribe(v1::FrameworkInfo info);
  // A new session that has sent SUBSCRIBE; nothing is taken.
  SchedulerSession& TrySubscribe(v1::FrameworkInfo info);
  SchedulerSession& NewSchedulerSession();
  void Call(SchedulerSession& session, SchedulerCall call);
  // With a token: the answer.
  absl::Status CallForAnswer(SchedulerSession& session, SchedulerCall call);
  // Apart from a session's stream, as over HTTP.
  absl::Status CallApart(SessionId session, std::optional<std::string> stream_id,
                         SchedulerCall call);
  void Close(SchedulerSession& session);
  SchedulerCall MakeCall(const SchedulerSession& session, SchedulerCall::Type type);

  static v1::TaskInfo CommandTask(const std::string& id, const v1::Offer& offer,
                                  const std::string& resources);
  static v1::TaskInfo ExecutorTask(const std::string& id, const std::string& executor_id,
                                   const v1::Offer& offer, const std::string& resources);
  void Launch(SchedulerSession& session, const v1::Offer& offer, const v1::TaskInfo& task,
              double refuse_seconds = 0);
  void Launch(SchedulerSession& session, const std::vector<v1::Offer>& offers,
              const std::vector<v1::TaskInfo>& tasks, double refuse_seconds = 0);
  void Decline(SchedulerSession& session, const v1::Offer& offer,
               std::optional<double> refuse_seconds);
  void Acknowledge(SchedulerSession& session, const v1::TaskStatus& status);

  // ---- Agents
  static v1::AgentInfo AgentInfo(const std::string& resources,
                                 const std::string& hostname = "host1", int port = 5051);
  // REGISTERED is taken.
  AgentSession& RegisterAgent(const std::string& resources, const std::string& hostname = "host1",
                              int port = 5051);
  AgentSession& NewAgentSession();
  void Send(AgentSession& session, internal::AgentMessage message);
  void Close(AgentSession& session);
  // An update with a uuid of its own.
  void SendUpdate(AgentSession& session, const std::string& framework_id,
                  const std::string& task_id, v1::TaskState state,
                  std::optional<v1::TaskState> latest = std::nullopt);
  static v1::Task RunningTask(const std::string& id, const std::string& framework_id,
                              const std::string& agent_id, const std::string& resources,
                              const std::string& role);

  // ---- Pages: each peer takes what it was sent at once, unless they are held
  bool hold_drains = false;
  // Answers what is held; what is asked then is held again.
  void Drain();
  size_t held_drains() const { return drains_.size(); }

  // ---- Operators
  absl::Status Operate(const v1::master::Call& call, v1::master::Response* response);
  // nullopt while it has none.
  std::optional<absl::Status> OperatorAnswer(CallToken token) const;
  v1::master::Response Read(v1::master::Call::Type type);
  Follower& Follow();
  void Close(Follower& follower);

  // ---- The registry takes everything at once, unless it is held
  bool hold_writes = false;
  // Takes what was held, and what follows from it.
  void CommitWrites();
  void CommitWrite();  // the oldest alone
  // The oldest write that is held.
  void FailWrite(const absl::Status& why);
  size_t held_writes() const { return writes_.size(); }
  const Registry& registry() const { return registry_; }
  // Why the master gave up leading, where it has.
  const std::optional<absl::Status>& abdicated() const { return abdicated_; }

  void Handle(Event event);
  MasterStats Stats() const { return core_.Stats(); }
  std::shared_ptr<const Snapshot> TakeSnapshot() const { return core_.TakeSnapshot(); }
  MasterFigures Figures() const;
  // How many scheduler events and agent messages the last Handle sent.
  size_t last_effects() const { return last_effects_; }

 private:
  void HandleOne(Event event);
  void Deliver(const Effects& effects);

  absl::Time now_;
  MasterCore core_;
  Registry registry_;
  std::deque<Persist> writes_;
  std::deque<SessionId> drains_;
  std::optional<absl::Status> abdicated_;
  uint64_t next_session_ = 1;
  uint64_t next_token_ = 1;
  uint64_t next_uuid_ = 1;
  size_t last_effects_ = 0;
  std::map<SessionId, std::unique_ptr<SchedulerSession>> schedulers_;
  std::map<SessionId, std::unique_ptr<AgentSession>> agents_;
  std::map<SessionId, std::unique_ptr<Follower>> followers_;
  std::map<CallToken, absl::Status> scheduler_answers_;
  std::map<CallToken, AnswerOperatorCall> operator_answers_;
};

}  // namespace mesos::master
