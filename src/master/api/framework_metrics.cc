#include "master/api/framework_metrics.h"

#include <algorithm>
#include <functional>
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
using metrics::Type;
using v1::scheduler::Call;
using ToScheduler = v1::scheduler::Event;
using Operation = v1::Offer::Operation;

constexpr Family kSubscribed = {"mesos_framework_subscribed", "Whether the scheduler is connected.",
                                Type::kGauge};
constexpr Family kCalls = {"mesos_framework_calls_total", "Calls, by type.", Type::kCounter};
constexpr Family kEvents = {"mesos_framework_events_total", "Events sent, by type.",
                            Type::kCounter};
constexpr Family kOffers = {"mesos_framework_offers_total", "Offers, by what became of them.",
                            Type::kCounter};
constexpr Family kOperations = {"mesos_framework_operations_total",
                                "Operations on offers, by type.", Type::kCounter};
constexpr Family kTasks = {"mesos_framework_tasks", "Tasks that stand, by state.", Type::kGauge};
constexpr Family kTasksEnded = {"mesos_framework_tasks_ended_total", "Tasks that ended, by state.",
                                Type::kCounter};

// A name may be a megabyte.
constexpr size_t kMaxNameBytes = 256;

double Number(uint64_t count) { return static_cast<double>(count); }

// One figure of every framework: its name behind the prefix, and how it is read.
struct Column {
  std::string name;
  std::function<double(const FrameworkFigures&)> read;
};

// The columns that count by the type of something, and before them their sum.
template <typename Enum, typename Name, typename Tally>
void AddTally(const std::string& name, int types, Name name_of, Tally FrameworkCounters::*tally,
              std::vector<Column>& columns) {
  std::vector<Enum> known;
  for (int type = 1; type < types; ++type) {
    if (!name_of(static_cast<Enum>(type)).empty()) known.push_back(static_cast<Enum>(type));
  }
  columns.push_back({name, [tally, known](const FrameworkFigures& figures) {
                       double sum = 0;
                       for (const Enum type : known) sum += Number((figures.counters.*tally)[type]);
                       return sum;
                     }});
  for (const Enum type : known) {
    columns.push_back({absl::StrCat(name, "/", absl::AsciiStrToLower(name_of(type))),
                       [tally, type](const FrameworkFigures& figures) {
                         return Number((figures.counters.*tally)[type]);
                       }});
  }
}

std::vector<Column> MakeColumns() {
  std::vector<Column> columns;
  columns.push_back({"subscribed", [](const FrameworkFigures& f) { return f.connected ? 1 : 0; }});
  AddTally<Call::Type>("calls", Call::Type_ARRAYSIZE, Call::Type_Name<Call::Type>,
                       &FrameworkCounters::calls, columns);
  AddTally<ToScheduler::Type>("events", EventTally::kTypes,
                              ToScheduler::Type_Name<ToScheduler::Type>, &FrameworkCounters::events,
                              columns);
  AddTally<Operation::Type>("operations", Operation::Type_ARRAYSIZE,
                            Operation::Type_Name<Operation::Type>, &FrameworkCounters::operations,
                            columns);
  const auto counter = [&](const char* name, uint64_t FrameworkCounters::*count) {
    columns.push_back(
        {name, [count](const FrameworkFigures& f) { return Number(f.counters.*count); }});
  };
  counter("offers/accepted", &FrameworkCounters::offers_accepted);
  counter("offers/declined", &FrameworkCounters::offers_declined);
  counter("offers/rescinded", &FrameworkCounters::offers_rescinded);
  counter("offers/sent", &FrameworkCounters::offers_sent);
  for (const v1::TaskState state : kStandingStates) {
    columns.push_back({absl::StrCat("tasks/active/task_", LowerName(v1::TaskState_Name(state))),
                       [state](const FrameworkFigures& f) {
                         return state == v1::TASK_UNREACHABLE ? Number(f.unreachable_tasks)
                                                              : Number(f.counters.standing[state]);
                       }});
  }
  for (const v1::TaskState state : kTerminalStates) {
    columns.push_back(
        {absl::StrCat("tasks/terminal/task_", LowerName(v1::TaskState_Name(state))),
         [state](const FrameworkFigures& f) { return Number(f.counters.ended[state]); }});
  }
  return columns;
}

struct Table {
  std::vector<Column> columns;
  std::vector<absl::string_view> names;
};

const Table& Columns() {
  static const auto* table = [] {
    auto* made = new Table{MakeColumns(), {}};
    for (const Column& column : made->columns) made->names.push_back(column.name);
    return made;
  }();
  return *table;
}

// A sample for each type that has been seen.
template <typename Enum, typename Name, typename Tally>
void AddSeries(const Family& family, const Labels& labels, int types, Name name_of,
               const Tally& tally, MetricsPage& page) {
  for (int number = 1; number < types; ++number) {
    const auto type = static_cast<Enum>(number);
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
  const Table& table = Columns();
  std::vector<double> values;
  values.reserve(table.columns.size());
  for (const Column& column : table.columns) values.push_back(column.read(figures));
  page.AddMesos(prefix, table.names, std::move(values));
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
  AddSeries<Call::Type>(kCalls, labels, Call::Type_ARRAYSIZE, Call::Type_Name<Call::Type>,
                        counters.calls, page);
  AddSeries<ToScheduler::Type>(kEvents, labels, EventTally::kTypes,
                               ToScheduler::Type_Name<ToScheduler::Type>, counters.events, page);
  AddSeries<Operation::Type>(kOperations, labels, Operation::Type_ARRAYSIZE,
                             Operation::Type_Name<Operation::Type>, counters.operations, page);
  const auto offers = [&](const char* event, uint64_t count) {
    if (count == 0) return;
    Labels with_event = labels;
    with_event.emplace_back("event", event);
    page.AddPrometheus(kOffers, std::move(with_event), Number(count));
  };
  offers("sent", counters.offers_sent);
  offers("accepted", counters.offers_accepted);
  offers("declined", counters.offers_declined);
  offers("rescinded", counters.offers_rescinded);
  for (const v1::TaskState state : kStandingStates) {
    AddState(kTasks, labels, state,
             state == v1::TASK_UNREACHABLE ? figures.unreachable_tasks : counters.standing[state],
             page);
  }
  for (const v1::TaskState state : kTerminalStates) {
    AddState(kTasksEnded, labels, state, counters.ended[state], page);
  }
}

}  // namespace mesos::master
