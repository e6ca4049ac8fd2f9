#include "common/auth/gate.h"

namespace mesos::auth {
namespace {

class Open final : public Gate {
 public:
  absl::StatusOr<CallerPtr> Authenticate(const Credentials& credentials) const override {
    return Anonymous(credentials.address);
  }
  absl::Status Authorize(const Caller&, Action, absl::string_view) const override {
    return absl::OkStatus();
  }
  Visibility VisibleTo(const Caller&) const override { return Visibility::All(); }
};

}  // namespace

bool Changes(Action action) {
  switch (action) {
    case Action::kViewDaemon:
    case Action::kViewFlags:
    case Action::kViewState:
    case Action::kReadFiles:
      return false;
    case Action::kCallApi:
    case Action::kSetLogLevel:
    case Action::kTeardownFramework:
    case Action::kUpdateWeights:
    case Action::kUpdateQuota:
    case Action::kChangeMaintenance:
    case Action::kReserveResources:
    case Action::kChangeVolumes:
    case Action::kRetireAgents:
    case Action::kUseContainers:
    case Action::kChangeResourceProviders:
    case Action::kPruneImages:
    case Action::kActAsFramework:
    case Action::kActAsAgent:
    case Action::kActAsExecutor:
      return true;
  }
  return true;
}

const Gate& OpenGate() {
  static const Open* const gate = new Open();
  return *gate;
}

}  // namespace mesos::auth
