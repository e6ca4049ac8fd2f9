#include "tests/unit/master/harness.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "master/core/views/figures.h"
#include "master/core/views/snapshot.h"
#include "master/reads/v1_reads.h"

namespace mesos::master {

void ParseResources(const std::string& text,
                    google::protobuf::RepeatedPtrField<v1::Resource>* out) {
  for (absl::string_view part : absl::StrSplit(text, ';', absl::SkipWhitespace())) {
    const std::pair<std::string, std::string> field = absl::StrSplit(part, absl::MaxSplits(':', 1));
    v1::Resource* resource = out->Add();
    resource->set_name(field.first);
    if (absl::StartsWith(field.second, "[")) {
      const std::pair<std::string, std::string> ends =
          absl::StrSplit(field.second.substr(1, field.second.size() - 2), '-');
      resource->set_type(v1::Value::RANGES);
      v1::Value::Range* range = resource->mutable_ranges()->add_range();
      range->set_begin(std::stoull(ends.first));
      range->set_end(std::stoull(ends.second));
    } else {
      resource->set_type(v1::Value::SCALAR);
      resource->mutable_scalar()->set_value(std::stod(field.second));
    }
  }
}

SchedulerEventMessage SchedulerSession::Expect(SchedulerEventMessage::Type type) {
  SchedulerEventMessage event = Take();
  EXPECT_EQ(SchedulerEventMessage::Type_Name(event.type()), SchedulerEventMessage::Type_Name(type))
      << event.ShortDebugString();
  return event;
}

v1::Offer SchedulerSession::TakeOffer() {
  const SchedulerEventMessage event = Expect(SchedulerEventMessage::OFFERS);
  EXPECT_EQ(event.offers().offers_size(), 1);
  if (event.offers().offers_size() > 0) return event.offers().offers(0);
  v1::Offer none;  // so that a test that goes on fails instead of reading what is not there
  ParseResources("cpus:-1", none.mutable_resources());
  return none;
}

v1::TaskStatus SchedulerSession::TakeUpdate() {
  return Expect(SchedulerEventMessage::UPDATE).update().status();
}

std::string SchedulerSession::Drain() {
  std::vector<std::string> types;
  for (const auto& event : received)
    types.push_back(SchedulerEventMessage::Type_Name(event->type()));
  received.clear();
  return absl::StrJoin(types, " ");
}

MasterOptions Harness::DefaultOptions() {
  MasterOptions options;
  options.id = "m1";
  options.hostname = "master.example";
  options.ip = "127.0.0.1";
  options.version = "1.12.0";
  options.start_time = absl::FromUnixSeconds(1'000'000);
  return options;
}

Harness::Harness(MasterOptions options, const Registry& registry)
    : now_(options.start_time),
      core_(options, NewHierarchicalAllocator({}), options.start_time, registry),
      registry_(registry) {}

MasterFigures Harness::Figures() const { return core_.Figures(); }

void Harness::Handle(Event event) {
  last_effects_ = 0;
  HandleOne(std::move(event));
  if (!hold_writes) CommitWrites();
  while (!hold_drains && !drains_.empty()) Drain();
}

void Harness::Drain() {
  for (size_t held = drains_.size(); held > 0; --held) {
    const SessionId session = drains_.front();
    drains_.pop_front();
    HandleOne(SchedulerDrained{session});
  }
}

void Harness::CommitWrites() {
  while (!writes_.empty()) CommitWrite();
}

void Harness::CommitWrite() {
  const Persist write = std::move(writes_.front());
  writes_.pop_front();
  registry_.Apply(write.operations);
  HandleOne(Persisted{write.token, absl::OkStatus()});
}

void Harness::FailWrite(const absl::Status& why) {
  ASSERT_FALSE(writes_.empty());
  const PersistToken token = writes_.front().token;
  writes_.pop_front();
  HandleOne(Persisted{token, why});
}

void Harness::HandleOne(Event event) {
  const Effects effects = core_.Handle(now_, std::move(event));
  last_effects_ += effects.size();
  Deliver(effects);
  const absl::Status invariants = core_.CheckInvariants();
  EXPECT_TRUE(invariants.ok()) << invariants;
  // So that the next check finds what changed without its view.
  core_.TakeSnapshot();
}

void Harness::Deliver(const Effects& effects) {
  for (const Effect& effect : effects) {
    if (const auto* send = std::get_if<SendToScheduler>(&effect)) {
      EXPECT_FALSE(schedulers_.at(send->session)->closed) << "Sent to a closed session";
      EXPECT_TRUE(send->event->IsInitialized()) << send->event->InitializationErrorString();
      schedulers_.at(send->session)->received.push_back(send->event);
    } else if (const auto* await = std::get_if<AwaitDrain>(&effect)) {
      EXPECT_FALSE(schedulers_.at(await->session)->closed) << "Waits for a closed session";
      drains_.push_back(await->session);
    } else if (const auto* close = std::get_if<CloseSchedulerSession>(&effect)) {
      schedulers_.at(close->session)->closed = close->reason;
    } else if (const auto* command = std::get_if<SendToAgent>(&effect)) {
      AgentSession& agent = *agents_.at(command->session);
      EXPECT_FALSE(agent.closed) << "Sent to a closed session";
      EXPECT_TRUE(command->message->IsInitialized())
          << command->message->InitializationErrorString();
      agent.received.push_back(command->message);
    } else if (const auto* close_agent = std::get_if<CloseAgentSession>(&effect)) {
      agents_.at(close_agent->session)->closed = close_agent->reason;
    } else if (const auto* answer = std::get_if<AnswerSchedulerCall>(&effect)) {
      scheduler_answers_[answer->token] = answer->status;
    } else if (const auto* operator_answer = std::get_if<AnswerOperatorCall>(&effect)) {
      operator_answers_[operator_answer->token] = *operator_answer;
    } else if (const auto* greet = std::get_if<GreetFollower>(&effect)) {
      followers_.at(greet->session)->greeted = true;
    } else if (const auto* told = std::get_if<SendToFollowers>(&effect)) {
      EXPECT_TRUE(told->event->IsInitialized()) << told->event->InitializationErrorString();
      for (auto& [id, follower] : followers_) {
        if (!follower->closed) follower->received.push_back(told->event);
      }
    } else if (const auto* close_follower = std::get_if<CloseFollower>(&effect)) {
      followers_.at(close_follower->session)->closed = absl::OkStatus();
    } else if (const auto* persist = std::get_if<Persist>(&effect)) {
      writes_.push_back(*persist);
    } else if (const auto* abdicate = std::get_if<Abdicate>(&effect)) {
      EXPECT_FALSE(abdicated_) << "Abdicated twice";
      abdicated_ = abdicate->reason;
    }
  }
}

void Harness::Advance(absl::Duration duration) {
  const absl::Time end = now_ + duration;
  while (core_.NextDeadline() <= end) {
    now_ = std::max(now_, core_.NextDeadline());
    Handle(Tick{});
    EXPECT_GT(core_.NextDeadline(), now_) << "The deadline was not worked off";
    if (core_.NextDeadline() <= now_) return;
    if (!answer_pings) continue;
    for (auto& [id, agent] : agents_) {
      if (agent->closed || agent->received.empty() || !agent->received.back()->has_ping()) continue;
      internal::AgentMessage pong;
      pong.mutable_pong()->set_sequence(agent->received.back()->ping().sequence());
      agent->received.pop_back();
      Send(*agent, pong);
    }
  }
  now_ = end;
}

v1::FrameworkInfo Harness::FrameworkInfo(const std::string& role) {
  v1::FrameworkInfo info;
  info.set_user("root");
  info.set_name("test");
  info.add_roles(role);
  info.set_failover_timeout(60);
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::MULTI_ROLE);
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::PARTITION_AWARE);
  info.add_capabilities()->set_type(v1::FrameworkInfo::Capability::RESERVATION_REFINEMENT);
  return info;
}

