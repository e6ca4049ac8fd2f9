#include "master/api/framework_metrics.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "master/api/master_metrics.h"

namespace mesos::master {
namespace {

using metrics::Family;
using metrics::Labels;
using metrics::MetricsPage;
using metrics::Number;
using metrics::Type;
using SchedulerCall = v1::scheduler::Call;
using ToScheduler = v1::scheduler::Event;
using Operation = v1::Offer::Operation;

constexpr Family kSubscribed = {"mesos_framework_subscribed", "Whether the scheduler is connected.",
                                Type::kGauge};
constexpr Family kFrameworkCalls = {"mesos_framework_calls_total", "Calls, by type.",
                                    Type::kCounter};
constexpr Family kEvents = {"mesos_framework_events_total", "Events sent, by type.",
                            Type::kCounter};
constexpr Family kFrameworkOffers = {"mesos_framework_offers_total",
                                     "Offers, by what became of them.", Type::kCounter};
constexpr Family kOperations = {"mesos_framework_operations_total",
                                "Operations on offers, by type.", Type::kCounter};
constexpr Family kFrameworkTasks = {"mesos_framework_tasks", "Tasks that stand, by state.",
                                    Type::kGauge};
constexpr Family kFrameworkTasksEnded = {"mesos_framework_tasks_ended_total",
                                         "Tasks that ended, by state.", Type::kCounter};

// A name may be a megabyte.
constexpr size_t kMaxNameBytes = 256;

// The types of one enum that have a name, but for UNKNOWN.
template <typename Enum, typename Name>
std::vector<Enum> KnownTypes(int types, Name name_of) {
  std::vector<Enum> known;
  for (int type = 1; type < types; ++type) {
    if (!name_of(static_cast<Enum>(type)).empty()) known.push_back(static_cast<Enum>(type));
  }
  return known;
}

const std::vector<SchedulerCall::Type>& CallTypes() {
  static const auto* types = new std::vector<SchedulerCall::Type>(KnownTypes<SchedulerCall::Type>(
      SchedulerCall::Type_ARRAYSIZE, SchedulerCall::Type_Name<SchedulerCall::Type>));
  return *types;
}
const std::vector<ToScheduler::Type>& EventTypes() {
  static const auto* types = new std::vector<ToScheduler::Type>(
      KnownTypes<ToScheduler::Type>(EventTally::kTypes, ToScheduler::Type_Name<ToScheduler::Type>));
  return *types;
}
const std::vector<Operation::Type>& OperationTypes() {
  static const auto* types = new std::vector<Operation::Type>(KnownTypes<Operation::Type>(
      Operation::Type_ARRAYSIZE, Operation::Type_Name<Operation::Type>));
  return *types;
}

template <typename Enum, typename Name>
void AddNames(const char* group, const std::vector<Enum>& types, Name name_of,
              std::vector<std::string>& names) {
  names.push_back(group);
  for (const Enum type : types) {
    names.push_back(absl::StrCat(group, "/", absl::AsciiStrToLower(name_of(type))));
  }
}

// The sum of all, and each.
template <typename Enum, typename Tally>
void AddValues(const std::vector<Enum>& types, const Tally& tally, std::vector<double>& values) {
  const size_t place = values.size();
  values.push_back(0);
  uint64_t sum = 0;
  for (const Enum type : types) {
    sum += tally[type];
    values.push_back(Number(tally[type]));
  }
  values[place] = Number(sum);
}

// What stands behind a framework's prefix, in the order of Values.
std::vector<std::string> MakeNames() {
  std::vector<std::string> names = {"subscribed"};
  AddNames("calls", CallTypes(), SchedulerCall::Type_Name<SchedulerCall::Type>, names);
  AddNames("events", EventTypes(), ToScheduler::Type_Name<ToScheduler::Type>, names);
  AddNames("operations", OperationTypes(), Operation::Type_Name<Operation::Type>, names);
  for (const char* event : {"accepted", "declined", "rescinded", "sent"}) {
    names.push_back(absl::StrCat("offers/", event));
  }
  for (const v1::TaskState state : kStandingStates) {
    names.push_back(absl::StrCat("tasks/active/task_", LowerName(v1::TaskState_Name(state))));
  }
  for (const v1::TaskState state : kTerminalStates) {
    names.push_back(absl::StrCat("tasks/terminal/task_", LowerName(v1::TaskState_Name(state))));
  }
  return names;
}

uint64_t Standing(const FrameworkFigures& figures, v1::TaskState state) {
  return state == v1::TASK_UNREACHABLE ? figures.unreachable_tasks
                                       : figures.counters.standing[state];
}

std::vector<double> Values(const FrameworkFigures& figures, size_t count) {
  const FrameworkCounters& counters = figures.counters;
  std::vector<double> values;
  values.reserve(count);
  values.push_back(figures.connected ? 1 : 0);
  AddValues(CallTypes(), counters.calls, values);
  AddValues(EventTypes(), counters.events, values);
  AddValues(OperationTypes(), counters.operations, values);
  for (const uint64_t offers : {counters.offers_accepted, counters.offers_declined,
                                counters.offers_rescinded, counters.offers_sent}) {
    values.push_back(Number(offers));
  }
  for (const v1::TaskState state : kStandingStates) {
    values.push_back(Number(Standing(figures, state)));
  }
  for (const v1::TaskState state : kTerminalStates) values.push_back(Number(counters.ended[state]));
  return values;
}

// Of static storage, as pages point to them.
const std::vector<absl::string_view>& Names() {
  static const auto* views = [] {
    const auto* names = new std::vector<std::string>(MakeNames());
    return new std::vector<absl::string_view>(names->begin(), names->end());
  }();
  return *views;
}

// A sample for each type that has been seen.
template <typename Enum, typename Name, typename Tally>
void AddSeries(const Family& family, const Labels& labels, const std::vector<Enum>& types,
               Name name_of, const Tally& tally, MetricsPage& page) {
  for (const Enum type : types) {
    if (tally[type] == 0) continue;
    Labels with_type = labels;
    with_type.emplace_back("type", absl::AsciiStrToLower(name_of(type)));
    page.AddPrometheus(family, std::move(with_type), Number(tally[type]));
  }
}

void AddState(const Family& family, const Labels& labels, v1::TaskState state, uint64_t count,
              MetricsPage& page) {
  if (count == 0) return;
  Labels with_state = labels;
  with_state.emplace_back("state", LowerName(v1::TaskState_Name(state)));
  page.AddPrometheus(family, std::move(with_state), Number(count));
}

}  // namespace

std::string LowerName(absl::string_view name) {
  return absl::AsciiStrToLower(absl::StripPrefix(name, "TASK_"));
}

void AddFrameworkMetrics(const FrameworkFigures& figures, MetricsPage& page) {
  const std::string prefix = absl::StrCat(
      "master/frameworks/", MetricNamePart(figures.info->name().substr(0, kMaxNameBytes)), "/",
      MetricNamePart(figures.info->id().value()), "/");
  page.AddMesos(prefix, Names(), Values(figures, Names().size()));
  for (const auto& [role, suppressed] : figures.roles) {
    page.AddMesos(absl::StrCat(prefix, "roles/", MetricNamePart(role), "/suppressed"),
                  suppressed ? 1 : 0);
  }
}

void AddFrameworkSeries(const FrameworkFigures& figures, MetricsPage& page) {
  const FrameworkCounters& counters = figures.counters;
  const Labels labels = {{"framework", figures.info->name().substr(0, kMaxNameBytes)},
                         {"framework_id", figures.info->id().value()}};
  page.AddPrometheus(kSubscribed, labels, figures.connected ? 1 : 0);
  AddSeries(kFrameworkCalls, labels, CallTypes(), SchedulerCall::Type_Name<SchedulerCall::Type>,
            counters.calls, page);
  AddSeries(kEvents, labels, EventTypes(), ToScheduler::Type_Name<ToScheduler::Type>,
            counters.events, page);
  AddSeries(kOperations, labels, OperationTypes(), Operation::Type_Name<Operation::Type>,
            counters.operations, page);
  const auto offers = [&](const char* event, uint64_t count) {
    if (count == 0) return;
    Labels with_event = labels;
    with_event.emplace_back("event", event);
    page.AddPrometheus(kFrameworkOffers, std::move(with_event), Number(count));
  };
  offers("sent", counters.offers_sent);
  offers("accepted", counters.offers_accepted);
  offers("declined", counters.offers_declined);
  offers("rescinded", counters.offers_rescinded);
  for (const v1::TaskState state : kStandingStates) {
    AddState(kFrameworkTasks, labels, state, Standing(figures, state), page);
  }
  for (const v1::TaskState state : kTerminalStates) {
    AddState(kFrameworkTasksEnded, labels, state, counters.ended[state], page);
  }
}

}  // namespace mesos::master
