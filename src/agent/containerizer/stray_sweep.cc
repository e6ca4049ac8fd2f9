#include "agent/containerizer/stray_sweep.h"

#include <poll.h>

#include <csignal>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "agent/containerizer/launcher_process.h"
#include "agent/containerizer/process_scan.h"
#include "common/disk/posix_descriptor.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

using launcher::ProcessIdentity;
using Identities = std::vector<ProcessIdentity>;

// How long they may take to end before they are killed: what a launcher that is told to end grants
// its command, and a little.
constexpr absl::Duration kStrayGrace = absl::Seconds(4);

constexpr int kLookAgainMilliseconds = 100;
constexpr size_t kMostWatched = 64;
constexpr absl::Duration kComplainEvery = absl::Seconds(10);

// Of one container.
struct Strays {
  Identities to_ask;     // a launcher, which passes it on; else what runs without one
  Identities all;        // the launcher last
  bool unknown = false;  // not only checks of a container that is wanted
};

std::map<std::string, Strays> FindStrays(const ProcessScan& scan,
                                         const std::set<std::string>& keep) {
  std::map<std::string, Strays> found;
  for (const auto& [id, container] : scan.containers()) {
    Strays strays;
    // Whoever ran checks is gone.
    strays.to_ask = strays.all = container.of_checks;
    strays.unknown = !keep.contains(id) || !container.launcher.has_value();
    if (!container.launcher.has_value()) {
      strays.to_ask.insert(strays.to_ask.end(), container.processes.begin(),
                           container.processes.end());
      strays.all = strays.to_ask;
    } else if (!keep.contains(id)) {
      strays.to_ask.push_back(*container.launcher);
      strays.all.insert(strays.all.end(), container.processes.begin(), container.processes.end());
      strays.all.push_back(*container.launcher);
    }
    if (!strays.all.empty()) found.emplace(id, std::move(strays));
  }
  return found;
}

// Until one of them ends, or for a moment.
void AwaitAny(const std::map<std::string, Strays>& containers) {
  std::vector<PosixDescriptor> processes;
  std::vector<pollfd> watched;
  for (const auto& [id, strays] : containers) {
    for (const ProcessIdentity& identity : strays.all) {
      if (watched.size() == kMostWatched) break;
      absl::StatusOr<PosixDescriptor> process = OpenProcess(identity);
      if (!process.ok()) continue;
      processes.push_back(*std::move(process));
      watched.push_back({processes.back().value(), POLLIN, 0});
    }
  }
  poll(watched.data(), watched.size(), kLookAgainMilliseconds);
}

class Sweeper {
 public:
  explicit Sweeper(const StraySweep& sweep) : sweep_(sweep) {}

  absl::StatusOr<SweptStrays> Run() {
    while (true) {
      if (sweep_.give_up && sweep_.give_up()) {
        return absl::CancelledError("asked to end while tasks of a former agent still run");
      }
      const absl::StatusOr<ProcessScan> scan = ProcessScan::Read(sweep_.work_directory);
      if (!scan.ok()) {
        LOG_EVERY_N(ERROR, 100) << "Cannot look for what a former agent left, trying again: "
                                << scan.status().message();
        poll(nullptr, 0, kLookAgainMilliseconds);
        continue;
      }
      const std::map<std::string, Strays> found = FindStrays(*scan, sweep_.keep);
      if (found.empty()) return swept_;
      End(found);
      AwaitAny(found);
    }
  }

 private:
  void End(const std::map<std::string, Strays>& found) {
    const absl::Time now = absl::Now();
    if (kill_at_ == absl::InfiniteFuture()) {
      kill_at_ = now + kStrayGrace;
      complain_at_ = kill_at_ + kComplainEvery;
    }
    for (const auto& [id, strays] : found) {
      Ask(id, strays);
      if (now < kill_at_) continue;
      SignalProcesses(strays.all, SIGSTOP);  // so that none forks away
      SignalProcesses(strays.all, SIGKILL);
      if (now >= complain_at_) Complain(id, strays);
    }
    if (now >= complain_at_) complain_at_ = now + kComplainEvery;
  }

  void Ask(const std::string& id, const Strays& strays) {
    Identities fresh;
    for (const ProcessIdentity& identity : strays.to_ask) {
      if (asked_.emplace(identity.pid, identity.start_time).second) fresh.push_back(identity);
    }
    if (fresh.empty()) return;
    if (strays.unknown && containers_.insert(id).second) {
      LOG(WARNING) << "Ending container=" << id << ", which a former agent on this work directory "
                   << "started and this one does not know: processes=" << strays.all.size();
      ++swept_.containers;
    }
    swept_.processes += fresh.size();
    SignalProcesses(fresh, SIGTERM);
  }

  static void Complain(const std::string& id, const Strays& strays) {
    const ProcessIdentity& one = strays.all.front();
    const auto stat = launcher::ReadProcessStat(one.pid);
    LOG(ERROR) << "Cannot end container=" << id << " processes=" << strays.all.size()
               << " pid=" << one.pid << " state=" << (stat.has_value() ? stat->state : '?')
               << "; the agent does not register before it is gone, since it uses resources";
  }

  const StraySweep& sweep_;
  SweptStrays swept_;
  std::set<std::pair<int32_t, uint64_t>> asked_;
  std::set<std::string> containers_;
  absl::Time kill_at_ = absl::InfiniteFuture();
  absl::Time complain_at_ = absl::InfiniteFuture();
};

}  // namespace

absl::StatusOr<SweptStrays> EndStrays(const StraySweep& sweep) { return Sweeper(sweep).Run(); }

}  // namespace mesos::agent
