#include "master/daemon/candidacy.h"

#include <utility>

#include "common/json/json_codec.h"
#include "glog/logging.h"
#include "master/core/master_info.h"

namespace mesos::master {

Candidacy::Candidacy(Deps deps) : deps_(std::move(deps)), random_(deps_.seed) {
  detector_ = std::make_unique<election::Detector>(
      deps_.executor, deps_.sessions, deps_.path,
      [this](std::optional<std::string> leader) { OnDetected(leader); });
  contender_ = std::make_unique<election::Contender>(
      deps_.executor, deps_.sessions, deps_.path, [this] { return Stand(); },
      election::ContenderObserver{
          .elected = [this] { OnElected(); },
          .lost = [this](absl::Status why) { deps_.host.StepDown(std::string(why.message())); }});
}

Candidacy::~Candidacy() {
  // First of all, since the next one may lead as soon as this one has withdrawn.
  deps_.host.StepDown("it withdraws");
}

std::string Candidacy::Stand() {
  deps_.options.id = random_.Uuid();
  return json::ToJson(MakeMasterInfo(deps_.options));
}

void Candidacy::OnElected() {
  deps_.options.start_time = deps_.executor.Now();
  LOG(INFO) << "This master leads now id=" << deps_.options.id;
  deps_.host.Lead(deps_.make_core(deps_.options), [this] { return contender_->leads_until(); });
}

void Candidacy::OnDetected(const std::optional<std::string>& master_info_json) {
  if (!master_info_json) {
    deps_.host.SetLeader(std::nullopt);
    return;
  }
  v1::MasterInfo leader;
  if (absl::Status read = json::FromJson(*master_info_json, leader); !read.ok()) {
    LOG(ERROR) << "Cannot tell who leads: " << read.message();
    deps_.host.SetLeader(std::nullopt);
    return;
  }
  const std::string& host =
      leader.address().hostname().empty() ? leader.hostname() : leader.address().hostname();
  LOG(INFO) << "The leading master is " << leader.pid() << " id=" << leader.id();
  deps_.host.SetLeader(Leadership::Address{
      host.empty() ? leader.address().ip() : host,
      leader.address().has_port() ? leader.address().port() : static_cast<int>(leader.port())});
}

}  // namespace mesos::master
