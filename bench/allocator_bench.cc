// What a cycle of the allocator costs, on clusters of 10,000 agents.
//
//   build/release/bin/allocator_bench --benchmark_filter=Churn
//
// Compared in public: Apache Mesos' hierarchical allocator takes seconds for a full cycle over
// 10,000 agents and 1,000 frameworks (HierarchicalAllocator_BENCHMARK_Test, MESOS-3157 and others).

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "common/resources/resource_set.h"
#include "glog/logging.h"
#include "master/allocator/allocator.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {
namespace {

constexpr uint32_t kAgents = 10'000;

void AddScalar(google::protobuf::RepeatedPtrField<v1::Resource>& to, const std::string& name,
               double value) {
  v1::Resource* resource = to.Add();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
}

// cpus:24;mem:4096;disk:4096;ports:[31000-32000], as Mesos' benchmark has it; every third agent has
// a reservation besides where `reserved`.
ResourceSet Total(uint32_t agent, bool reserved) {
  google::protobuf::RepeatedPtrField<v1::Resource> resources;
  AddScalar(resources, "cpus", 24);
  AddScalar(resources, "mem", 4096);
  AddScalar(resources, "disk", 4096);
  v1::Resource* ports = resources.Add();
  ports->set_name("ports");
  ports->set_type(v1::Value::RANGES);
  v1::Value::Range* range = ports->mutable_ranges()->add_range();
  range->set_begin(31000);
  range->set_end(32000);
  if (reserved && agent % 3 == 0) {
    AddScalar(resources, "cpus", 4);
    v1::Resource::ReservationInfo* reservation = resources.rbegin()->add_reservations();
    reservation->set_type(v1::Resource::ReservationInfo::STATIC);
    reservation->set_role("org-1/team-1");
  }
  absl::StatusOr<ResourceSet> set = ResourceSet::FromProto(resources);
  CHECK(set.ok()) << set.status();
  return *set;
}

struct Cluster {
  // Five frameworks a role, ten roles an organisation.
  explicit Cluster(uint32_t frameworks, bool reserved = false) {
    for (uint32_t i = 0; i < frameworks; ++i) {
      AllocatorFramework info;
      info.roles = {absl::StrCat("org-", i / 50, "/team-", i / 5 % 10)};
      allocator->AddFramework(FrameworkIdx(i), std::move(info));
    }
    for (uint32_t i = 0; i < kAgents; ++i) {
      AllocatorAgent agent;
      agent.total = Total(i, reserved);
      allocator->AddAgent(AgentIdx(i), std::move(agent));
    }
  }

  void Release(const Grant& grant, std::optional<OfferFilter> filter = std::nullopt) {
    allocator->Release(grant.framework, grant.role, grant.agent, grant.resources, filter);
  }

