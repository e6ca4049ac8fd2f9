#include "tests/e2e/faults/faults.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace mesos::e2e {

Faults::Faults(FaultCluster& cluster, uint64_t seed) : cluster_(cluster), random_(seed) {}

absl::Duration Faults::Pause() { return absl::Milliseconds(200 + Draw(2000)); }

bool Faults::Free(const std::string& subject) const {
  return std::none_of(running_.begin(), running_.end(),
                      [&](const Fault& fault) { return fault.subject == subject; });
}

void Faults::Add(const std::string& subject, absl::Duration length, std::function<void()> end) {
  running_.push_back({subject, absl::Now() + length, std::move(end)});
}

void Faults::EndDue() {
  const absl::Time now = absl::Now();
  for (size_t i = 0; i < running_.size();) {
    if (running_[i].ends > now) {
      ++i;
      continue;
    }
    const auto end = std::move(running_[i].end);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    end();
  }
}

void Faults::EndAll() {
  for (const Fault& fault : std::exchange(running_, {})) fault.end();
}

std::string Faults::Begin() {
  std::string what;
  while (what.empty()) what = DrawFault();
  return what;
}

std::string Faults::DrawFault() {
  // Most are short; some outlast sessions, pings and the patience of a new leader.
  const uint64_t kind = Draw(100);
  const absl::Duration length =
      absl::Milliseconds(Draw(5) == 0 ? 4000 + Draw(5000) : 100 + Draw(3000));
  if (kind < 40) return Strike(Someone(), length);
  if (kind < 65) return BreakLink(cluster_.links()[Draw(cluster_.links().size())], length);
  if (kind < 75) return FillDisk(length);
  if (kind < 85) return Jump(length);
  if (kind < 90) return Isolate(Someone(), length);
  return StrikeSeveral(length);
}

std::string Faults::Someone() {
  switch (Draw(5)) {
    case 0: {
      const std::string leader = cluster_.Leader();
      if (!leader.empty()) return leader;
      [[fallthrough]];
    }
    case 1:
      return OneOf(cluster_.masters());
    case 2:
      return OneOf(cluster_.agents());
    case 3:
      return OneOf(cluster_.zookeepers());
    default:
      return "framework";
  }
}

std::string Faults::Strike(const std::string& name, absl::Duration length) {
  Member& member = cluster_.member(name);
  if (!Free(name) || member.state() != Member::State::kUp) return "";
  const uint64_t how = Draw(10);
  if (how < 5) {
    member.Kill();
    Add(name, length, [this, name] { cluster_.Start(name); });
    return absl::StrCat("kill -9 ", name, " for ", absl::FormatDuration(length));
  }
  // ZooKeeper and the framework give another status than 0.
  if (how < 7 && (absl::StartsWith(name, "master") || absl::StartsWith(name, "agent"))) {
    member.Terminate();
    Add(name, length, [this, name] { cluster_.Start(name); });
    return absl::StrCat("end ", name, " for ", absl::FormatDuration(length));
  }
  member.Pause();
  Add(name, length, [&member] { member.Resume(); });
  return absl::StrCat("stop ", name, " for ", absl::FormatDuration(length));
}

std::string Faults::BreakLink(const Link& link, absl::Duration length) {
  const std::string subject = absl::StrCat(link.from, "->", link.to);
  if (!Free(subject)) return "";
  const bool stall = Draw(2) == 0;
  cluster_.proxy().Set(link, stall ? LinkState::kStalled : LinkState::kCut);
  Add(subject, length, [this, link] { cluster_.proxy().Set(link, LinkState::kOpen); });
  return absl::StrCat(stall ? "stall " : "cut ", subject, " for ", absl::FormatDuration(length));
}

std::string Faults::FillDisk(absl::Duration length) {
  const std::vector<std::string> disks = cluster_.small_disks();
  if (disks.empty()) return "";
  const std::string name = OneOf(disks);
  const std::string subject = "disk of " + name;
  if (!Free(subject)) return "";
  cluster_.disk(name).Fill();
  agent_disk_was_full_ |= absl::StartsWith(name, "agent");
  Add(subject, length, [this, name] { cluster_.disk(name).Free(); });
  return absl::StrCat("fill the ", subject, " for ", absl::FormatDuration(length));
}

std::string Faults::Jump(absl::Duration length) {
  const std::string name = OneOf(cluster_.names());
  const std::string subject = "clock of " + name;
  if (!Free(subject)) return "";
  absl::Duration jump = std::vector<absl::Duration>{absl::Seconds(3), absl::Minutes(1),
                                                    absl::Hours(1), absl::Hours(24 * 30)}[Draw(4)];
  if (Draw(2) == 0) jump = -jump;
  cluster_.clock(name).ShiftBy(jump);
  Add(subject, length, [this, name] { cluster_.clock(name).ShiftBy(absl::ZeroDuration()); });
  return absl::StrCat("jump the ", subject, " by ", absl::FormatDuration(jump), " for ",
                      absl::FormatDuration(length));
}

std::string Faults::Isolate(const std::string& name, absl::Duration length) {
  std::string all;
  for (const Link& link : cluster_.links()) {
    if (link.from != name && link.to != name) continue;
    const std::string what = BreakLink(link, length);
    if (!what.empty()) absl::StrAppend(&all, all.empty() ? "" : "; ", what);
  }
  return all.empty() ? "" : absl::StrCat("isolate ", name, ": ", all);
}

std::string Faults::StrikeSeveral(absl::Duration length) {
  std::vector<std::string> names;
  switch (Draw(6)) {
    case 0:
      names = cluster_.masters();
      break;
    case 1:
      names = cluster_.agents();
      break;
    case 2:
      names = cluster_.zookeepers();
      break;
    case 3:
      names = cluster_.names();
      break;
    case 4: {
      // An agent that is away while the leader changes, and comes back to one that knows nothing
      // of it.
      const std::string agent = OneOf(cluster_.agents());
      const std::string what = Strike(agent, length + absl::Seconds(4));
      const std::string leader = cluster_.Leader();
      return leader.empty() ? what
                            : absl::StrCat(what, what.empty() ? "" : "; ", Strike(leader, length));
    }
    default:
      for (uint64_t left = 2 + Draw(3); left > 0; --left) names.push_back(Someone());
  }
  std::string all;
  for (const std::string& name : names) {
    const std::string what = Strike(name, length + absl::Milliseconds(Draw(1000)));
    if (!what.empty()) absl::StrAppend(&all, all.empty() ? "" : "; ", what);
  }
  return all;
}

void Faults::Supervise() {
  for (const std::string& name : cluster_.zookeepers()) {
    if (Free("disk of " + name) && !cluster_.member(name).UnexpectedEnd().empty()) {
      cluster_.Start(name);
    }
  }
}

}  // namespace mesos::e2e
