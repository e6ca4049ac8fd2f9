#include "bench/agent_fleet.h"

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>

#include "absl/strings/str_cat.h"
#include "common/runtime/random.h"

namespace mesos {
namespace {

// How many new agents are on their way to be registered at once.
constexpr int kMaxBeginning = 500;

sockaddr_in LoopbackAddress(int number, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<uint32_t>(number));
  return address;
}

template <typename Message>
void AddScalar(Message* message, const char* name, double value) {
  v1::Resource* resource = message->add_resources();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
}

void FillInfo(int number, v1::AgentInfo* info) {
  info->set_hostname(absl::StrCat("agent-", number));
  info->set_port(5051);
  AddScalar(info, "cpus", 64);
  AddScalar(info, "mem", 256 * 1024);
  AddScalar(info, "disk", 1024 * 1024);
}

constexpr char kFramework[] = "11111111-2222-4333-8444-555555555555-0000";

// What a real agent tells of a command task that runs.
void FillTask(const std::string& agent_id, const std::string& id, v1::Task* task) {
  task->set_name("load");
  task->mutable_task_id()->set_value(id);
  task->mutable_framework_id()->set_value(kFramework);
  task->mutable_agent_id()->set_value(agent_id);
  task->set_state(v1::TASK_RUNNING);
  task->set_status_update_state(v1::TASK_RUNNING);
  AddScalar(task, "cpus", 0.5);
  AddScalar(task, "mem", 256);
  for (v1::Resource& resource : *task->mutable_resources()) {
    resource.mutable_allocation_info()->set_role("*");
  }
  for (const v1::TaskState state : {v1::TASK_STARTING, v1::TASK_RUNNING}) {
    v1::TaskStatus* status = task->add_statuses();
    status->mutable_task_id()->set_value(id);
    status->mutable_agent_id()->set_value(agent_id);
    status->set_state(state);
    status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
    status->set_timestamp(1'700'000'000);
    status->set_uuid("0123456789abcdef");
  }
}

}  // namespace

struct AgentFleet::Agent {
  Agent(int number_in, uint64_t seed) : number(number_in), keeper(Policy(), seed) {}

  // As an agent's with the flags' defaults.
  static ConnectionKeeper::Options Policy() {
    ConnectionKeeper::Options policy;
    policy.backoff_minimum = absl::Milliseconds(50);
    policy.backoff_maximum = absl::Minutes(1);
    policy.unreachable_maximum = absl::Seconds(1);
    policy.dial_timeout = absl::Seconds(15);
    return policy;
  }

  const int number;
  RawAgentLink link;
  ConnectionKeeper keeper;
  std::string id;
  std::string hello;  // its first message on each link
  bool registered = false;
};

AgentFleet::AgentFleet(const Options& options)
    : options_(options), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  for (int i = 0; i < options_.agents; ++i) {
    agents_.push_back(std::make_unique<Agent>(i, static_cast<uint64_t>(i) + 1));
    internal::AgentMessage message;
    FillInfo(i, message.mutable_register_agent()->mutable_info());
    message.mutable_register_agent()->set_version("bench");
    agents_.back()->hello = RawAgentLink::Frame(message);
  }
}

AgentFleet::~AgentFleet() { close(epoll_); }

void AgentFleet::Begin() {
  while (beginning_ < std::min(options_.agents, registered_ + kMaxBeginning)) {
    Dial(*agents_[beginning_++], absl::Now());
  }
}

bool AgentFleet::RunUntilRegistered(absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  while (registered_ < options_.agents && absl::Now() < end) {
    Begin();
    Step(end);
  }
  return registered_ == options_.agents;
}

void AgentFleet::RunFor(absl::Duration duration) {
  const absl::Time end = absl::Now() + duration;
  while (absl::Now() < end) Step(end);
}

void AgentFleet::ExpectReturn() {
  registered_ = 0;
  dials_ = 0;
  losses_ = 0;
  returns_.clear();
  returns_.reserve(agents_.size());
  for (const auto& agent : agents_) {
    agent->registered = false;
    MakeReregistration(*agent);
  }
}

