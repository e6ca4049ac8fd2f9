#include "common/operator_api/http_metrics.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace mesos {
namespace {

using metrics::Family;
using metrics::Number;
using metrics::Type;

constexpr Family kConnections = {"mesos_http_connections", "HTTP connections that are open.",
                                 Type::kGauge};
constexpr Family kStreams = {"mesos_http_streams", "Event streams that are open.", Type::kGauge};
constexpr Family kStalled = {"mesos_http_stalled_streams_total",
                             "Event streams that were closed since their client did not read.",
                             Type::kCounter};
constexpr Family kResponses = {"mesos_http_responses_total",
                               "Answers to HTTP requests, by the class of their status.",
                               Type::kCounter};
constexpr Family kBytes = {"mesos_http_sent_bytes_total", "Bytes sent over HTTP.", Type::kCounter};
constexpr Family kHandedOver = {"mesos_http_handed_over_connections_total",
                                "Connections that were given to gRPC.", Type::kCounter};
constexpr Family kWaiting = {"mesos_http_waiting_connections",
                             "Connections that wait for their turn to be given to gRPC.",
                             Type::kGauge};
constexpr Family kTurnedAway = {"mesos_http_turned_away_connections_total",
                                "Connections for gRPC that were closed since too many were there.",
                                Type::kCounter};
constexpr Family kRefusedPages = {
    "mesos_http_refused_pages_total",
    "Requests that were refused since a page of another site made them, or by their Host.",
    Type::kCounter};
constexpr Family kRefused = {"mesos_http_refused_connections_total",
                             "Connections for which the system had no descriptor or memory.",
                             Type::kCounter};

constexpr Family kGrpcStalled = {"mesos_grpc_stalled_streams_total",
                                 "Streams over gRPC that were closed since their peer did not "
                                 "read.",
                                 Type::kCounter};

}  // namespace

void AddGrpcMetrics(uint64_t stalled_streams, metrics::MetricsPage& page) {
  page.AddPrometheus(kGrpcStalled, {}, Number(stalled_streams));
}

void AddHttpMetrics(const net::HttpServerStats& stats, metrics::MetricsPage& page) {
  page.AddPrometheus(kConnections, {}, Number(stats.connections));
  page.AddPrometheus(kStreams, {}, Number(stats.streams));
  page.AddPrometheus(kStalled, {}, Number(stats.stalled_streams));
  for (size_t digit = 1; digit < stats.responses.size(); ++digit) {
    page.AddPrometheus(kResponses, {{"class", absl::StrCat(digit, "xx")}},
                       Number(stats.responses[digit]));
  }
  page.AddPrometheus(kBytes, {}, Number(stats.bytes_out));
  page.AddPrometheus(kHandedOver, {}, Number(stats.handed_over_connections));
  page.AddPrometheus(kWaiting, {}, Number(stats.waiting_connections));
  page.AddPrometheus(kTurnedAway, {}, Number(stats.turned_away_connections));
  page.AddPrometheus(kRefusedPages, {}, Number(stats.refused_pages));
  page.AddPrometheus(kRefused, {}, Number(stats.refused_connections));
}

}  // namespace mesos
