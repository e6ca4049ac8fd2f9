#include "master/reign/candidacy.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/json/json_codec.h"
#include "common/leader/master_address.h"
#include "glog/logging.h"
#include "master/core/master_info.h"

namespace mesos::master {

Candidacy::Candidacy(Deps deps) : deps_(std::move(deps)), random_(deps_.seed) {
  detector_ = std::make_unique<election::Detector>(
      deps_.executor, deps_.sessions, deps_.path,
      [this](std::optional<std::string> leader) { OnDetected(leader); });
  Enter();
}

Candidacy::~Candidacy() {
  deps_.executor.Cancel(restand_);
  // Before it withdraws, since the next one may lead as soon as it has.
  if (reign_) reign_->End("it withdraws");
  contender_ = nullptr;
}

void Candidacy::Enter() {
  contender_ = std::make_unique<election::Contender>(
      deps_.executor, deps_.sessions, deps_.path, [this] { return Stand(); },
      election::ContenderObserver{.elected = [this] { OnElected(); },
                                  .lost =
                                      [this](absl::Status why) {
                                        if (reign_) reign_->End(std::string(why.message()));
                                        reign_ = nullptr;
                                      }});
}

std::string Candidacy::Stand() {
  deps_.options.id = random_.Uuid();
  return json::ToJson(MakeMasterInfo(deps_.options));
}

void Candidacy::OnElected() {
  LOG(INFO) << "This master is elected id=" << deps_.options.id << "; recovering the registry";
  reign_ = std::make_unique<Reign>(deps_.reign);
  reign_->Recover(absl::StrCat("master ", deps_.options.id, " at ", deps_.options.hostname, ":",
                               deps_.options.port),
                  [this](absl::Status recovered) { OnRecovered(recovered); });
}

void Candidacy::OnRecovered(const absl::Status& recovered) {
  const auto withdraw = [this](absl::Status why) { Withdraw(why); };
  if (!recovered.ok()) {
    // Not from within the reign that this ends.
    deps_.executor.Post("withdraw", [this, alive = std::weak_ptr<bool>(alive_), recovered] {
      if (!alive.expired() && reign_ != nullptr) Withdraw(recovered);
    });
    return;
  }
  deps_.options.start_time = deps_.executor.Now();
  LOG(INFO) << "This master leads now id=" << deps_.options.id;
  reign_->Begin(
      deps_.options, [this] { return contender_->leads_until(); }, withdraw);
}

void Candidacy::Withdraw(const absl::Status& why) {
  LOG(ERROR) << "Withdrawing from the election, to stand again in " << kRestandDelay << ": "
             << why.message();
  contender_ = nullptr;
  deps_.executor.Post("end_reign", [ended = std::shared_ptr<Reign>(std::move(reign_))] {});
  restand_ = deps_.executor.RunAt(deps_.executor.Now() + kRestandDelay, "stand_again", [this] {
    restand_ = TimerId::kNone;
    Enter();
  });
}

void Candidacy::OnDetected(const std::optional<std::string>& master_info) {
  LeaderHost& host = deps_.reign.host;
  if (!master_info) {
    host.SetLeader(std::nullopt);
    return;
  }
  const absl::StatusOr<v1::MasterInfo> leader = leader::ReadMasterInfo(*master_info);
  if (!leader.ok()) {
    LOG(ERROR) << "Cannot tell who leads: " << leader.status().message();
    host.SetLeader(std::nullopt);
    return;
  }
  // While it recovers the registry it leads no one, and sends no one to itself.
  if (leader->id() == deps_.options.id) {
    host.SetLeader(std::nullopt);
    return;
  }
  const v1::Address& address = leader->address();
  const std::string& name = address.hostname().empty() ? leader->hostname() : address.hostname();
  LOG(INFO) << "The leading master is " << leader->pid() << " id=" << leader->id();
  host.SetLeader(
      LeaderAddress{name.empty() ? address.ip() : name,
                    address.has_port() ? address.port() : static_cast<int>(leader->port())});
}

}  // namespace mesos::master