void AgentFleet::MakeReregistration(Agent& agent) {
  internal::AgentMessage message;
  internal::ReregisterAgent* back = message.mutable_reregister_agent();
  FillInfo(agent.number, back->mutable_info());
  back->mutable_info()->mutable_id()->set_value(agent.id);
  back->set_version("bench");
  for (int i = 0; i < options_.tasks; ++i) {
    FillTask(agent.id, absl::StrCat("task-", agent.number, "-", i), back->add_tasks());
  }
  if (options_.tasks > 0) {
    v1::FrameworkInfo* framework = back->add_frameworks();
    framework->mutable_id()->set_value(kFramework);
    framework->set_user("root");
    framework->set_name("failover_load");
    framework->set_failover_timeout(86'400);
    framework->set_checkpoint(true);
  }
  agent.hello = RawAgentLink::Frame(message);
}

void AgentFleet::Step(absl::Time until) {
  constexpr int kMaxEvents = 512;
  epoll_event events[kMaxEvents];
  absl::Time now = absl::Now();
  const absl::Time next = due_.empty() ? until : std::min(until, due_.top().first);
  const int64_t wait = std::clamp<int64_t>(absl::ToInt64Milliseconds(next - now) + 1, 0, 1000);
  const int count =
      epoll_wait(epoll_, events, kMaxEvents, next <= now ? 0 : static_cast<int>(wait));
  now = absl::Now();
  for (int i = 0; i < count; ++i) {
    Agent& agent = *static_cast<Agent*>(events[i].data.ptr);
    if (!agent.link.open()) continue;
    const auto on_message = [&](const internal::MasterMessage& message) {
      OnMessage(agent, message, now);
    };
    if (!agent.link.OnReady(on_message)) OnLost(agent, now);
  }
  while (!due_.empty() && due_.top().first <= now) {
    Agent& agent = *agents_[due_.top().second];
    due_.pop();
    const ConnectionKeeper::Due due = agent.keeper.PopDue(now);
    if (due.action == ConnectionKeeper::Action::kDial) {
      Dial(agent, now);
    } else if (due.action == ConnectionKeeper::Action::kGiveUp) {
      agent.link.Close();
      ++losses_;
      Await(agent);
    }
  }
}

void AgentFleet::Dial(Agent& agent, absl::Time now) {
  ++dials_;
  agent.keeper.Dial(now);
  const int address = agent.number % options_.addresses;
  if (agent.link.Dial(epoll_, &agent, LoopbackAddress(address, 0),
                      LoopbackAddress(address, options_.port))) {
    agent.link.Send(agent.hello);
    Await(agent);
  } else {
    OnLost(agent, now);
  }
}

void AgentFleet::OnLost(Agent& agent, absl::Time now) {
  ++losses_;
  agent.link.Close();
  agent.keeper.Closed(now, agent.keeper.session());
  Await(agent);
}

// One that has moved on meanwhile is looked at in vain.
void AgentFleet::Await(Agent& agent) {
  if (agent.keeper.Next() != absl::InfiniteFuture())
    due_.emplace(agent.keeper.Next(), agent.number);
}

void AgentFleet::OnMessage(Agent& agent, const internal::MasterMessage& message, absl::Time now) {
  // The master's first message comes with the answer that opens a stream.
  const SessionId session = agent.keeper.session();
  if (!agent.keeper.Heard(now, session)) agent.keeper.Opened(now, session);
  if (message.has_registered()) {
    agent.id = message.registered().agent_id().value();
    OnSettled(agent, absl::Milliseconds(message.registered().return_spread_milliseconds()), now);
  } else if (message.has_reregistered()) {
    OnSettled(agent, absl::Milliseconds(message.reregistered().return_spread_milliseconds()), now);
  } else if (message.has_ping()) {
    return_spread_ = absl::Milliseconds(message.ping().return_spread_milliseconds());
    agent.keeper.set_return_spread(return_spread_);
    internal::AgentMessage pong;
    pong.mutable_pong()->set_sequence(message.ping().sequence());
    agent.link.Send(RawAgentLink::Frame(pong));
  }
}

void AgentFleet::OnSettled(Agent& agent, absl::Duration spread, absl::Time now) {
  return_spread_ = spread;
  agent.keeper.set_return_spread(spread);
  agent.keeper.Settled(now);
  if (std::exchange(agent.registered, true)) return;
  ++registered_;
  returns_.push_back(now);
}

}  // namespace mesos