SchedulerSession& Harness::NewSchedulerSession() {
  auto session = std::make_unique<SchedulerSession>();
  session->id = SessionId{next_session_++};
  return *schedulers_.emplace(session->id, std::move(session)).first->second;
}

SchedulerSession& Harness::TrySubscribe(v1::FrameworkInfo info) {
  SchedulerSession& session = NewSchedulerSession();
  SchedulerCall call;
  call.set_type(SchedulerCall::SUBSCRIBE);
  if (info.has_id()) *call.mutable_framework_id() = info.id();
  *call.mutable_subscribe()->mutable_framework_info() = std::move(info);
  Call(session, call);
  return session;
}

SchedulerSession& Harness::Subscribe(v1::FrameworkInfo info) {
  SchedulerSession& session = TrySubscribe(std::move(info));
  session.framework_id =
      session.Expect(SchedulerEventMessage::SUBSCRIBED).subscribed().framework_id().value();
  session.Expect(SchedulerEventMessage::HEARTBEAT);
  return session;
}

void Harness::Call(SchedulerSession& session, SchedulerCall call) {
  Handle(SchedulerCallReceived{session.id, std::make_shared<const SchedulerCall>(std::move(call)),
                               auth::Anonymous()});
}

absl::Status Harness::CallForAnswer(SchedulerSession& session, SchedulerCall call) {
  return CallApart(session.id, std::nullopt, std::move(call));
}

