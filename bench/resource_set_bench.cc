// What the algebra costs on sets as offers and tasks have them: the allocator's and the master's
// hot path.

#include "benchmark/benchmark.h"
#include "common/resources/parse.h"
#include "common/resources/resource_set.h"

namespace mesos {
namespace {

ResourceSet Parsed(const char* text) { return ParseResources(text).value(); }

const char kAgent[] = "cpus:8;mem:4096;disk:8192;ports:[31000-32000]";
const char kTask[] = "cpus:0.1;mem:32";
const char kTaskWithPort[] = "cpus:0.1;mem:32;ports:[31005-31005]";

void BM_SubtractAndAdd(benchmark::State& state) {
  ResourceSet agent = Parsed(kAgent).AllocatedTo("web");
  const ResourceSet task = Parsed(state.range(0) ? kTaskWithPort : kTask).AllocatedTo("web");
  for (auto _ : state) {
    agent -= task;
    agent += task;
    benchmark::DoNotOptimize(agent);
  }
}
BENCHMARK(BM_SubtractAndAdd)->Arg(0)->Arg(1);

void BM_Contains(benchmark::State& state) {
  const ResourceSet agent = Parsed(kAgent);
  const ResourceSet task = Parsed(kTaskWithPort);
  for (auto _ : state) benchmark::DoNotOptimize(agent.Contains(task));
}
BENCHMARK(BM_Contains);

void BM_Copy(benchmark::State& state) {
  const ResourceSet agent = Parsed(kAgent);
  for (auto _ : state) {
    ResourceSet copy = agent;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(BM_Copy);

void BM_AllocateAndUnallocate(benchmark::State& state) {
  const ResourceSet agent = Parsed(kAgent);
  const ResourceSet held = agent.AllocatedTo("web");  // some task holds the identities
  for (auto _ : state) {
    benchmark::DoNotOptimize(agent.AllocatedTo("web").Unallocated());
  }
}
BENCHMARK(BM_AllocateAndUnallocate);

void BM_FromProto(benchmark::State& state) {
  google::protobuf::RepeatedPtrField<v1::Resource> protos;
  const ResourceSet agent = Parsed(kAgent).AllocatedTo("web");
  agent.ToProto(&protos);
  for (auto _ : state) benchmark::DoNotOptimize(ResourceSet::FromProto(protos));
}
BENCHMARK(BM_FromProto);

void BM_ToProto(benchmark::State& state) {
  const ResourceSet agent = Parsed(kAgent).AllocatedTo("web");
  for (auto _ : state) {
    google::protobuf::RepeatedPtrField<v1::Resource> protos;
    agent.ToProto(&protos);
    benchmark::DoNotOptimize(protos);
  }
}
BENCHMARK(BM_ToProto);

}  // namespace
}  // namespace mesos

BENCHMARK_MAIN();
