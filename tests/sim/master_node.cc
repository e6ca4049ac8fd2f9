#include "tests/sim/master_node.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/sim/wire.h"

namespace mesos::sim {
namespace {

SessionId SessionOf(ConnectionId id) { return SessionId(static_cast<uint64_t>(id)); }
ConnectionId ConnectionOf(SessionId id) { return ConnectionId(static_cast<uint64_t>(id)); }

}  // namespace

MasterNode::MasterNode(World& world, SimNet& net, master::MasterOptions options, Observer observer)
    : world_(world),
      net_(net),
      options_(std::move(options)),
      observer_(std::move(observer)),
      node_(world.AddNode("master")) {}

void MasterNode::Start() {
  world_.Restart(node_);
  options_.id = world_.random().Uuid();
  options_.start_time = world_.now();
  core_ = std::make_unique<master::MasterCore>(options_, master::NewHierarchicalAllocator({}),
                                               world_.now());
  armed_ = absl::InfiniteFuture();
  net_.Listen(node_, kAgentAddress,
              [this](ConnectionId id, NodeId peer) { return AcceptAgent(id, peer); });
  net_.Listen(node_, kSchedulerAddress,
              [this](ConnectionId id, NodeId) { return AcceptScheduler(id); });
  observer_.started();
  ArmDeadline();
}

void MasterNode::Crash() {
  world_.Crash(node_);
  net_.NodeDown(node_, /*polite=*/true);
  core_.reset();
}

Endpoint MasterNode::AcceptAgent(ConnectionId id, NodeId peer) {
  const std::string peer_ip = absl::StrCat("10.0.0.", static_cast<uint32_t>(peer));
  Endpoint endpoint;
  endpoint.message = [this, id, peer_ip](const std::string& bytes) {
    if (core_ == nullptr) return;
    Handle(
        master::AgentMessageReceived{SessionOf(id), Parse<internal::AgentMessage>(bytes), peer_ip});
  };
  endpoint.closed = [this, id](absl::Status) {
    if (core_ != nullptr) Handle(master::AgentSessionClosed{SessionOf(id)});
  };
  return endpoint;
}

Endpoint MasterNode::AcceptScheduler(ConnectionId id) {
  Endpoint endpoint;
  endpoint.message = [this, id](const std::string& bytes) {
    if (core_ == nullptr) return;
    Handle(master::SchedulerCallReceived{SessionOf(id), Parse<v1::scheduler::Call>(bytes)});
  };
  endpoint.closed = [this, id](absl::Status) {
    if (core_ != nullptr) Handle(master::SchedulerSessionClosed{SessionOf(id)});
  };
  return endpoint;
}

void MasterNode::Handle(master::Event event) {
  observer_.event(event);
  const master::Effects effects = core_->Handle(world_.now(), std::move(event));
  for (const master::Effect& effect : effects) {
    observer_.effect(effect);
    CarryOut(effect);
  }
  observer_.invariants(core_->CheckInvariants());
  ArmDeadline();
}

void MasterNode::CarryOut(const master::Effect& effect) {
  if (auto* send = std::get_if<master::SendToScheduler>(&effect)) {
    std::string bytes = Serialize(*send->event);
    world_.NoteMessage(node_, "-> scheduler", *send->event, bytes);
    net_.Send(ConnectionOf(send->session), Side::kServer, std::move(bytes));
  } else if (auto* close = std::get_if<master::CloseSchedulerSession>(&effect)) {
    world_.Note(node_, absl::StrCat("closes scheduler: ", close->reason.ToString()));
    net_.Close(ConnectionOf(close->session), Side::kServer, close->reason);
  } else if (auto* to_agent = std::get_if<master::SendToAgent>(&effect)) {
    std::string bytes = Serialize(*to_agent->message);
    world_.NoteMessage(node_, "-> agent", *to_agent->message, bytes);
    net_.Send(ConnectionOf(to_agent->session), Side::kServer, std::move(bytes));
  } else if (auto* close_agent = std::get_if<master::CloseAgentSession>(&effect)) {
    world_.Note(node_, absl::StrCat("closes agent: ", close_agent->reason.ToString()));
    net_.Close(ConnectionOf(close_agent->session), Side::kServer, close_agent->reason);
  } else if (auto* persist = std::get_if<master::Persist>(&effect)) {
    world_.After(node_, absl::ZeroDuration(), [this, token = persist->token] {
      Handle(master::Persisted{token, absl::OkStatus()});
    });
  }
}

void MasterNode::ArmDeadline() {
  const absl::Time next = core_->NextDeadline();
  if (next >= armed_ || next == absl::InfiniteFuture()) return;
  armed_ = next;
  world_.At(node_, next, [this, next] {
    if (armed_ == next) armed_ = absl::InfiniteFuture();
    if (core_->NextDeadline() <= world_.now()) {
      Handle(master::Tick{});
    } else {
      ArmDeadline();
    }
  });
}

}  // namespace mesos::sim
