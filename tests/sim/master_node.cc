#include "tests/sim/master_node.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "master/allocator/allocator.h"
#include "mesos/v1/master/master.pb.h"
#include "tests/sim/wire.h"

namespace mesos::sim {
namespace {

// Whoever keeps the process running starts it again so long after it could not.
constexpr absl::Duration kMasterStartsAgainAfter = absl::Seconds(5);

// Tells the epoch that each Acquire gives.
class EpochWatch final : public store::Store {
 public:
  EpochWatch(std::unique_ptr<store::Store> store, uint64_t* epoch)
      : store_(std::move(store)), epoch_(epoch) {}

  void Acquire(const std::string& owner,
               absl::AnyInvocable<void(absl::StatusOr<store::Contents>)> callback) override {
    store_->Acquire(owner, [epoch = epoch_, callback = std::move(callback)](
                               absl::StatusOr<store::Contents> contents) mutable {
      if (contents.ok()) *epoch = contents->epoch;
      callback(std::move(contents));
    });
  }

  void Apply(std::vector<store::Change> changes,
             absl::AnyInvocable<void(absl::Status)> done) override {
    store_->Apply(std::move(changes), std::move(done));
  }

 private:
  const std::unique_ptr<store::Store> store_;
  uint64_t* const epoch_;
};

SessionId SessionOf(ConnectionId id) { return SessionId(static_cast<uint64_t>(id)); }

// A connection to a master that does not lead.
void Refuse(SimNet& net, ConnectionId id) {
  net.Close(id, Side::kServer, absl::UnavailableError("this master does not lead"));
}

template <typename Streams>
void Close(Streams& streams, SessionId session, const absl::Status& reason) {
  auto stream = streams.extract(session);
  if (!stream.empty()) stream.mapped()->Close(reason);
}

std::unique_ptr<master::Allocator> NewAllocator(const Bounds& bounds) {
  master::AllocatorOptions options;
  options.max_filters_per_agent = bounds.filters_per_agent;
  return master::NewHierarchicalAllocator(std::move(options));
}

}  // namespace

MasterNode::MasterNode(Deps deps)
    : deps_(std::move(deps)),
      world_(deps_.world),
      net_(deps_.net),
      node_(world_.AddNode(deps_.name)),
      options_(deps_.options) {
  options_.hostname = deps_.name;
  options_.ip = absl::StrCat("10.0.1.", deps_.number);
  options_.max_statuses_per_task = deps_.bounds.statuses_per_task;
  options_.max_completed_tasks_per_framework = deps_.bounds.completed_tasks;
  options_.max_unreachable_tasks_per_framework = deps_.bounds.unreachable_tasks;
}

std::string MasterNode::target() const { return absl::StrCat(options_.ip, ":", options_.port); }

uint64_t MasterNode::epoch() const { return seat() == nullptr ? 0 : seat()->epoch; }

void MasterNode::Start() {
  world_.Restart(node_);
  if (deps_.starts) deps_.starts();
  process_ = std::make_unique<Process>(world_, node_);
  process_->store =
      std::make_unique<EpochWatch>(deps_.make_store(process_->executor, node_), &process_->epoch);
  net_.Listen(node_, target() + kAgentService,
              [this](ConnectionId id, NodeId peer) { return AcceptAgent(id, peer); });
  net_.Listen(node_, target() + kSchedulerService,
              [this](ConnectionId id, NodeId) { return AcceptScheduler(id); });
  if (!deps_.sessions) {
    LeadAlone();
    return;
  }
  process_->candidacy = std::make_unique<master::Candidacy>(
      master::Candidacy::Deps{.executor = process_->executor,
                              .reign = ReignDeps(),
                              .sessions = deps_.sessions(process_->executor, node_),
                              .path = kElectionPath,
                              .options = options_,
                              .seed = world_.random().Next()});
}

void MasterNode::CountBounds(BoundCounts* met) const {
  if (seat() == nullptr || seat()->leading.core == nullptr) return;
  const master::BoundsMet now = seat()->leading.core->Stats().bounds_met;
  (*met)["statuses per task"] += now.statuses_per_task;
  (*met)["filters per agent"] += now.filters_per_agent;
  (*met)["completed tasks"] += now.completed_tasks;
  (*met)["unreachable tasks"] += now.unreachable_tasks;
}

BoundCounts MasterNode::bounds_met() const {
  BoundCounts met = bounds_met_;
  CountBounds(&met);
  return met;
}

void MasterNode::Crash() {
  CountBounds(&bounds_met_);
  world_.Crash(node_);
  net_.NodeDown(node_, /*polite=*/true);
  process_ = nullptr;
}

void MasterNode::LeadAlone() {
  process_->standalone =
      std::make_unique<master::Standalone>(ReignDeps(), [this] { return world_.random().Uuid(); });
  process_->standalone->Recover([this](const absl::Status& recovered) {
    if (recovered.ok()) {
      process_->standalone->Lead(options_);
      return;
    }
    world_.Note(node_, absl::StrCat("ends: ", recovered.ToString()));
    process_->executor.Post("exit", [this] {
      Crash();
      world_.AfterAlways(kMasterStartsAgainAfter, [this] {
        if (!up()) Start();
      });
    });
  });
}

void MasterNode::MarkGone(const std::string& agent_id) {
  if (epoch() == 0) return;
  auto call = std::make_shared<v1::master::Call>();
  call->set_type(v1::master::Call::MARK_AGENT_GONE);
  call->mutable_mark_agent_gone()->mutable_agent_id()->set_value(agent_id);
  Handle(master::OperatorCallReceived{master::CallToken{1}, std::move(call), auth::Anonymous()});
}

master::Reign::Deps MasterNode::ReignDeps() {
  return {
      .executor = process_->executor,
      .host = *this,
      .store = *process_->store,
      .registrar = {},
      .make_core = [this](const master::MasterOptions& options, const master::Registry& registry) {
        deps_.observer.leads(process_->epoch, registry);
        return std::make_unique<master::MasterCore>(options, NewAllocator(deps_.bounds),
                                                    world_.now(), registry);
      }};
}

void MasterNode::ExpectToLead() {
  if (seat() == nullptr) process_->seat = std::make_unique<Seat>(deps_.bounds);
}

void MasterNode::Lead(master::Leading leading) {
  world_.Note(node_, absl::StrCat("leads, epoch ", process_->epoch));
  ExpectToLead();
  seat()->leading = std::move(leading);
  seat()->epoch = process_->epoch;
  ArmDeadline();
  for (master::Event& event : seat()->held.Take()) {
    if (epoch() == process_->epoch) Handle(std::move(event));
  }
}

void MasterNode::StepDown(const std::string& reason) {
  if (seat() == nullptr) return;
  world_.Note(node_, absl::StrCat("steps down: ", reason));
  CountBounds(&bounds_met_);
  process_->seat = nullptr;
}

template <typename Closed, typename Streams, typename Received>
bool MasterNode::Hold(Streams& streams, Received& received, size_t bytes) {
  if (seat()->leading.core != nullptr) return false;
  const SessionId session = received.session;
  if (seat()->held.Add(std::move(received), bytes)) return true;
  ++bounds_met_["held events"];
  Close(streams, session, absl::ResourceExhaustedError("too much waits for this master to lead"));
  seat()->held.AddClosed(Closed{session});
  return true;
}

Endpoint MasterNode::AcceptAgent(ConnectionId id, NodeId peer) {
  if (seat() == nullptr) {
    Refuse(net_, id);
    return {};
  }
  const SessionId session = SessionOf(id);
  seat()->agents[session] = std::make_unique<ServerStream<internal::MasterMessage>>(
      StreamPlace{world_, net_, node_, absl::StrCat("-> ", world_.Name(peer))}, id);
  const auth::CallerPtr caller =
      auth::Anonymous(absl::StrCat("10.0.0.", static_cast<uint32_t>(peer)));
  Endpoint endpoint;
  endpoint.message = [this, session, caller](const std::string& bytes) {
    if (seat() == nullptr || seat()->agents.count(session) == 0) return;
    master::AgentMessageReceived received{session, Parse<internal::AgentMessage>(bytes), caller};
    if (Hold<master::AgentSessionClosed>(seat()->agents, received, bytes.size())) return;
    Handle(std::move(received));
  };
  endpoint.closed = [this, session](absl::Status) {
    if (seat() == nullptr || seat()->agents.erase(session) == 0) return;
    HandleClosed(master::AgentSessionClosed{session});
  };
  return endpoint;
}

Endpoint MasterNode::AcceptScheduler(ConnectionId id) {
  if (seat() == nullptr) {
    Refuse(net_, id);
    return {};
  }
  const SessionId session = SessionOf(id);
  seat()->schedulers[session] = std::make_unique<ServerStream<v1::scheduler::Event>>(
      StreamPlace{world_, net_, node_, "-> scheduler"}, id);
  Endpoint endpoint;
  endpoint.message = [this, session](const std::string& bytes) {
    if (seat() == nullptr || seat()->schedulers.count(session) == 0) return;
    master::SchedulerCallReceived received{session, Parse<v1::scheduler::Call>(bytes),
                                           auth::Anonymous()};
    if (Hold<master::SchedulerSessionClosed>(seat()->schedulers, received, bytes.size())) return;
    Handle(std::move(received));
  };
  endpoint.closed = [this, session](absl::Status) {
    if (seat() == nullptr || seat()->schedulers.erase(session) == 0) return;
    HandleClosed(master::SchedulerSessionClosed{session});
  };
  return endpoint;
}

void MasterNode::Handle(master::Event event) {
  const auto& leads_until = seat()->leading.leads_until;
  if (leads_until && world_.now() >= leads_until()) {
    return StepDown("it was out of touch for too long");
  }
  const uint64_t epoch = seat()->epoch;
  deps_.observer.event(epoch, event);
  master::MasterCore& core = *seat()->leading.core;
  for (const master::Effect& effect : core.Handle(world_.now(), std::move(event))) {
    deps_.observer.effect(epoch, effect);
    CarryOut(effect);
  }
  deps_.observer.invariants(epoch, core.CheckInvariants());
  ArmDeadline();
}

void MasterNode::CarryOut(const master::Effect& effect) {
  if (auto* send = std::get_if<master::SendToScheduler>(&effect)) {
    if (auto it = seat()->schedulers.find(send->session); it != seat()->schedulers.end())
      it->second->Send(send->event);
  } else if (auto* await = std::get_if<master::AwaitDrain>(&effect)) {
    process_->executor.Post("drained", [this, epoch = epoch(), session = await->session] {
      if (epoch == this->epoch()) Handle(master::SchedulerDrained{session});
    });
  } else if (auto* close = std::get_if<master::CloseSchedulerSession>(&effect)) {
    world_.Note(node_, absl::StrCat("closes scheduler: ", close->reason.ToString()));
    Close(seat()->schedulers, close->session, close->reason);
  } else if (auto* to_agent = std::get_if<master::SendToAgent>(&effect)) {
    if (auto it = seat()->agents.find(to_agent->session); it != seat()->agents.end())
      it->second->Send(to_agent->message);
  } else if (auto* close_agent = std::get_if<master::CloseAgentSession>(&effect)) {
    world_.Note(node_, absl::StrCat("closes agent: ", close_agent->reason.ToString()));
    Close(seat()->agents, close_agent->session, close_agent->reason);
  } else if (auto* persist = std::get_if<master::Persist>(&effect)) {
    CarryOut(*persist);
  } else if (auto* abdicate = std::get_if<master::Abdicate>(&effect)) {
    // Not at once: the core's effects are still being carried out.
    process_->executor.Post("abdicate", [this, epoch = epoch(), reason = abdicate->reason] {
      if (epoch == this->epoch()) Abdicate(reason);
    });
  }
}

void MasterNode::CarryOut(const master::Persist& persist) {
  world_.Note(node_, absl::StrCat("registry write ", static_cast<uint64_t>(persist.token), " of ",
                                  persist.operations.size()));
  seat()->leading.persist(
      persist.operations, [this, epoch = epoch(), token = persist.token](absl::Status status) {
        if (epoch != this->epoch()) return;
        world_.Note(node_, absl::StrCat("registry write ", static_cast<uint64_t>(token), ": ",
                                        status.ToString()));
        Handle(master::Persisted{token, std::move(status)});
      });
}

void MasterNode::Abdicate(const absl::Status& reason) {
  const auto abdicated = seat()->leading.abdicated;
  StepDown(reason.ToString());
  abdicated(reason);
}

void MasterNode::ArmDeadline() {
  const absl::Time next = seat()->leading.core->NextDeadline();
  if (next >= seat()->armed || next == absl::InfiniteFuture()) return;
  seat()->armed = next;
  process_->executor.RunAt(next, "tick", [this, next, epoch = epoch()] {
    if (epoch != this->epoch()) return;
    if (seat()->armed == next) seat()->armed = absl::InfiniteFuture();
    if (seat()->leading.core->NextDeadline() <= world_.now()) {
      Handle(master::Tick{});
    } else {
      ArmDeadline();
    }
  });
}

}  // namespace mesos::sim
