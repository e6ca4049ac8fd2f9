#include "master/reign/reign.h"

#include <utility>

namespace mesos::master {

Reign::Reign(Deps deps)
    : deps_(std::move(deps)), registrar_(deps_.executor, deps_.store, deps_.registrar) {}

Reign::~Reign() { End("its reign is over"); }

void Reign::Recover(const std::string& owner, std::function<void(absl::Status)> recovered) {
  deps_.host.ExpectToLead();
  registrar_.Recover(owner,
                     [this, recovered = std::move(recovered)](absl::StatusOr<Registry> registry) {
                       const absl::Status status = registry.status();
                       if (status.ok()) {
                         registry_ = *std::move(registry);
                       } else {
                         End(std::string(status.message()));
                       }
                       recovered(status);
                     });
}

void Reign::Begin(const MasterOptions& options, std::function<absl::Time()> leads_until,
                  std::function<void(absl::Status)> over) {
  deps_.host.Lead({.core = deps_.make_core(options, std::exchange(registry_, {})),
                   .leads_until = std::move(leads_until),
                   .persist =
                       [this](std::vector<RegistryOperation> operations,
                              absl::AnyInvocable<void(absl::Status)> done) {
                         registrar_.Persist(std::move(operations), std::move(done));
                       },
                   .abdicated =
                       [this, over = std::move(over)](absl::Status why) {
                         over_ = true;
                         over(std::move(why));
                       }});
}

void Reign::End(const std::string& why) {
  if (!std::exchange(over_, true)) deps_.host.StepDown(why);
}

}  // namespace mesos::master
