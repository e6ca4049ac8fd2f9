#include "common/election/contender.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/election/layout.h"
#include "glog/logging.h"

namespace mesos::election {

Contender::Contender(Executor& executor, zookeeper::SessionFactory sessions, std::string path,
                     std::function<std::string()> candidate, ContenderObserver observer)
    : executor_(executor),
      sessions_(std::move(sessions)),
      path_(std::move(path)),
      parents_(PathAndParents(path_)),
      candidate_(std::move(candidate)),
      observer_(std::move(observer)) {
  Open();
}

Contender::~Contender() {
  executor_.Cancel(runs_out_);
  executor_.Cancel(next_probe_);
  executor_.Cancel(reopen_);
}

void Contender::Open() {
  session_ = sessions_({.connected = [this] { OnConnected(); },
                        .disconnected =
                            [this] {
                              LOG(WARNING) << "Connection to ZooKeeper lost while "
                                           << (leading_ ? "leading" : "standing for election");
                            },
                        .ended = [this](absl::Status why) { StartOver(why); }});
}

void Contender::OnConnected() {
  if (!name_.empty()) {
    Probe();
  } else if (!std::exchange(entering_, true)) {
    made_parents_ = false;
    MakeNode();
  }
}

// The path is made only where it is missing: whoever may stand need not have a right above it.
void Contender::MakeNode() {
  session_->Create(
      ChildPath(path_, kCandidatePrefix), candidate_(), zookeeper::CreateMode::kEphemeralSequential,
      [this, asked = executor_.Now()](absl::StatusOr<std::string> path) {
        if (path.ok()) {
          OnMade(asked, *path);
        } else if (absl::IsNotFound(path.status()) && !std::exchange(made_parents_, true)) {
          MakeParents(0);
        } else {
          // It may have been made all the same: it goes with the session.
          StartOver(path.status());
        }
      });
}

void Contender::MakeParents(size_t made) {
  if (made == parents_.size()) {
    MakeNode();
    return;
  }
  session_->Create(parents_[made], "", zookeeper::CreateMode::kPersistent,
                   [this, made](absl::StatusOr<std::string> path) {
                     // Where nothing may be made, it may be there already.
                     if (path.ok() || absl::IsAlreadyExists(path.status()) ||
                         (absl::IsPermissionDenied(path.status()) && made + 1 < parents_.size())) {
                       MakeParents(made + 1);
                     } else {
                       StartOver(path.status());
                     }
                   });
}

void Contender::OnMade(absl::Time asked, const std::string& path) {
  name_ = path.substr(path.rfind('/') + 1);
  log_.Reset();
  LOG(INFO) << "Standing for election as " << path;
  StandUntil(asked);
  ReadCandidates();
}

void Contender::ReadCandidates() {
  zookeeper::Watch watch;
  if (!std::exchange(watching_, true)) {
    watch = [this] {
      watching_ = false;
      ReadCandidates();
    };
  }
  const bool watches = watch != nullptr;
  session_->Children(path_, std::move(watch),
                     [this, watches](absl::StatusOr<std::vector<std::string>> names) {
                       if (!names.ok() && watches) watching_ = false;
                       OnCandidates(std::move(names));
                     });
}

void Contender::OnCandidates(absl::StatusOr<std::vector<std::string>> names) {
  if (!names.ok()) {
    // After a lost connection the next probe that is answered reads again.
    if (!absl::IsUnavailable(names.status())) StartOver(names.status());
    return;
  }
  // The time has run out, as the timer is about to say.
  if (executor_.Now() >= stands_until_) return;
  const std::string lowest = LowestCandidate(*names).value_or("");
  if (leading_ && lowest != name_) {
    const bool gone = std::find(names->begin(), names->end(), name_) == names->end();
    StartOver(absl::NotFoundError(
        gone ? absl::StrCat("somebody deleted the candidate ", ChildPath(path_, name_))
             : absl::StrCat("somebody put the candidate ", lowest, " before this one")));
    return;
  }
  if (leading_ || lowest != name_) return;
  leading_ = true;
  LOG(INFO) << "Elected as the leading master: " << ChildPath(path_, name_);
  observer_.elected();
}

// Through the ensemble's leader, which ends the sessions: a server that has lost touch with it
// goes on to answer reads for a while.
void Contender::Probe() {
  executor_.Cancel(std::exchange(next_probe_, TimerId::kNone));
  const std::string node = ChildPath(path_, name_);
  auto synced = std::make_shared<absl::Status>(absl::UnavailableError("not answered"));
  session_->Sync(node, [synced](absl::Status status) { *synced = std::move(status); });
  session_->Get(node, nullptr,
                [this, synced, asked = executor_.Now()](absl::StatusOr<zookeeper::Node> read) {
                  OnProbed(asked, synced->ok() ? read.status() : *synced);
                });
}

void Contender::OnProbed(absl::Time asked, const absl::Status& status) {
  if (absl::IsUnavailable(status)) return;  // `connected` brings the next one, or time runs out
  if (!status.ok()) {
    StartOver(absl::IsNotFound(status)
                  ? absl::NotFoundError(
                        absl::StrCat("somebody deleted the candidate ", ChildPath(path_, name_)))
                  : status);
    return;
  }
  if (executor_.Now() < stands_until_) StandUntil(asked);
}

void Contender::StandUntil(absl::Time asked) {
  const absl::Duration timeout = session_->timeout();
  stands_until_ = std::max(stands_until_, asked + timeout * 7 / 8);
  executor_.Cancel(runs_out_);
  runs_out_ = executor_.RunAt(stands_until_, "contender_cut_off", [this] {
    runs_out_ = TimerId::kNone;
    StartOver(absl::UnavailableError("ZooKeeper does not answer any more"));
  });
  executor_.Cancel(next_probe_);
  next_probe_ = executor_.RunAt(asked + timeout / 8, "contender_probe", [this] {
    next_probe_ = TimerId::kNone;
    Probe();
    if (!leading_) ReadCandidates();
  });
}

void Contender::StartOver(const absl::Status& why) {
  const bool stood = !name_.empty();
  LOG_IF(WARNING, stood || log_.Admits(executor_.Now(), why.message()))
      << (stood ? "Leaving the election under path=" : "Cannot stand for election under path=")
      << path_ << ": " << why.message();
  executor_.Cancel(std::exchange(runs_out_, TimerId::kNone));
  executor_.Cancel(std::exchange(next_probe_, TimerId::kNone));
  executor_.Cancel(reopen_);
  name_.clear();
  entering_ = false;
  watching_ = false;
  stands_until_ = absl::InfinitePast();
  // First of all, since the next one may lead as soon as the session is closed.
  if (std::exchange(leading_, false)) observer_.lost(why);
  session_ = nullptr;
  const absl::Duration wait = stood ? absl::ZeroDuration() : kRetryInterval;
  reopen_ = executor_.RunAt(executor_.Now() + wait, "contender_reopen", [this] {
    reopen_ = TimerId::kNone;
    Open();
  });
}

}  // namespace mesos::election
