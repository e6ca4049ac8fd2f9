#include "master/core/operators/operator_reads.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"

namespace mesos::master {
namespace {

using Response = v1::master::Response;
constexpr auto kEndpoint = ResourceSet::WireForm::kEndpoint;

void SetTime(absl::Time time, v1::TimeInfo* out) { out->set_nanoseconds(absl::ToUnixNanos(time)); }

template <typename ByRole>
void AddResources(const ByRole& by_role, google::protobuf::RepeatedPtrField<v1::Resource>* out) {
  for (const auto& [role, resources] : by_role) {
    resources.AllocatedTo(role).ToProto(out, kEndpoint);
  }
}

template <typename View>
void ReadHead(const View& framework, Response::GetFrameworks::Framework* out) {
  *out->mutable_framework_info() = *framework.profile->info;
  if (framework.registered_time != absl::InfinitePast()) {
    SetTime(framework.registered_time, out->mutable_registered_time());
    SetTime(framework.reregistered_time, out->mutable_reregistered_time());
  }
  v1::scheduler::OfferConstraints& constraints = *out->mutable_offer_constraints();
  if (framework.profile->offer_constraints != nullptr) {
    constraints = *framework.profile->offer_constraints;
  }
}

}  // namespace

void ReadAgent(const AgentView& agent, Response::GetAgents::Agent* out) {
  const AgentProfile& profile = *agent.profile;
  *out->mutable_agent_info() = *profile.info;
  out->set_active(agent.active);
  out->set_version(profile.version);
  out->set_pid(profile.pid);
  SetTime(agent.registered_time, out->mutable_registered_time());
  if (agent.reregistered_time) SetTime(*agent.reregistered_time, out->mutable_reregistered_time());
  agent.total.ToProto(out->mutable_total_resources(), kEndpoint);
  AddResources(agent.used, out->mutable_allocated_resources());
  AddResources(agent.offered, out->mutable_offered_resources());
  for (const v1::AgentInfo::Capability& capability : profile.capabilities) {
    *out->add_capabilities() = capability;
  }
  out->set_deactivated(false);
}

void ReadFramework(const FrameworkView& framework, Response::GetFrameworks::Framework* out) {
  ReadHead(framework, out);
  out->set_active(framework.connected);
  out->set_connected(framework.connected);
  out->set_recovered(framework.recovered);
  std::map<std::string, ResourceSet> offered;
  for (size_t i = 0; i < framework.offers.size(); ++i) {
    const OfferView& offer = *framework.offers[i];
    ReadOffer(offer, *framework.profile, out->add_offers());
    offered[offer.role] += offer.resources;
  }
  AddResources(framework.used, out->mutable_allocated_resources());
  AddResources(offered, out->mutable_offered_resources());
}

void ReadFramework(const CompletedFramework& framework, Response::GetFrameworks::Framework* out) {
  ReadHead(framework, out);
  out->set_active(false);
  out->set_connected(false);
  out->set_recovered(false);
  SetTime(framework.unregistered_time, out->mutable_unregistered_time());
}

void ReadExecutor(const AgentView& agent, const ExecutorView& executor,
                  Response::GetExecutors::Executor* out) {
  *out->mutable_executor_info() = *executor.info;
  out->mutable_agent_id()->set_value(agent.id());
}

void ReadOffer(const OfferView& offer, const FrameworkProfile& framework, v1::Offer* out) {
  *out = offer.agent->offer_template;
  *out->mutable_framework_id() = framework.info->id();
  ReadOfferItself(offer, framework, out);
}

void ReadOfferItself(const OfferView& offer, const FrameworkProfile& framework, v1::Offer* out) {
  out->mutable_id()->set_value(offer.id);
  const ResourceSet::WireForm form = framework.reservation_refinement
                                         ? ResourceSet::WireForm::kPostRefinement
                                         : ResourceSet::WireForm::kPreRefinement;
  // Schedulers from before roles came in the plural know no allocation_info, and may compare
  // resources whole.
  if (framework.multi_role) {
    out->mutable_allocation_info()->set_role(offer.role);
    offer.resources.AllocatedTo(offer.role).ToProto(out->mutable_resources(), form);
  } else {
    offer.resources.ToProto(out->mutable_resources(), form);
  }
}

}  // namespace mesos::master
