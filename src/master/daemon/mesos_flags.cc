// Flags of Mesos' master whose feature this master lacks. See fixed_flag.h.

#include "common/flags/fixed_flag.h"

DEFINE_fixed_flag(allocator, "hierarchical", "other allocator");
DEFINE_fixed_flag(allocator_agent_recovery_factor, "0.8", "pause of offers after a failover");
DEFINE_fixed_flag(allocator_recovery_timeout, "10mins", "pause of offers after a failover");
DEFINE_fixed_switch(authenticate_agents, false, "authentication of agents");
DEFINE_fixed_switch(authenticate_frameworks, false, "authentication of frameworks");
DEFINE_fixed_switch(authenticate_http_frameworks, false, "authentication of frameworks");
DEFINE_fixed_switch(authenticate_http_readonly, false, "authentication of operators");
DEFINE_fixed_switch(authenticate_http_readwrite, false, "authentication of operators");
DEFINE_fixed_flag(authentication_v0_timeout, "15secs", "authentication");
DEFINE_fixed_flag(authenticators, "crammd5", "authentication");
DEFINE_fixed_flag(authorizers, "local", "authorization");
DEFINE_fixed_switch(filter_gpu_resources, true, "offers of GPUs to frameworks that know none");
DEFINE_fixed_flag(framework_sorter, "drf", "other sorter");
DEFINE_fixed_switch(hostname_lookup, true, "way to go without the machine's name; see --hostname");
DEFINE_fixed_flag(http_authenticators, "basic", "authentication");
DEFINE_fixed_switch(initialize_driver_logging, true, "driver within the daemon");
DEFINE_fixed_switch(log_auto_initialize, true, "replicated log");
DEFINE_fixed_switch(memory_profiling, false, "memory profiler");
DEFINE_fixed_flag(min_allocatable_resources, "cpus:0.01|mem:32", "other lower bound of an offer");
DEFINE_fixed_flag(offer_constraints_re2_max_mem, "4KB", "offer constraints");
DEFINE_fixed_flag(offer_constraints_re2_max_program_size, "100", "offer constraints");
DEFINE_fixed_switch(require_agent_domain, false, "requirement of agents' domains");
DEFINE_fixed_flag(role_sorter, "drf", "other sorter");
DEFINE_fixed_switch(root_submissions, true, "way to refuse frameworks of root");
DEFINE_fixed_flag(webui_dir, "", "web UI in a directory of its own");
DEFINE_fixed_switch(registry_strict, false, "registry that outlives the master");
