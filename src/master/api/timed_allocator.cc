#include "master/api/timed_allocator.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mesos::master {
namespace {

class TimedAllocator final : public Allocator {
 public:
  TimedAllocator(std::unique_ptr<Allocator> allocator, metrics::Timings& runs,
                 metrics::Timings& latencies)
      : allocator_(std::move(allocator)), runs_(runs), latencies_(latencies) {}

  std::vector<Grant> Allocate(absl::Time now) override {
    const Clock::time_point start = Clock::now();
    latencies_.Record(absl::FromChrono(start - waits_since_.value_or(start)));
    waits_since_ = std::nullopt;
    std::vector<Grant> grants = allocator_->Allocate(now);
    runs_.Record(absl::FromChrono(Clock::now() - start));
    return grants;
  }

  // All else is handed on; after what may free something or find it a taker, a run is waited for.
  void AddFramework(FrameworkIdx framework, AllocatorFramework info) override {
    Wait();
    allocator_->AddFramework(framework, std::move(info));
  }
  void UpdateFramework(FrameworkIdx framework, AllocatorFramework info) override {
    Wait();
    allocator_->UpdateFramework(framework, std::move(info));
  }
  void RemoveFramework(FrameworkIdx framework) override { allocator_->RemoveFramework(framework); }
  void SetFrameworkActive(FrameworkIdx framework, bool active) override {
    Wait();
    allocator_->SetFrameworkActive(framework, active);
  }
  void AddAgent(AgentIdx agent, AllocatorAgent info) override {
    Wait();
    allocator_->AddAgent(agent, std::move(info));
  }
  void UpdateAgent(AgentIdx agent, ResourceSet total) override {
    Wait();
    allocator_->UpdateAgent(agent, std::move(total));
  }
  void RemoveAgent(AgentIdx agent) override { allocator_->RemoveAgent(agent); }
  void SetAgentActive(AgentIdx agent, bool active) override {
    Wait();
    allocator_->SetAgentActive(agent, active);
  }
  bool AgentActive(AgentIdx agent) const override { return allocator_->AgentActive(agent); }
  void Book(FrameworkIdx framework, const std::string& role, AgentIdx agent,
            const ResourceSet& resources) override {
    allocator_->Book(framework, role, agent, resources);
  }
  void Release(FrameworkIdx framework, const std::string& role, AgentIdx agent,
               const ResourceSet& resources, std::optional<OfferFilter> filter) override {
    Wait();
    allocator_->Release(framework, role, agent, resources, filter);
  }
  void SuppressOffers(FrameworkIdx framework, const std::set<std::string>& roles) override {
    allocator_->SuppressOffers(framework, roles);
  }
  void ReviveOffers(FrameworkIdx framework, const std::set<std::string>& roles) override {
    Wait();
    allocator_->ReviveOffers(framework, roles);
  }
  void UpdateWeights(const std::map<std::string, double>& weights) override {
    Wait();
    allocator_->UpdateWeights(weights);
  }
  absl::Time NextExpiry() const override { return allocator_->NextExpiry(); }
  double Weight(const std::string& role) const override { return allocator_->Weight(role); }
  double DominantShare(const std::string& role) const override {
    return allocator_->DominantShare(role);
  }
  size_t FilteredAgents(const std::string& role) const override {
    return allocator_->FilteredAgents(role);
  }
  ResourceSet Allocated(const std::string& role) const override {
    return allocator_->Allocated(role);
  }
  uint64_t FiltersDropped() const override { return allocator_->FiltersDropped(); }

 private:
  using Clock = std::chrono::steady_clock;

  void Wait() {
    if (!waits_since_) waits_since_ = Clock::now();
  }

  const std::unique_ptr<Allocator> allocator_;
  metrics::Timings& runs_;
  metrics::Timings& latencies_;
  std::optional<Clock::time_point> waits_since_;
};

}  // namespace

std::unique_ptr<Allocator> TimeRuns(std::unique_ptr<Allocator> allocator, metrics::Timings& runs,
                                    metrics::Timings& latencies) {
  return std::make_unique<TimedAllocator>(std::move(allocator), runs, latencies);
}

}  // namespace mesos::master
