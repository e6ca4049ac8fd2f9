#include "tests/sim/watcher.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"

namespace mesos::sim {

MasterNode::Observer Watcher::Observer() {
  return {.leads = [this](uint64_t epoch, const auto& registry) { OnLeads(epoch, registry); },
          .event = [this](uint64_t epoch, const auto& event) { OnEvent(epoch, event); },
          .effect = [this](uint64_t epoch, const auto& effect) { OnEffect(epoch, effect); },
          .invariants = [this](uint64_t epoch, const auto& status) { OnHandled(epoch, status); }};
}

void Watcher::OnLeads(uint64_t epoch, const master::Registry& registry) {
  registry_.Recovered(epoch, registry);
  newest_leads_since_ = world_.now();
  ++reigns_;
}

// Offers end when the master takes a call that uses them up, or loses the session.
void Watcher::OnEvent(uint64_t epoch, const master::Event& event) {
  if (auto* received = std::get_if<master::SchedulerCallReceived>(&event)) {
    for (const v1::OfferID& id : received->call->accept().offer_ids())
      ledger_.OfferGone(id.value());
    for (const v1::OfferID& id : received->call->decline().offer_ids())
      ledger_.OfferGone(id.value());
    if (schedulers_.count(received->session) == 0) return;
    for (const auto& task : received->call->reconcile().tasks())
      asked_[received->session][task.task_id().value()] = task.agent_id().value();
  } else if (auto* drained = std::get_if<master::SchedulerDrained>(&event)) {
    awaiting_.erase(drained->session);
  } else if (auto* closed = std::get_if<master::SchedulerSessionClosed>(&event)) {
    OnSchedulerGone(epoch, closed->session);
  } else if (auto* persisted = std::get_if<master::Persisted>(&event)) {
    if (persisted->status.ok()) registry_.Kept(epoch, static_cast<uint64_t>(persisted->token));
  } else if (auto* message = std::get_if<master::AgentMessageReceived>(&event)) {
    if (message->message->has_register_agent()) {
      registering_[message->session] = message->message->register_agent().info().hostname();
    } else if (message->message->has_reregister_agent()) {
      registering_[message->session] = message->message->reregister_agent().info().hostname();
    }
  }
}

void Watcher::OnEffect(uint64_t epoch, const master::Effect& effect) {
  if (auto* send = std::get_if<master::SendToScheduler>(&effect)) {
    OnToScheduler(epoch, send->session, *send->event);
  } else if (auto* await = std::get_if<master::AwaitDrain>(&effect)) {
    awaiting_.insert(await->session);
  } else if (auto* to_agent = std::get_if<master::SendToAgent>(&effect)) {
    OnToAgent(epoch, to_agent->session, *to_agent->message);
  } else if (auto* persist = std::get_if<master::Persist>(&effect)) {
    registry_.Asked(epoch, static_cast<uint64_t>(persist->token), persist->operations);
    for (const master::RegistryOperation& operation : persist->operations) {
      if (auto* forget = std::get_if<master::ForgetAgent>(&operation))
        ledger_.AgentForgotten(forget->agent_id);
    }
  } else if (auto* close = std::get_if<master::CloseSchedulerSession>(&effect)) {
    OnSchedulerGone(epoch, close->session);
  }
}

void Watcher::OnToScheduler(uint64_t epoch, SessionId session, const v1::scheduler::Event& event) {
  if (event.has_subscribed()) {
    OnSubscribed(epoch, session, event.subscribed().framework_id().value());
  }
  for (const v1::Offer& offer : event.offers().offers()) ledger_.OfferMade(epoch, offer);
  if (event.has_rescind()) ledger_.OfferGone(event.rescind().offer_id().value());
  if (event.has_update()) {
    if (auto asked = asked_.find(session); asked != asked_.end())
      asked->second.erase(event.update().status().task_id().value());
    OnTold(epoch, event.update().status());
  }
}

// A new session of a framework: what the last one was offered is void.
void Watcher::OnSubscribed(uint64_t epoch, SessionId session, const std::string& framework) {
  ledger_.OffersOfFrameworkGone(epoch, framework);
  std::erase_if(schedulers_, [&](const auto& entry) { return entry.second == framework; });
  schedulers_[session] = framework;
  framework_leader_[framework] = std::max(framework_leader_[framework], epoch);
}

void Watcher::OnSchedulerGone(uint64_t epoch, SessionId session) {
  auto gone = schedulers_.extract(session);
  if (!gone.empty()) ledger_.OffersOfFrameworkGone(epoch, gone.mapped());
}

void Watcher::OnTold(uint64_t epoch, const v1::TaskStatus& status) {
  const std::string& task = status.task_id().value();
  const std::string& agent = status.agent_id().value();
  if (status.reason() == v1::TaskStatus::REASON_AGENT_REMOVED ||
      status.reason() == v1::TaskStatus::REASON_AGENT_REMOVED_BY_OPERATOR ||
      status.state() == v1::TASK_UNREACHABLE) {
    registry_.LossTold(epoch, agent);
  }
  auto it = ledger_.tasks().find(task);
  if (status.state() == v1::TASK_UNKNOWN && it != ledger_.tasks().end() &&
      it->second.container_runs && epoch == registry_.newest_epoch() &&
      registry_.MayReturn(agent)) {
    ledger_.Fail(absl::StrCat("task ", task, " is told TASK_UNKNOWN, but it runs on ", agent,
                              ", which may still come back"));
  }
}

void Watcher::OnToAgent(uint64_t epoch, SessionId session, const internal::MasterMessage& message) {
  const std::string& machine = registering_[session];
  if (message.has_registered()) {
    const std::string& agent = message.registered().agent_id().value();
    ledger_.AgentRegistered(epoch, machine, agent, machines_[machine]);
    registry_.AgentTaken(epoch, agent, machine);
    agent_leader_[machine] = std::max(agent_leader_[machine], epoch);
  } else if (message.has_reregistered()) {
    const std::string& agent = message.reregistered().agent_id().value();
    ledger_.AgentReregistered(epoch, agent);
    registry_.AgentTakenBack(epoch, agent);
    agent_leader_[machine] = std::max(agent_leader_[machine], epoch);
  }
}

void Watcher::OnHandled(uint64_t epoch, const absl::Status& invariants) {
  if (!invariants.ok()) ledger_.Fail(absl::StrCat("master invariant: ", invariants.ToString()));
  // A registry that was lost does not know who may come back.
  const bool all_known = options_.durable_registry ||
                         world_.now() >= newest_leads_since_ + options_.reregister_timeout;
  for (auto it = asked_.begin(); it != asked_.end();) {
    auto& [session, tasks] = *it;
    std::erase_if(tasks, [&](const auto& task) {
      return !all_known || !registry_.Settled(epoch, task.second);
    });
    if (awaiting_.count(session) > 0 && schedulers_.count(session) > 0) {
      ++it;
      continue;
    }
    if (schedulers_.count(session) > 0) {
      for (const auto& [task, agent] : tasks) {
        ledger_.Fail(absl::StrCat("reconciliation asks for task ", task, " on ", agent,
                                  ", and is not answered"));
      }
    }
    it = asked_.erase(it);
  }
}

std::vector<std::string> Watcher::Missing(uint64_t epoch,
                                          const std::vector<std::string>& frameworks) const {
  std::vector<std::string> missing;
  const auto follows = [epoch](const auto& leaders, const std::string& who) {
    auto it = leaders.find(who);
    return it != leaders.end() && it->second == epoch;
  };
  for (const auto& [machine, total] : machines_) {
    if (!follows(agent_leader_, machine)) missing.push_back(machine);
  }
  for (const std::string& framework : frameworks) {
    if (!follows(framework_leader_, framework)) missing.push_back(framework);
  }
  return missing;
}

}  // namespace mesos::sim
