// Flags of Mesos' master whose feature this master lacks. See fixed_flag.h for the three kinds.

#include "common/flags/fixed_flag.h"

using mesos::flags::CheckAnything;
using mesos::flags::CheckBytes;
using mesos::flags::CheckDuration;
using mesos::flags::CheckNumber;

namespace mesos::master {
namespace {

// Its two names in Mesos.
absl::Status CheckAllocator(const std::string& value) {
  if (value == "HierarchicalDRF") return absl::OkStatus();
  return flags::CheckFixed(value, "hierarchical", "other allocator");
}

// Which has no effect while frameworks are not authenticated.
absl::Status CheckFrameworkAuthenticators(const std::string& value) {
  if (value.empty()) return absl::OkStatus();
  return flags::CheckFixed(value, "basic", "authentication");
}

}  // namespace
}  // namespace mesos::master

// ---- Who may what
DEFINE_refused_flag(acls, "authorization");
DEFINE_fixed_switch(authenticate_agents, false, "authentication of agents");
DEFINE_deprecated_name(authenticate_slaves, authenticate_agents);
DEFINE_fixed_switch(authenticate_frameworks, false, "authentication of frameworks");
DEFINE_deprecated_name(authenticate, authenticate_frameworks);
DEFINE_fixed_switch(authenticate_http_frameworks, false, "authentication of frameworks");
DEFINE_fixed_switch(authenticate_http_readonly, false, "authentication of operators");
DEFINE_fixed_switch(authenticate_http_readwrite, false, "authentication of operators");
DEFINE_deprecated_name(authenticate_http, authenticate_http_readwrite);
DEFINE_idle_flag(authentication_v0_timeout, "15secs", "authentication", CheckDuration);
DEFINE_fixed_flag(authenticators, "crammd5", "authentication");
DEFINE_fixed_flag(authorizers, "local", "authorization");
DEFINE_refused_secret(credentials, "authentication");
DEFINE_refused_flag(firewall_rules, "firewall of endpoints");
DEFINE_fixed_flag(http_authenticators, "basic", "authentication");
DEFINE_checked_string(http_framework_authenticators, "",
                      "Only 'basic': this version has no authentication.",
                      mesos::master::CheckFrameworkAuthenticators);
DEFINE_refused_flag(rate_limits, "limit of frameworks' rates");
DEFINE_refused_flag(roles, "list of the roles that there may be");
DEFINE_fixed_switch(root_submissions, true, "way to refuse frameworks of root");
DEFINE_refused_flag(whitelist, "list of the agents whose resources are offered");

// ---- What is offered
DEFINE_checked_string(allocator, "hierarchical",
                      "Only 'hierarchical': this version has no other allocator.",
                      mesos::master::CheckAllocator);
DEFINE_idle_flag(allocator_agent_recovery_factor, "0.8", "pause of offers after a failover",
                 CheckNumber);
DEFINE_idle_flag(allocator_recovery_timeout, "10mins", "pause of offers after a failover",
                 CheckDuration);
DEFINE_refused_flag(fair_sharing_excluded_resource_names, "resources apart from fair sharing");
DEFINE_fixed_switch(filter_gpu_resources, true, "offers of GPUs to frameworks that know none");
DEFINE_fixed_flag(framework_sorter, "drf", "other sorter");
DEFINE_refused_flag(max_executors_per_agent, "limit of executors");
DEFINE_deprecated_name(max_executors_per_slave, max_executors_per_agent);
DEFINE_fixed_flag(min_allocatable_resources, "cpus:0.01|mem:32", "other lower bound of an offer");
DEFINE_idle_flag(offer_constraints_re2_max_mem, "4KB", "bound of offer constraints of its own",
                 CheckBytes);
DEFINE_idle_flag(offer_constraints_re2_max_program_size, "100",
                 "bound of offer constraints of its own", CheckNumber);
DEFINE_fixed_flag(role_sorter, "drf", "other sorter");
DEFINE_deprecated_name(user_sorter, role_sorter);

// ---- The rest
DEFINE_refused_flag(domain, "fault domains");
DEFINE_refused_flag(hooks, "modules");
DEFINE_idle_switch(initialize_driver_logging, true, "driver within the daemon");
DEFINE_idle_switch(log_auto_initialize, true, "replicated log");
DEFINE_refused_flag(master_contender, "modules");
DEFINE_refused_flag(master_detector, "modules");
DEFINE_fixed_switch(memory_profiling, false, "memory profiler");
DEFINE_refused_flag(modules, "modules");
DEFINE_refused_flag(modules_dir, "modules");
DEFINE_idle_switch(registry_strict, false, "registry that is not followed strictly");
DEFINE_fixed_switch(require_agent_domain, false, "requirement of agents' domains");
DEFINE_idle_flag(webui_dir, "", "web UI", CheckAnything);
MARK_flag(webui_dir, kShownEmpty);