absl::Status Harness::CallApart(SessionId session, std::optional<std::string> stream_id,
                                SchedulerCall call) {
  const CallToken token{next_token_++};
  Handle(SchedulerCallReceived{session, std::make_shared<const SchedulerCall>(std::move(call)),
                               auth::Anonymous(), token, std::move(stream_id)});
  EXPECT_EQ(scheduler_answers_.count(token), 1u) << "The call was not answered";
  return scheduler_answers_[token];
}

void Harness::Close(SchedulerSession& session) { Handle(SchedulerSessionClosed{session.id}); }

SchedulerCall Harness::MakeCall(const SchedulerSession& session, SchedulerCall::Type type) {
  SchedulerCall call;
  call.set_type(type);
  call.mutable_framework_id()->set_value(session.framework_id);
  return call;
}

v1::TaskInfo Harness::CommandTask(const std::string& id, const v1::Offer& offer,
                                  const std::string& resources) {
  v1::TaskInfo task;
  task.set_name(id);
  task.mutable_task_id()->set_value(id);
  *task.mutable_agent_id() = offer.agent_id();
  task.mutable_command()->set_value("true");
  ParseResources(resources, task.mutable_resources());
  return task;
}

v1::TaskInfo Harness::ExecutorTask(const std::string& id, const std::string& executor_id,
                                   const v1::Offer& offer, const std::string& resources) {
  v1::TaskInfo task = CommandTask(id, offer, resources);
  task.clear_command();
  task.mutable_executor()->mutable_executor_id()->set_value(executor_id);
  task.mutable_executor()->mutable_command()->set_value("executor");
  ParseResources("cpus:0.1;mem:32", task.mutable_executor()->mutable_resources());
  return task;
}

void Harness::Launch(SchedulerSession& session, const v1::Offer& offer, const v1::TaskInfo& task,
                     double refuse_seconds) {
  Launch(session, std::vector<v1::Offer>{offer}, {task}, refuse_seconds);
}

void Harness::Launch(SchedulerSession& session, const std::vector<v1::Offer>& offers,
                     const std::vector<v1::TaskInfo>& tasks, double refuse_seconds) {
  SchedulerCall call = MakeCall(session, SchedulerCall::ACCEPT);
  for (const v1::Offer& offer : offers) *call.mutable_accept()->add_offer_ids() = offer.id();
  if (!tasks.empty()) {
    v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
    operation->set_type(v1::Offer::Operation::LAUNCH);
    for (const v1::TaskInfo& task : tasks) *operation->mutable_launch()->add_task_infos() = task;
  }
  call.mutable_accept()->mutable_filters()->set_refuse_seconds(refuse_seconds);
  Call(session, call);
}

void Harness::Decline(SchedulerSession& session, const v1::Offer& offer,
                      std::optional<double> refuse_seconds) {
  SchedulerCall call = MakeCall(session, SchedulerCall::DECLINE);
  *call.mutable_decline()->add_offer_ids() = offer.id();
  if (refuse_seconds)
    call.mutable_decline()->mutable_filters()->set_refuse_seconds(*refuse_seconds);
  Call(session, call);
}

void Harness::Acknowledge(SchedulerSession& session, const v1::TaskStatus& status) {
  SchedulerCall call = MakeCall(session, SchedulerCall::ACKNOWLEDGE);
  *call.mutable_acknowledge()->mutable_agent_id() = status.agent_id();
  *call.mutable_acknowledge()->mutable_task_id() = status.task_id();
  call.mutable_acknowledge()->set_uuid(status.uuid());
  Call(session, call);
}

v1::AgentInfo Harness::AgentInfo(const std::string& resources, const std::string& hostname,
                                 int port) {
  v1::AgentInfo info;
  info.set_hostname(hostname);
  info.set_port(port);
  ParseResources(resources, info.mutable_resources());
  return info;
}

