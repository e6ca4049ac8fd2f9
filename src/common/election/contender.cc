#include "common/election/contender.h"

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
  } else if (!entering_) {
    entering_ = true;
    MakeParents(0);
  }
}

void Contender::MakeParents(size_t made) {
  if (made == parents_.size()) {
    MakeNode();
    return;
  }
  session_->Create(parents_[made], "", zookeeper::CreateMode::kPersistent,
                   [this, made](absl::StatusOr<std::string> path) {
                     if (path.ok() || absl::IsAlreadyExists(path.status())) {
                       MakeParents(made + 1);
                     } else {
                       StartOver(path.status());
                     }
                   });
}

void Contender::MakeNode() {
  const absl::Time asked = executor_.Now();
  session_->Create(ChildPath(path_, kCandidatePrefix), candidate_(),
                   zookeeper::CreateMode::kEphemeralSequential,
                   [this, asked](absl::StatusOr<std::string> path) {
                     if (!path.ok()) {
                       // It may have been made all the same: it goes with the session.
                       StartOver(path.status());
                       return;
                     }
                     name_ = path->substr(path->rfind('/') + 1);
                     LOG(INFO) << "Standing for election as " << *path;
                     OnProbed(asked, absl::OkStatus());
                     ReadCandidates();
                   });
}

void Contender::ReadCandidates() {
  session_->Children(
      path_, [this] { ReadCandidates(); },
      [this](absl::StatusOr<std::vector<std::string>> names) { OnCandidates(std::move(names)); });
}

void Contender::OnCandidates(absl::StatusOr<std::vector<std::string>> names) {
  if (!names.ok()) {
    // After a lost connection the next probe that is answered reads again.
    if (!absl::IsUnavailable(names.status())) StartOver(names.status());
    return;
  }
  if (leading_ || LowestCandidate(*names) != name_) return;
  leading_ = true;
  LOG(INFO) << "Elected as the leading master: " << ChildPath(path_, name_);
  observer_.elected();
}

void Contender::Probe() {
  executor_.Cancel(std::exchange(next_probe_, TimerId::kNone));
  session_->Get(ChildPath(path_, name_), nullptr,
                [this, asked = executor_.Now()](absl::StatusOr<zookeeper::Node> node) {
                  OnProbed(asked, node.status());
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
  const absl::Duration timeout = session_->timeout();
  executor_.Cancel(runs_out_);
  runs_out_ = executor_.RunAt(asked + timeout * 7 / 8, "contender_cut_off", [this] {
    runs_out_ = TimerId::kNone;
    StartOver(absl::UnavailableError("ZooKeeper does not answer any more"), absl::ZeroDuration());
  });
  executor_.Cancel(next_probe_);
  next_probe_ = executor_.RunAt(asked + timeout / 8, "contender_probe", [this] {
    next_probe_ = TimerId::kNone;
    Probe();
    if (!leading_) ReadCandidates();
  });
}

void Contender::StartOver(const absl::Status& why, absl::Duration wait) {
  LOG(WARNING) << "Leaving the election under path=" << path_ << ": " << why.message();
  executor_.Cancel(std::exchange(runs_out_, TimerId::kNone));
  executor_.Cancel(std::exchange(next_probe_, TimerId::kNone));
  executor_.Cancel(reopen_);
  name_.clear();
  entering_ = false;
  session_ = nullptr;
  reopen_ = executor_.RunAt(executor_.Now() + wait, "contender_reopen", [this] {
    reopen_ = TimerId::kNone;
    Open();
  });
  if (std::exchange(leading_, false)) observer_.lost(why);
}

}  // namespace mesos::election
