#include "master/reign/standalone.h"

#include <utility>

#include "glog/logging.h"

namespace mesos::master {

Standalone::Standalone(Reign::Deps deps, std::function<std::string()> new_id)
    : deps_(std::move(deps)), new_id_(std::move(new_id)) {}

Standalone::~Standalone() { deps_.executor.Cancel(retry_); }

void Standalone::Recover(std::function<void(absl::Status)> recovered) {
  reign_ = std::make_unique<Reign>(deps_);
  reign_->Recover("a master that stands alone", std::move(recovered));
}

void Standalone::Lead(const MasterOptions& options) {
  options_ = options;
  Begin();
}

void Standalone::Begin() {
  options_.id = new_id_();
  options_.start_time = deps_.executor.Now();
  LOG(INFO) << "This master leads now id=" << options_.id;
  reign_->Begin(options_, nullptr, [this](const absl::Status&) { OnOver(); });
}

void Standalone::OnOver() {
  retry_ = deps_.executor.RunAt(deps_.executor.Now() + kRetryInterval, "lead_again",
                                [this] { Retry(); });
}

void Standalone::Retry() {
  retry_ = TimerId::kNone;
  Recover([this](const absl::Status& recovered) {
    if (recovered.ok()) {
      Begin();
    } else {
      OnOver();
    }
  });
}

}  // namespace mesos::master
