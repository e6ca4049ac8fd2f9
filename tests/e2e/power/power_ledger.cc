#include "tests/e2e/power/power_ledger.h"

#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace mesos::e2e {
namespace {

int Number(const std::string& text) {
  int number = -1;
  return absl::SimpleAtoi(text, &number) ? number : -1;
}

}  // namespace

void PowerLedger::Lost(const Life& life) {
  looked_ = false;
  ReadOperator(life.operator_entries);
  ReadAgent(life);
}

void PowerLedger::ReadOperator(const std::vector<Journal::Entry>& entries) {
  std::set<std::string> found;
  for (const Journal::Entry& entry : entries) {
    if (entry.size() != 2) continue;
    const auto& [kind, what] = std::tie(entry[0], entry[1]);
    if (kind == "found-weight") {
      const int weight = Number(what);
      if (weight < told_weight_ || weight > asked_weight_) {
        Break(absl::StrCat("the weight is ", what, ", but ", told_weight_, " was told and ",
                           asked_weight_, " asked for"));
      }
    } else if (kind == "found-agent") {
      found.insert(what);
    } else if (kind == "found") {
      looked_ = true;
      CheckFound(found);
    } else if (kind == "asks-weight") {
      asked_weight_ = Number(what);
    } else if (kind == "told-weight") {
      told_weight_ = Number(what);
    } else if (kind == "told-agent") {
      told_agents_.insert(what);
    } else if (kind == "asks-gone") {
      asked_gone_.insert(what);
    } else if (kind == "told-gone") {
      told_gone_.insert(what);
    }
  }
}

void PowerLedger::CheckFound(const std::set<std::string>& found) {
  for (const std::string& agent : told_agents_) {
    if (!found.contains(agent) && !asked_gone_.contains(agent)) {
      Break(absl::StrCat("agent ", agent, " was taken in, and is forgotten"));
    }
  }
  for (const std::string& agent : told_gone_) {
    if (found.contains(agent)) {
      Break(absl::StrCat("agent ", agent, " was told to be gone, and is back"));
    }
  }
}

void PowerLedger::ReadAgent(const Life& life) {
  if (life.anew) agent_.clear();
  std::string id = agent_;
  for (const std::string& registered : life.agent_ids) {
    if (!id.empty() && registered != id) {
      Break(absl::StrCat("the agent was ", id, ", and is ", registered));
    }
    id = registered;
  }
  for (const Journal::Entry& entry : life.framework_entries) {
    if (entry[0] == "launch" && entry.size() > 2) launched_[entry[1]] = entry[2];
    if (entry[0] != "update" || entry.size() < 5) continue;
    // What the agent itself tells of a task is on its disk, and its own id before that.
    if (entry[2] == "TASK_RUNNING" && entry[4] != "SOURCE_MASTER" && launched_[entry[1]] == id) {
      agent_ = id;
    }
  }
}

}  // namespace mesos::e2e
