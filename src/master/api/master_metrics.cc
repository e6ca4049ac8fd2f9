#include "master/api/master_metrics.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "master/api/framework_metrics.h"

namespace mesos::master {
namespace {

using metrics::Family;
using metrics::MetricsPage;
using metrics::Number;
using metrics::Type;
using SchedulerCall = v1::scheduler::Call;

constexpr Family kUptime = {"mesos_master_uptime_seconds", "Time since the start.", Type::kGauge};
constexpr Family kElected = {"mesos_master_elected", "Whether this master leads.", Type::kGauge};
constexpr Family kFrameworks = {"mesos_master_frameworks", "Frameworks, by state.", Type::kGauge};
constexpr Family kSubscriptions = {"mesos_master_subscriptions_total",
                                   "Frameworks that subscribed.", Type::kCounter};
constexpr Family kAgents = {"mesos_master_agents", "Agents, by state.", Type::kGauge};
constexpr Family kRegistrations = {"mesos_master_agent_registrations_total",
                                   "Agents that registered, anew or again.", Type::kCounter};
constexpr Family kRemovals = {"mesos_master_agent_removals_total",
                              "Agents that were removed, by reason.", Type::kCounter};
constexpr Family kAgentInfoBytes = {"mesos_master_agent_info_bytes",
                                    "What the agents of the registry say of themselves.",
                                    Type::kGauge};
constexpr Family kAgentInfosRefused = {
    "mesos_master_agent_infos_refused_total",
    "Agents that were refused since all, or those of their host, say too much of themselves.",
    Type::kCounter};
constexpr Family kRoleNodes = {"mesos_master_role_nodes",
                               "Path components of the roles of all frameworks.", Type::kGauge};
constexpr Family kTasks = {"mesos_master_tasks", "Tasks that stand, by state.", Type::kGauge};
constexpr Family kTasksLaunched = {"mesos_master_tasks_launched_total",
                                   "Tasks that were sent to agents.", Type::kCounter};
constexpr Family kTasksEnded = {"mesos_master_tasks_ended_total", "Tasks that ended, by state.",
                                Type::kCounter};
constexpr Family kTaskEnds = {"mesos_master_task_end_reasons_total",
                              "Ends of tasks for which a reason was given.", Type::kCounter};
constexpr Family kOffers = {"mesos_master_offers", "Offers that nobody has answered.",
                            Type::kGauge};
constexpr Family kOfferEvents = {"mesos_master_offers_total", "Offers, by what became of them.",
                                 Type::kCounter};
constexpr Family kCalls = {"mesos_master_calls_total", "Valid calls of schedulers, by type.",
                           Type::kCounter};
constexpr Family kFullPages = {"mesos_master_scheduler_pages_total",
                               "Pages of offers and answers that schedulers had to take before "
                               "they were sent more.",
                               Type::kCounter};
constexpr Family kCallsRejected = {"mesos_master_calls_rejected_total",
                                   "Calls of schedulers that were refused.", Type::kCounter};
constexpr Family kAgentMessages = {"mesos_master_agent_messages_total",
                                   "Messages of agents, by type.", Type::kCounter};
constexpr Family kInvalid = {"mesos_master_invalid_messages_total",
                             "Messages that led nowhere, by type.", Type::kCounter};
constexpr Family kFollowers = {"mesos_master_event_subscribers",
                               "Operators who follow the master's events.", Type::kGauge};
constexpr Family kCapacity = {"mesos_master_resources_capacity", "What all agents have.",
                              Type::kGauge};
constexpr Family kUsed = {"mesos_master_resources_used", "What tasks and executors have.",
                          Type::kGauge};
constexpr Family kOffered = {"mesos_master_resources_offered", "What is being offered.",
                             Type::kGauge};
constexpr Family kAllocations = {"mesos_allocator_runs_total", "Runs of the allocator.",
                                 Type::kCounter};
constexpr Family kRoleFrameworks = {"mesos_role_frameworks", "Frameworks in the role.",
                                    Type::kGauge};
constexpr Family kRoleWeight = {"mesos_role_weight", "The role's weight.", Type::kGauge};
constexpr Family kRoleShare = {"mesos_role_dominant_share",
                               "The largest part of any resource that the role has, by its weight.",
                               Type::kGauge};
constexpr Family kRoleFilters = {
    "mesos_role_filtered_agents",
    "From how many agents filters keep the role's frameworks, summed over them.", Type::kGauge};

// Thousandths, which a negative sum is not.
double Amount(uint64_t thousandths) {
  return static_cast<double>(static_cast<int64_t>(thousandths)) / 1000;
}

void AddFrameworks(const MasterFigures& figures, MetricsPage& page) {
  const double connected = Number(figures.frameworks_connected);
  const double others = Number(figures.frameworks_disconnected + figures.frameworks_recovered);
  page.AddMesos("master/frameworks_active", connected);
  page.AddMesos("master/frameworks_connected", connected);
  page.AddMesos("master/frameworks_disconnected", others);
  page.AddMesos("master/frameworks_inactive", others);
  page.AddPrometheus(kFrameworks, {{"state", "connected"}}, connected);
  page.AddPrometheus(kFrameworks, {{"state", "disconnected"}},
                     Number(figures.frameworks_disconnected));
  page.AddPrometheus(kFrameworks, {{"state", "recovered"}}, Number(figures.frameworks_recovered));
  page.AddPrometheus(kSubscriptions, {}, Number(figures.stats.frameworks_subscribed));
  page.AddPrometheus(kRoleNodes, {}, Number(figures.stats.role_nodes));
}

void AddAgents(const MasterFigures& figures, MetricsPage& page) {
  const MasterStats& stats = figures.stats;
  const MasterCounters& counters = figures.counters;
  const double connected = Number(stats.connected_agents);
  const double disconnected = Number(stats.agents - stats.connected_agents);
  page.AddMesos("master/slaves_active", connected);
  page.AddMesos("master/slaves_inactive", disconnected);
  page.Add("master/slaves_connected", kAgents, {{"state", "connected"}}, connected);
  page.Add("master/slaves_disconnected", kAgents, {{"state", "disconnected"}}, disconnected);
  page.Add("master/slaves_unreachable", kAgents, {{"state", "unreachable"}},
           Number(figures.unreachable_agents));
  page.Add("master/slave_registrations", kRegistrations, {{"kind", "new"}},
           Number(stats.agents_registered));
  page.Add("master/slave_reregistrations", kRegistrations, {{"kind", "again"}},
           Number(stats.agents_reregistered));
  page.AddMesos("master/slave_removals", Number(stats.agents_removed + stats.agents_unreachable));
  page.Add("master/slave_removals/reason_registered", kRemovals, {{"reason", "registered"}},
           Number(counters.removed_same_address));
  page.Add("master/slave_removals/reason_unhealthy", kRemovals, {{"reason", "unhealthy"}},
           Number(stats.agents_unreachable));
  page.Add("master/slave_removals/reason_unregistered", kRemovals, {{"reason", "unregistered"}},
           Number(counters.unregister_agent));
  page.AddPrometheus(kRemovals, {{"reason", "marked_gone"}}, Number(counters.removed_gone));
  page.AddMesos("master/slave_unreachable_scheduled", Number(stats.removals_scheduled));
  page.AddMesos("master/slave_unreachable_completed", Number(stats.agents_unreachable));
  page.AddMesos("master/slave_unreachable_canceled", Number(stats.removals_canceled));
  // Mesos' older names of the same.
  page.AddMesos("master/slave_shutdowns_scheduled", Number(stats.removals_scheduled));
  page.AddMesos("master/slave_shutdowns_completed", Number(stats.agents_unreachable));
  page.AddMesos("master/slave_shutdowns_canceled", Number(stats.removals_canceled));
  page.AddMesos("master/recovery_slave_removals", Number(stats.recovery_removals));
  page.AddPrometheus(kAgents, {{"state", "recovered"}}, Number(stats.awaited_agents));
  page.AddPrometheus(kAgentInfoBytes, {}, Number(stats.agent_info_bytes));
  page.AddPrometheus(kAgentInfosRefused, {}, Number(stats.agent_infos_refused));
}

void AddTasks(const MasterFigures& figures, MetricsPage& page) {
  const MasterCounters& counters = figures.counters;
  for (const v1::TaskState state : kStandingStates) {
    const std::string name = LowerName(v1::TaskState_Name(state));
    page.Add(absl::StrCat("master/tasks_", name), kTasks, {{"state", name}},
             state == v1::TASK_UNREACHABLE ? Number(figures.unreachable_tasks)
                                           : Number(counters.standing[state]));
  }
  for (const v1::TaskState state : kTerminalStates) {
    const std::string name = LowerName(v1::TaskState_Name(state));
    page.Add(absl::StrCat("master/tasks_", name), kTasksEnded, {{"state", name}},
             Number(counters.ended[state]));
  }
  for (const auto& [end, count] : counters.ended_for) {
    const auto& [state, source, reason] = end;
    const std::string state_name = LowerName(v1::TaskState_Name(state));
    const std::string source_name = LowerName(v1::TaskStatus::Source_Name(source));
    const std::string reason_name = LowerName(v1::TaskStatus::Reason_Name(reason));
    page.Add(absl::StrCat("master/task_", state_name, "/", source_name, "/", reason_name),
             kTaskEnds, {{"state", state_name}, {"source", source_name}, {"reason", reason_name}},
             Number(count));
  }
  page.AddPrometheus(kTasksLaunched, {}, Number(figures.stats.tasks_launched));
}

void AddOffers(const MasterStats& stats, MetricsPage& page) {
  page.Add("master/outstanding_offers", kOffers, {}, Number(stats.offers));
  page.AddPrometheus(kOfferEvents, {{"event", "sent"}}, Number(stats.offers_sent));
  page.AddPrometheus(kOfferEvents, {{"event", "accepted"}}, Number(stats.offers_accepted));
  page.AddPrometheus(kOfferEvents, {{"event", "declined"}}, Number(stats.offers_declined));
  page.AddPrometheus(kOfferEvents, {{"event", "rescinded"}}, Number(stats.offers_rescinded));
}

void AddCalls(const MasterFigures& figures, MetricsPage& page) {
  const CallTally& calls = figures.counters.calls;
  const uint64_t again = figures.counters.subscriptions_with_id;
  const auto call = [&](const char* name, SchedulerCall::Type type) {
    page.AddMesos(absl::StrCat("master/messages_", name), Number(calls[type]));
  };
  page.AddMesos("master/messages_register_framework",
                Number(calls[SchedulerCall::SUBSCRIBE] - again));
  page.AddMesos("master/messages_reregister_framework", Number(again));
  call("decline_offers", SchedulerCall::DECLINE);
  call("framework_to_executor", SchedulerCall::MESSAGE);
  call("kill_task", SchedulerCall::KILL);
  call("launch_tasks", SchedulerCall::ACCEPT);
  call("reconcile_operations", SchedulerCall::RECONCILE_OPERATIONS);
  call("reconcile_tasks", SchedulerCall::RECONCILE);
  call("resource_request", SchedulerCall::REQUEST);
  call("revive_offers", SchedulerCall::REVIVE);
  call("status_update_acknowledgement", SchedulerCall::ACKNOWLEDGE);
  call("suppress_offers", SchedulerCall::SUPPRESS);
  for (size_t type = 1; type < calls.size(); ++type) {
    const std::string& name = SchedulerCall::Type_Name(static_cast<SchedulerCall::Type>(type));
    if (name.empty()) continue;
    page.AddPrometheus(kCalls, {{"type", absl::AsciiStrToLower(name)}}, Number(calls[type]));
  }
  page.AddPrometheus(kFullPages, {}, Number(figures.counters.full_pages));
  page.Add("master/dropped_messages", kCallsRejected, {}, Number(figures.stats.calls_rejected));
}

// `all` of one type came, and `invalid` of them led nowhere.
void AddValidity(const char* type, uint64_t all, uint64_t invalid, MetricsPage& page) {
  page.AddMesos(absl::StrCat("master/valid_", type), Number(all - invalid));
  page.Add(absl::StrCat("master/invalid_", type), kInvalid, {{"type", type}}, Number(invalid));
}

void AddAgentMessages(const MasterFigures& figures, MetricsPage& page) {
  const MasterCounters& counters = figures.counters;
  const MasterStats& stats = figures.stats;
  const auto message = [&](const char* name, uint64_t count) {
    page.Add(absl::StrCat("master/messages_", name), kAgentMessages, {{"type", name}},
             Number(count));
  };
  message("executor_to_framework", counters.executor_messages);
  message("exited_executor", counters.executor_exited);
  message("register_slave", counters.register_agent);
  message("reregister_slave", counters.reregister_agent);
  page.AddPrometheus(kAgentMessages, {{"type", "reregistration_part"}},
                     Number(counters.reregistration_parts));
  message("status_update", stats.status_updates);
  message("unregister_slave", counters.unregister_agent);
  AddValidity("executor_to_framework_messages", counters.executor_messages,
              counters.invalid_executor_messages, page);
  AddValidity("framework_to_executor_messages", counters.calls[SchedulerCall::MESSAGE],
              counters.invalid_framework_messages, page);
  AddValidity("status_update_acknowledgements", counters.calls[SchedulerCall::ACKNOWLEDGE],
              counters.invalid_acknowledgements, page);
  AddValidity("status_updates", stats.status_updates, stats.invalid_status_updates, page);
}

void AddResources(const MasterCounters& counters, MetricsPage& page) {
  const auto add = [&](const std::string& name, bool revocable, uint64_t total, uint64_t used,
                       uint64_t offered) {
    const std::string prefix = absl::StrCat("master/", name, revocable ? "_revocable" : "");
    const metrics::Labels labels = {{"resource", name},
                                    {"revocable", revocable ? "true" : "false"}};
    page.AddMesos(prefix + "_percent", total == 0 ? 0 : Amount(used) / Amount(total));
    page.Add(prefix + "_total", kCapacity, labels, Amount(total));
    page.Add(prefix + "_used", kUsed, labels, Amount(used));
    page.AddPrometheus(kOffered, labels, Amount(offered));
  };
  for (size_t i = 0; i < ScalarTotals::kNames.size(); ++i) {
    const std::string name = ScalarTotals::kNames[i];
    const ScalarTotals& total = counters.total;
    const ScalarTotals& used = counters.used;
    const ScalarTotals& offered = counters.offered;
    add(name, false, total.regular[i], used.regular[i], offered.regular[i]);
    add(name, true, total.revocable[i], used.revocable[i], offered.revocable[i]);
    const uint64_t all = total.regular[i] + total.revocable[i];
    if (all == 0) continue;
    const std::string prefix = absl::StrCat("allocator/mesos/resources/", name);
    page.AddMesos(
        prefix + "/offered_or_allocated",
        Amount(used.regular[i] + used.revocable[i] + offered.regular[i] + offered.revocable[i]));
    page.AddMesos(prefix + "/total", Amount(all));
  }
}

void AddRoles(const MasterFigures& figures, size_t max_series, MetricsPage& page) {
  size_t series = 0;
  for (const auto& [role, read] : figures.roles) {
    const std::string part = MetricNamePart(role);
    page.AddMesos(absl::StrCat("allocator/mesos/offer_filters/roles/", part, "/active"),
                  Number(read.filtered_agents));
    page.AddMesos(absl::StrCat("allocator/mesos/roles/", part, "/shares/dominant"),
                  read.dominant_share);
    if (++series > max_series) continue;
    const metrics::Labels labels = {{"role", role}};
    page.AddPrometheus(kRoleFrameworks, labels, Number(read.frameworks));
    page.AddPrometheus(kRoleWeight, labels, read.weight);
    page.AddPrometheus(kRoleShare, labels, read.dominant_share);
    page.AddPrometheus(kRoleFilters, labels, Number(read.filtered_agents));
  }
}

}  // namespace

std::string MetricNamePart(absl::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string part;
  part.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || c == '-' || c == '_' || c == '.' || c == '~') {
      part += c;
    } else {
      part += '%';
      part += kHex[byte >> 4];
      part += kHex[byte & 15];
    }
  }
  return part;
}

