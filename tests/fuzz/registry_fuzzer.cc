// Entries of a registry, whatever they hold: refused by name, or a registry that writes itself back
// and that a master leads with. An entry is a length byte, its name, a length byte, its value.

#include <glog/logging.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "master/allocator/allocator.h"
#include "master/core/commit_at_once.h"
#include "master/core/master_core.h"
#include "master/registry/registry.h"

namespace mesos::master {
namespace {

std::string Take(absl::string_view& input) {
  if (input.empty()) return "";
  const size_t size = static_cast<uint8_t>(input[0]);
  std::string taken(input.substr(1, size));
  input.remove_prefix(std::min(input.size(), size + 1));
  return taken;
}

// What the store holds after the same agents and weights were written anew.
std::map<std::string, std::string> Rewritten(const Registry& registry) {
  Registry copy;
  std::vector<RegistryOperation> operations;
  for (const auto& [id, agent] : registry.agents()) {
    operations.push_back(AdmitAgent{agent.info});
    if (agent.standing == AgentStanding::kUnreachable) {
      operations.push_back(MarkUnreachable{id, agent.since});
    } else if (agent.standing == AgentStanding::kGone) {
      operations.push_back(MarkGone{id, agent.since});
    }
  }
  for (const auto& [role, weight] : registry.weights())
    operations.push_back(SetWeight{role, weight});
  std::map<std::string, std::string> entries;
  for (store::Change& change : copy.Apply(operations)) entries[change.name] = *change.value;
  return entries;
}

void Lead(const Registry& registry) {
  MasterOptions options;
  options.id = "m1";
  options.ip = "127.0.0.1";
  options.start_time = absl::UnixEpoch();
  options.durable_registry = true;
  MasterCore core(options, NewHierarchicalAllocator({}), options.start_time, registry);
  CHECK(core.CheckInvariants().ok()) << core.CheckInvariants();
  for (const absl::Duration later : {absl::Minutes(20), absl::Hours(24 * 30)}) {
    HandleAndCommit(core, options.start_time + later, Tick{});
    CHECK(core.CheckInvariants().ok()) << core.CheckInvariants();
  }
  CHECK_EQ(core.Stats().awaited_agents, 0u);
}

void Run(absl::string_view input) {
  std::map<std::string, std::string> entries;
  std::string names;
  while (!input.empty()) {
    std::string name = Take(input);
    names += name;
    entries[std::move(name)] = Take(input);
  }
  const absl::StatusOr<Registry> registry = Registry::FromEntries(entries);
  if (!registry.ok()) {
    CHECK(absl::StrContains(registry.status().message(), "the registry's entry '"));
    return;
  }
  const absl::StatusOr<Registry> again = Registry::FromEntries(Rewritten(*registry));
  CHECK(again.ok()) << again.status();
  CHECK_EQ(again->agents().size(), registry->agents().size());
  CHECK_EQ(again->weights().size(), registry->weights().size());
  Lead(*registry);
}

}  // namespace
}  // namespace mesos::master

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;
    return true;
  }();
  (void)quiet;
  mesos::master::Run(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