  std::unique_ptr<Allocator> allocator = NewHierarchicalAllocator({});
  absl::Time now = absl::UnixEpoch();
};

// Every agent is free; all are granted.
void FullCycle(benchmark::State& state) {
  Cluster cluster(static_cast<uint32_t>(state.range(0)), state.range(1) != 0);
  size_t grants = 0;
  for (auto _ : state) {
    std::vector<Grant> plan = cluster.allocator->Allocate(cluster.now);
    grants += plan.size();
    state.PauseTiming();
    for (const Grant& grant : plan) cluster.Release(grant);
    state.ResumeTiming();
  }
  state.counters["grants"] =
      benchmark::Counter(static_cast<double>(grants), benchmark::Counter::kAvgIterations);
}
BENCHMARK(FullCycle)
    ->ArgNames({"frameworks", "reserved"})
    ->Args({200, 0})
    ->Args({1000, 0})
    ->Args({1000, 1})
    ->Unit(benchmark::kMillisecond);

// A full cluster; each step frees one agent and allocates it again.
void Churn(benchmark::State& state) {
  Cluster cluster(static_cast<uint32_t>(state.range(0)), state.range(1) != 0);
  std::vector<Grant> held = cluster.allocator->Allocate(cluster.now);
  size_t next = 0;
  for (auto _ : state) {
    cluster.Release(held[next]);
    std::vector<Grant> plan = cluster.allocator->Allocate(cluster.now);
    if (plan.size() != 1) state.SkipWithError("one agent was freed, and one grant expected");
    held[next] = std::move(plan[0]);
    next = (next + 7) % held.size();
  }
}
BENCHMARK(Churn)
    ->ArgNames({"frameworks", "reserved"})
    ->Args({200, 0})
    ->Args({1000, 0})
    ->Args({1000, 1})
    ->Unit(benchmark::kMicrosecond);

// All but one framework filter the agent that is freed: every filter is asked.
void ChurnPastFilters(benchmark::State& state) {
  auto frameworks = static_cast<uint32_t>(state.range(0));
  Cluster cluster(frameworks);
  std::vector<Grant> held = cluster.allocator->Allocate(cluster.now);
  OfferFilter filter{cluster.now + absl::Hours(1)};
  for (uint32_t i = 1; i < frameworks; ++i) {
    cluster.Release(held[0], filter);
    held[0] = std::move(cluster.allocator->Allocate(cluster.now).at(0));
  }
  for (auto _ : state) {
    cluster.Release(held[0]);
    held[0] = std::move(cluster.allocator->Allocate(cluster.now).at(0));
  }
}
BENCHMARK(ChurnPastFilters)->Arg(200)->Arg(1000)->Unit(benchmark::kMicrosecond);

// Nothing is free and nothing changed: what the safety net of each interval costs.
void IdleCycle(benchmark::State& state) {
  Cluster cluster(1000);
  cluster.allocator->Allocate(cluster.now);
  for (auto _ : state) benchmark::DoNotOptimize(cluster.allocator->Allocate(cluster.now));
}
BENCHMARK(IdleCycle);

// One framework revives while everything that is free is filtered by all the others.
void Revive(benchmark::State& state) {
  Cluster cluster(1000);
  std::vector<Grant> held = cluster.allocator->Allocate(cluster.now);
  for (auto _ : state) {
    cluster.allocator->ReviveOffers(FrameworkIdx(7), {});
    benchmark::DoNotOptimize(cluster.allocator->Allocate(cluster.now));
  }
}
BENCHMARK(Revive)->Unit(benchmark::kMicrosecond);

// Every free agent is declined with a filter, offered to the next, declined, and so on.
void DeclineStorm(benchmark::State& state) {
  Cluster cluster(static_cast<uint32_t>(state.range(0)));
  std::vector<Grant> plan = cluster.allocator->Allocate(cluster.now);
  int64_t declines = 0;
  for (auto _ : state) {
    for (const Grant& grant : plan) {
      cluster.Release(grant, OfferFilter{cluster.now + absl::Seconds(5)});
    }
    declines += static_cast<int64_t>(plan.size());
    cluster.now += absl::Milliseconds(100);
    plan = cluster.allocator->Allocate(cluster.now);
  }
  state.SetItemsProcessed(declines);
}
BENCHMARK(DeclineStorm)->Arg(200)->Arg(1000)->Unit(benchmark::kMillisecond);

// An agent comes and goes: every share changes.
void AgentComesAndGoes(benchmark::State& state) {
  Cluster cluster(1000);
  std::vector<Grant> held = cluster.allocator->Allocate(cluster.now);
  AllocatorAgent agent;
  agent.total = Total(0, false);
  for (auto _ : state) {
    cluster.allocator->AddAgent(AgentIdx(kAgents), agent);
    benchmark::DoNotOptimize(cluster.allocator->Allocate(cluster.now));
    cluster.allocator->RemoveAgent(AgentIdx(kAgents));
  }
}
BENCHMARK(AgentComesAndGoes)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mesos::master

BENCHMARK_MAIN();