AgentSession& Harness::NewAgentSession() {
  auto session = std::make_unique<AgentSession>();
  session->id = SessionId{next_session_++};
  return *agents_.emplace(session->id, std::move(session)).first->second;
}

AgentSession& Harness::RegisterAgent(const std::string& resources, const std::string& hostname,
                                     int port) {
  AgentSession& session = NewAgentSession();
  internal::AgentMessage message;
  *message.mutable_register_agent()->mutable_info() = AgentInfo(resources, hostname, port);
  message.mutable_register_agent()->set_version("1.12.0");
  Send(session, message);
  session.agent_id = session.Take().registered().agent_id().value();
  return session;
}

void Harness::Send(AgentSession& session, internal::AgentMessage message) {
  Handle(AgentMessageReceived{session.id,
                              std::make_shared<const internal::AgentMessage>(std::move(message)),
                              auth::Anonymous("10.0.0.1")});
}

void Harness::Close(AgentSession& session) { Handle(AgentSessionClosed{session.id}); }

void Harness::SendUpdate(AgentSession& session, const std::string& framework_id,
                         const std::string& task_id, v1::TaskState state,
                         std::optional<v1::TaskState> latest) {
  internal::AgentMessage message;
  internal::StatusUpdate* update = message.mutable_status_update();
  update->mutable_framework_id()->set_value(framework_id);
  v1::TaskStatus* status = update->mutable_status();
  status->mutable_task_id()->set_value(task_id);
  status->mutable_agent_id()->set_value(session.agent_id);
  status->set_state(state);
  status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status->set_uuid(absl::StrCat(absl::Dec(next_uuid_++, absl::kZeroPad16)));
  update->set_latest_state(latest.value_or(state));
  Send(session, message);
}

v1::Task Harness::RunningTask(const std::string& id, const std::string& framework_id,
                              const std::string& agent_id, const std::string& resources,
                              const std::string& role) {
  v1::Task task;
  task.set_name(id);
  task.mutable_task_id()->set_value(id);
  task.mutable_framework_id()->set_value(framework_id);
  task.mutable_agent_id()->set_value(agent_id);
  task.set_state(v1::TASK_RUNNING);
  ParseResources(resources, task.mutable_resources());
  for (v1::Resource& resource : *task.mutable_resources()) {
    resource.mutable_allocation_info()->set_role(role);
  }
  return task;
}

absl::Status Harness::Operate(const v1::master::Call& call, v1::master::Response* response) {
  const CallToken token{next_token_++};
  Handle(OperatorCallReceived{token, std::make_shared<const v1::master::Call>(call),
                              auth::Anonymous()});
  if (operator_answers_.count(token) == 0) {
    ADD_FAILURE() << "The operator's call was not answered";
    return absl::InternalError("not answered");
  }
  const AnswerOperatorCall& answer = operator_answers_.at(token);
  if (response != nullptr && answer.response != nullptr) *response = *answer.response;
  return answer.status;
}

std::optional<absl::Status> Harness::OperatorAnswer(CallToken token) const {
  auto it = operator_answers_.find(token);
  if (it == operator_answers_.end()) return std::nullopt;
  return it->second.status;
}

Follower& Harness::Follow() {
  auto follower = std::make_unique<Follower>();
  follower->id = SessionId{next_session_++};
  Follower& added = *follower;
  followers_[added.id] = std::move(follower);
  Handle(FollowerOpened{added.id, auth::Anonymous()});
  return added;
}

void Harness::Close(Follower& follower) {
  follower.closed = absl::OkStatus();
  Handle(FollowerClosed{follower.id});
}

std::string Follower::Drain() {
  std::vector<std::string> types;
  for (const auto& event : received) types.push_back(v1::master::Event::Type_Name(event->type()));
  received.clear();
  return absl::StrJoin(types, " ");
}

v1::master::Response Harness::Read(v1::master::Call::Type type) {
  v1::master::Call call;
  call.set_type(type);
  absl::StatusOr<v1::master::Response> response = master::Read(*core_.TakeSnapshot(), call);
  EXPECT_TRUE(response.ok()) << response.status();
  if (!response.ok()) return {};
  EXPECT_TRUE(response->IsInitialized()) << response->InitializationErrorString();
  return *std::move(response);
}

}  // namespace mesos::master