void AddMasterMetrics(absl::Duration uptime, const MasterFigures* leading,
                      const MasterMetricsOptions& options, MetricsPage& page) {
  page.Add("master/uptime_secs", kUptime, {}, absl::ToDoubleSeconds(uptime));
  page.Add("master/elected", kElected, {}, leading == nullptr ? 0 : 1);
  if (leading == nullptr) return;
  const MasterFigures& figures = *leading;
  page.Add("master/operator_event_stream_subscribers", kFollowers, {}, Number(figures.followers));
  page.Add("allocator/mesos/allocation_runs", kAllocations, {}, Number(figures.stats.allocations));
  AddFrameworks(figures, page);
  AddAgents(figures, page);
  AddTasks(figures, page);
  AddOffers(figures.stats, page);
  AddCalls(figures, page);
  AddAgentMessages(figures, page);
  AddResources(figures.counters, page);
  AddRoles(figures, options.max_series, page);
  if (!options.per_framework) return;
  for (size_t i = 0; i < figures.frameworks.size(); ++i) {
    if (page.Wants(metrics::Form::kMesos)) AddFrameworkMetrics(figures.frameworks[i], page);
    if (page.Wants(metrics::Form::kPrometheus) && i < options.max_series) {
      AddFrameworkSeries(figures.frameworks[i], page);
    }
  }
}

}  // namespace mesos::master
