#pragma once

// The classic endpoints that read the agent's state, over a Snapshot.
//
//   responder.RespondFrom({{"Content-Type", frame.content_type}},
//                         StateBody(snapshot, facts, std::move(frame)));
//
// Pure; any thread but the core's.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "agent/containerizer/process_usage.h"
#include "agent/core/snapshot.h"
#include "common/net/http_server.h"
#include "common/net/jsonp.h"

namespace mesos::agent {

// What does not change while the agent runs.
struct AgentFacts {
  std::string ip;              // what others reach the agent by
  std::string work_directory;  // sandboxes stand below it
  std::string log_directory;   // empty where it logs to stderr alone, and so is log_file
  std::string log_file;
  absl::Time started;
  std::vector<std::pair<std::string, std::string>> flags;
};

// /state.
std::unique_ptr<net::BodySource> StateBody(std::shared_ptr<const Snapshot> snapshot,
                                           std::shared_ptr<const AgentFacts> facts,
                                           net::JsonFrame frame);

// /containers; and /monitor/statistics, which does not name the containers.
enum class ContainersForm { kContainers, kStatistics };
std::string ContainersJson(const Snapshot& snapshot, const ProcessTable& processes,
                           ContainersForm form);

}  // namespace mesos::agent
