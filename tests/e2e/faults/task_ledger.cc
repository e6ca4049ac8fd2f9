#include "tests/e2e/faults/task_ledger.h"

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace mesos::e2e {
namespace {

bool IsEnd(const std::string& state) {
  static const std::set<std::string> ends = {
      "TASK_FINISHED", "TASK_FAILED", "TASK_KILLED",  "TASK_ERROR",
      "TASK_LOST",     "TASK_GONE",   "TASK_DROPPED", "TASK_GONE_BY_OPERATOR"};
  return ends.contains(state);
}

}  // namespace

TaskLedger TaskLedger::Read(const std::string& directory) {
  // The journal first: what it tells has happened by then.
  const std::vector<Journal::Entry> entries = Journal::Read(directory + "/journal");
  std::map<std::string, std::vector<std::string>> runs;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(directory + "/runs", error)) {
    std::ifstream lines(file.path());
    std::string line;
    auto& run = runs[file.path().filename().string()];
    while (std::getline(lines, line)) run.push_back(line);
  }
  return TaskLedger(entries, runs);
}

TaskLedger::TaskLedger(const std::vector<Journal::Entry>& entries,
                       const std::map<std::string, std::vector<std::string>>& runs) {
  int instance = 0;
  for (const Journal::Entry& entry : entries) {
    if (entry[0] == "instance") ++instance;
    if (entry[0] == "framework" && entry.size() > 1) framework_id_ = entry[1];
    if (entry[0] == "error") error_ = absl::StrJoin(entry, " ");
    if (entry[0] == "rejected") strange_.push_back("a call was " + absl::StrJoin(entry, " "));
    if (entry[0] == "launch" && entry.size() == 5) {
      if (tasks_.contains(entry[1])) strange_.push_back(entry[1] + " was launched twice");
      Task& task = tasks_[entry[1]];
      task.agent = entry[2];
      task.launched_in = instance;
      task.code = entry[3];
      task.kill = entry[4] == "kill";
    }
    if (entry[0] != "update" || entry.size() < 6) continue;
    const auto it = tasks_.find(entry[1]);
    if (it == tasks_.end()) {
      strange_.push_back(absl::StrCat(entry[1], ", which was never launched, is ", entry[2]));
      continue;
    }
    Task& task = it->second;
    if (task.ended) {
      if (entry[5] != "-") ++updates_after_the_end_;
      if (entry[2] != task.told) task.after.insert(entry[2]);
      continue;
    }
    task.told = entry[2];
    task.reason = entry[3];
    task.ended = IsEnd(entry[2]);
    task.ended_in = instance;
  }
  for (const auto& [id, lines] : runs) {
    const auto it = tasks_.find(id);
    if (it == tasks_.end()) {
      strange_.push_back(id + ", which was never launched, ran");
      continue;
    }
    for (const std::string& line : lines) {
      if (line == "start") ++it->second.starts;
      if (line.rfind("end ", 0) == 0) it->second.end = line.substr(4);
    }
  }
}

std::string TaskLedger::CheckTask(const Task& task, const Leniency& leniency) const {
  if (task.starts > 1) return absl::StrCat("ran ", task.starts, " times");
  std::set<std::string> after = task.after;
  // So is a kill answered of a task that the master no longer knows.
  if (leniency.machines_lost_power) after.erase("TASK_UNKNOWN");
  if (!after.empty()) return "was also told " + absl::StrJoin(after, ", ");
  if (!task.ended) return "is not told ended";
  if (task.told == "TASK_FINISHED" && task.end != "0") return "did not finish";
  if (task.told == "TASK_KILLED") return task.kill ? "" : "was not to be killed";
  if (task.told == "TASK_ERROR") return "was valid";
  if (leniency.machines_lost_power && task.ended_in > task.launched_in) return "";
  if (task.end == "0" && task.told != "TASK_FINISHED") return "finished";
  if (task.told == "TASK_FAILED") {
    if (task.starts == 0) return leniency.disks_were_full ? "" : "never ran";
    return task.end.empty() || task.end == "0" ? "did not fail by itself" : "";
  }
  if (!task.end.empty() && task.end != "0") return "failed with status " + task.end;
  if (task.told != "TASK_FINISHED" && task.starts > 0) return "ran and did not end";
  return "";
}

std::vector<std::string> TaskLedger::Check(const Leniency& leniency) const {
  std::vector<std::string> broken = strange_;
  for (const auto& [id, task] : tasks_) {
    const std::string what = CheckTask(task, leniency);
    if (what.empty()) continue;
    broken.push_back(absl::StrCat(id, " on ", task.agent, ": told ",
                                  task.told.empty() ? "nothing" : task.told, " (", task.reason,
                                  "), but it ", what));
  }
  return broken;
}

std::vector<std::string> TaskLedger::Unsettled() const {
  std::vector<std::string> unsettled;
  for (const auto& [id, task] : tasks_) {
    if (!task.ended) {
      unsettled.push_back(
          absl::StrCat(id, " (", task.told.empty() ? "nothing told" : task.told, ")"));
    }
  }
  return unsettled;
}

std::string TaskLedger::Summary() const {
  std::map<std::string, int> counts;
  for (const auto& [id, task] : tasks_) ++counts[task.told.empty() ? "nothing told" : task.told];
  return absl::StrCat(tasks_.size(), " tasks: ",
                      absl::StrJoin(counts, ", ", [](std::string* out, const auto& count) {
                        absl::StrAppend(out, count.second, " ", count.first);
                      }));
}

std::string TaskLedger::StateOf(const std::string& task) const {
  const auto it = tasks_.find(task);
  return it == tasks_.end() ? "" : it->second.told;
}

}  // namespace mesos::e2e
