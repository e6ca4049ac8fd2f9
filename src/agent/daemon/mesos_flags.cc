// Flags of Mesos' agent whose feature this agent lacks. See fixed_flag.h.

#include "common/flags/fixed_flag.h"

DEFINE_fixed_flag(appc_simple_discovery_uri_prefix, "http://", "container images");
DEFINE_fixed_flag(appc_store_dir, "/tmp/mesos/store/appc", "container images");
DEFINE_fixed_switch(authenticate_http_readonly, false, "authentication of operators");
DEFINE_fixed_switch(authenticate_http_readwrite, false, "authentication of operators");
DEFINE_fixed_flag(authenticatee, "crammd5", "authentication");
DEFINE_fixed_flag(authentication_backoff_factor, "1secs", "authentication");
DEFINE_fixed_flag(authentication_timeout_max, "1mins", "authentication");
DEFINE_fixed_flag(authentication_timeout_min, "5secs", "authentication");
DEFINE_fixed_flag(authorizer, "local", "authorization");
DEFINE_fixed_switch(cgroups_cpu_enable_pids_and_tids_count, false, "isolation by cgroups");
DEFINE_fixed_flag(cgroups_destroy_timeout, "1mins", "isolation by cgroups");
DEFINE_fixed_switch(cgroups_enable_cfs, false, "isolation by cgroups");
DEFINE_fixed_flag(cgroups_hierarchy, "/sys/fs/cgroup", "isolation by cgroups");
DEFINE_fixed_switch(cgroups_limit_swap, false, "isolation by cgroups");
DEFINE_fixed_flag(cgroups_root, "mesos", "isolation by cgroups");
DEFINE_fixed_flag(container_disk_watch_interval, "15secs", "quota of sandboxes");
DEFINE_fixed_switch(disallow_sharing_agent_ipc_namespace, false, "isolation by namespaces");
DEFINE_fixed_switch(disallow_sharing_agent_pid_namespace, false, "isolation by namespaces");
DEFINE_fixed_flag(docker, "docker", "Docker containers");
DEFINE_fixed_switch(docker_ignore_runtime, false, "Docker containers");
DEFINE_fixed_switch(docker_kill_orphans, true, "Docker containers");
DEFINE_fixed_flag(docker_registry, "https://registry-1.docker.io", "Docker images");
DEFINE_fixed_flag(docker_remove_delay, "6hrs", "Docker containers");
DEFINE_fixed_flag(docker_socket, "/var/run/docker.sock", "Docker containers");
DEFINE_fixed_flag(docker_stop_timeout, "0ns", "Docker containers");
DEFINE_fixed_flag(docker_store_dir, "/tmp/mesos/store/docker", "Docker images");
DEFINE_fixed_flag(docker_volume_checkpoint_dir, "/var/run/mesos/isolators/docker/volume",
                  "Docker volumes");
DEFINE_fixed_switch(docker_volume_chown, false, "Docker volumes");
DEFINE_fixed_switch(enforce_container_disk_quota, false, "quota of sandboxes");
DEFINE_fixed_flag(fetcher_cache_dir, "/tmp/mesos/fetch", "cache of fetched files");
DEFINE_fixed_flag(fetcher_cache_size, "2GB", "cache of fetched files");
DEFINE_fixed_flag(fetcher_stall_timeout, "1mins", "other limit of stalled transfers");
DEFINE_fixed_switch(gc_non_executor_container_sandboxes, false, "nested containers");
DEFINE_fixed_switch(hostname_lookup, true, "way to go without the machine's name; see --hostname");
DEFINE_fixed_switch(http_command_executor, false, "executor of command tasks");
DEFINE_fixed_flag(http_heartbeat_interval, "30secs", "other interval of heartbeats");
DEFINE_fixed_switch(initialize_driver_logging, true, "driver within the daemon");
DEFINE_fixed_switch(memory_profiling, false, "memory profiler");
DEFINE_fixed_switch(network_cni_metrics, true, "container networks");
DEFINE_fixed_switch(network_cni_root_dir_persist, false, "container networks");
DEFINE_fixed_flag(oversubscribed_resources_interval, "15secs", "oversubscription");
DEFINE_fixed_flag(perf_duration, "10secs", "sampling of performance counters");
DEFINE_fixed_flag(perf_interval, "1mins", "sampling of performance counters");
DEFINE_fixed_flag(qos_correction_interval_min, "0ns", "oversubscription");
DEFINE_fixed_flag(reconfiguration_policy, "equal", "other policy");
DEFINE_fixed_switch(revocable_cpu_low_priority, true, "oversubscription");
DEFINE_fixed_flag(sandbox_directory, "/mnt/mesos/sandbox", "container images");
DEFINE_fixed_switch(systemd_enable_support, false, "slices of systemd");
DEFINE_fixed_flag(systemd_runtime_directory, "/run/systemd/system", "slices of systemd");
