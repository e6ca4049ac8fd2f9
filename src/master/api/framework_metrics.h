#pragma once

// The figures of one framework: part of master_metrics.h, whose rules hold here.

#include <array>
#include <string>

#include "absl/strings/string_view.h"
#include "common/metrics/metrics_page.h"
#include "master/core/views/figures.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

// The states that a task can be in, as metrics show them.
inline constexpr std::array kStandingStates = {v1::TASK_KILLING, v1::TASK_RUNNING, v1::TASK_STAGING,
                                               v1::TASK_STARTING, v1::TASK_UNREACHABLE};
inline constexpr std::array kTerminalStates = {
    v1::TASK_DROPPED, v1::TASK_ERROR,  v1::TASK_FAILED,           v1::TASK_FINISHED,
    v1::TASK_GONE,    v1::TASK_KILLED, v1::TASK_GONE_BY_OPERATOR, v1::TASK_LOST};

// "TASK_RUNNING" -> "running"; "SOURCE_MASTER" and "REASON_..." -> "source_master", "reason_...".
std::string LowerName(absl::string_view name);

// master/frameworks/NAME/ID/...
void AddFrameworkMetrics(const FrameworkFigures& figures, metrics::MetricsPage& page);

// Series with the labels `framework` and `framework_id`; of what is counted by type those that
// have been seen.
void AddFrameworkSeries(const FrameworkFigures& figures, metrics::MetricsPage& page);

}  // namespace mesos::master
