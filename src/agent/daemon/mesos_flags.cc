// Flags of Mesos' agent whose feature this agent lacks. See fixed_flag.h for the three kinds. What
// only tunes an isolator or the Docker containerizer has no effect, since --isolation and
// --containerizers refuse those by name; what promises to restrain tasks is refused by itself.

#include "common/flags/fixed_flag.h"

using mesos::flags::CheckAnything;
using mesos::flags::CheckBytes;
using mesos::flags::CheckDuration;
using mesos::flags::CheckNumber;
using mesos::flags::CheckOptionalDuration;

namespace mesos::agent {
namespace {

// Which has no effect while operators are not authenticated.
absl::Status CheckHttpAuthenticators(const std::string& value) {
  if (value.empty()) return absl::OkStatus();
  return flags::CheckFixed(value, "basic", "authentication");
}

}  // namespace
}  // namespace mesos::agent

// ---- Who may what
DEFINE_refused_flag(acls, "authorization");
DEFINE_fixed_switch(authenticate_http_executors, false, "authentication of executors");
DEFINE_fixed_switch(authenticate_http_readonly, false, "authentication of operators");
DEFINE_fixed_switch(authenticate_http_readwrite, false, "authentication of operators");
DEFINE_deprecated_name(authenticate_http, authenticate_http_readwrite);
DEFINE_fixed_flag(authenticatee, "crammd5", "authentication");
DEFINE_idle_flag(authentication_backoff_factor, "1secs", "authentication", CheckDuration);
DEFINE_idle_flag(authentication_timeout_max, "1mins", "authentication", CheckDuration);
DEFINE_idle_flag(authentication_timeout_min, "5secs", "authentication", CheckDuration);
DEFINE_deprecated_name(authentication_timeout, authentication_timeout_min);
DEFINE_fixed_flag(authorizer, "local", "authorization");
DEFINE_refused_secret(credential, "authentication");
DEFINE_refused_flag(firewall_rules, "firewall of endpoints");
DEFINE_checked_string(http_authenticators, "", "Only 'basic': this version has no authentication.",
                      mesos::agent::CheckHttpAuthenticators);
DEFINE_refused_secret(http_credentials, "authentication");
DEFINE_refused_secret(jwt_secret_key, "authentication of executors");
DEFINE_deprecated_name(executor_secret_key, jwt_secret_key);
DEFINE_refused_flag(secret_resolver, "secrets");

// ---- Isolation
DEFINE_refused_flag(agent_subsystems, "isolation by cgroups");
DEFINE_deprecated_name(slave_subsystems, agent_subsystems);
DEFINE_idle_flag(allowed_devices, "", "isolation by cgroups", CheckAnything);
DEFINE_refused_flag(bounding_capabilities, "limit of tasks' capabilities");
DEFINE_idle_switch(cgroups_cpu_enable_pids_and_tids_count, false, "isolation by cgroups");
DEFINE_idle_flag(cgroups_destroy_timeout, "1mins", "isolation by cgroups", CheckDuration);
DEFINE_idle_switch(cgroups_enable_cfs, false, "isolation by cgroups");
DEFINE_idle_flag(cgroups_hierarchy, "/sys/fs/cgroup", "isolation by cgroups", CheckAnything);
DEFINE_idle_switch(cgroups_limit_swap, false, "isolation by cgroups");
DEFINE_idle_flag(cgroups_net_cls_primary_handle, "", "isolation by cgroups", CheckAnything);
DEFINE_idle_flag(cgroups_net_cls_secondary_handles, "", "isolation by cgroups", CheckAnything);
DEFINE_idle_flag(cgroups_root, "mesos", "isolation by cgroups", CheckAnything);
DEFINE_idle_flag(container_disk_watch_interval, "15secs", "quota of sandboxes", CheckDuration);
DEFINE_idle_flag(default_container_shm_size, "", "isolation by namespaces", CheckBytes);
DEFINE_fixed_switch(disallow_sharing_agent_ipc_namespace, false, "isolation by namespaces");
DEFINE_fixed_switch(disallow_sharing_agent_pid_namespace, false, "isolation by namespaces");
DEFINE_refused_flag(effective_capabilities, "limit of tasks' capabilities");
DEFINE_deprecated_name(allowed_capabilities, effective_capabilities);
DEFINE_fixed_switch(enforce_container_disk_quota, false, "quota of sandboxes");
DEFINE_idle_flag(host_path_volume_force_creation, "", "isolation of file systems", CheckAnything);
DEFINE_refused_flag(nvidia_gpu_devices, "isolation of GPUs");
DEFINE_idle_flag(perf_duration, "10secs", "sampling of performance counters", CheckDuration);
DEFINE_idle_flag(perf_events, "", "sampling of performance counters", CheckAnything);
DEFINE_idle_flag(perf_interval, "1mins", "sampling of performance counters", CheckDuration);
DEFINE_refused_flag(seccomp_config_dir, "filter of system calls");
DEFINE_refused_flag(seccomp_profile_name, "filter of system calls");
DEFINE_refused_flag(volume_gid_range, "volumes");
DEFINE_idle_switch(xfs_kill_containers, false, "quota of sandboxes");
DEFINE_idle_flag(xfs_project_range, "", "quota of sandboxes", CheckAnything);

// ---- Networks of containers
DEFINE_idle_switch(check_agent_port_range_only, false, "isolation of ports");
DEFINE_idle_flag(container_ports_isolated_range, "", "isolation of ports", CheckAnything);
DEFINE_idle_flag(container_ports_watch_interval, "30secs", "isolation of ports", CheckDuration);
DEFINE_idle_flag(default_container_dns, "", "container networks", CheckAnything);
DEFINE_idle_flag(egress_flow_classifier_parent, "", "isolation of ports", CheckAnything);
DEFINE_refused_flag(egress_rate_limit_per_container, "limit of containers' traffic");
DEFINE_idle_switch(egress_unique_flow_per_container, false, "isolation of ports");
DEFINE_fixed_switch(enforce_container_ports, false, "isolation of ports");
DEFINE_idle_flag(ephemeral_ports_per_container, "", "isolation of ports", CheckNumber);
DEFINE_idle_flag(eth0_name, "", "isolation of ports", CheckAnything);
DEFINE_refused_flag(ip6, "IPv6 addresses of containers");
DEFINE_refused_flag(ip6_discovery_command, "IPv6 addresses of containers");
DEFINE_idle_flag(lo_name, "", "isolation of ports", CheckAnything);
DEFINE_refused_flag(network_cni_config_dir, "container networks");
DEFINE_idle_switch(network_cni_metrics, true, "container networks");
DEFINE_refused_flag(network_cni_plugins_dir, "container networks");
DEFINE_idle_switch(network_cni_root_dir_persist, false, "container networks");
DEFINE_idle_switch(network_enable_snmp_statistics, false, "isolation of ports");
DEFINE_idle_switch(network_enable_socket_statistics_details, false, "isolation of ports");
DEFINE_idle_switch(network_enable_socket_statistics_summary, false, "isolation of ports");

// ---- Docker and images
DEFINE_idle_flag(appc_simple_discovery_uri_prefix, "http://", "container images", CheckAnything);
DEFINE_idle_flag(appc_store_dir, "/tmp/mesos/store/appc", "container images", CheckAnything);
DEFINE_refused_flag(default_container_info, "containers with a configuration of their own");
DEFINE_idle_flag(docker, "docker", "Docker containers", CheckAnything);
DEFINE_idle_flag(docker_config, "", "Docker images", CheckAnything);
DEFINE_idle_switch(docker_ignore_runtime, false, "Docker containers");
DEFINE_idle_switch(docker_kill_orphans, true, "Docker containers");
DEFINE_idle_flag(docker_mesos_image, "", "Docker containers", CheckAnything);
DEFINE_idle_flag(docker_registry, "https://registry-1.docker.io", "Docker images", CheckAnything);
DEFINE_idle_flag(docker_remove_delay, "6hrs", "Docker containers", CheckDuration);
DEFINE_idle_flag(docker_socket, "/var/run/docker.sock", "Docker containers", CheckAnything);
DEFINE_idle_flag(docker_stop_timeout, "0ns", "Docker containers", CheckDuration);
DEFINE_idle_flag(docker_store_dir, "/tmp/mesos/store/docker", "Docker images", CheckAnything);
DEFINE_idle_flag(docker_volume_checkpoint_dir, "/var/run/mesos/isolators/docker/volume",
                 "Docker volumes", CheckAnything);
DEFINE_idle_switch(docker_volume_chown, false, "Docker volumes");
DEFINE_idle_flag(image_gc_config, "", "container images", CheckAnything);
DEFINE_refused_flag(image_providers, "container images");
DEFINE_idle_flag(image_provisioner_backend, "", "container images", CheckAnything);
DEFINE_idle_flag(sandbox_directory, "/mnt/mesos/sandbox", "container images", CheckAnything);

// ---- Sandboxes and what is fetched into them
DEFINE_idle_flag(fetcher_cache_dir, "/tmp/mesos/fetch", "cache of fetched files", CheckAnything);
DEFINE_idle_flag(fetcher_cache_size, "2GB", "cache of fetched files", CheckBytes);
DEFINE_fixed_flag(fetcher_stall_timeout, "1mins", "other limit of stalled transfers");
DEFINE_idle_switch(gc_non_executor_container_sandboxes, false, "nested containers");
DEFINE_idle_flag(hadoop_home, "", "fetching from HDFS", CheckAnything);

// ---- The rest
DEFINE_refused_flag(agent_features, "way to go without a feature");
DEFINE_refused_flag(container_logger, "modules");
DEFINE_refused_flag(csi_plugin_config_dir, "resource providers");
DEFINE_refused_flag(disk_profile_adaptor, "modules");
DEFINE_refused_flag(domain, "fault domains");
DEFINE_idle_flag(executor_reregistration_retry_interval, "", "executors of Mesos' old protocol",
                 CheckOptionalDuration);
DEFINE_refused_flag(hooks, "modules");
DEFINE_idle_switch(http_command_executor, false, "executor of command tasks");
DEFINE_idle_flag(http_heartbeat_interval, "30secs", "streams of containers' output", CheckDuration);
DEFINE_idle_switch(initialize_driver_logging, true, "driver within the daemon");
DEFINE_refused_flag(master_detector, "modules");
DEFINE_fixed_switch(memory_profiling, false, "memory profiler");
DEFINE_refused_flag(modules, "modules");
DEFINE_refused_flag(modules_dir, "modules");
DEFINE_idle_flag(oversubscribed_resources_interval, "15secs", "oversubscription", CheckDuration);
DEFINE_refused_flag(qos_controller, "oversubscription");
DEFINE_idle_flag(qos_correction_interval_min, "0ns", "oversubscription", CheckDuration);
DEFINE_refused_flag(resource_estimator, "oversubscription");
DEFINE_refused_flag(resource_provider_config_dir, "resource providers");
DEFINE_idle_switch(revocable_cpu_low_priority, true, "oversubscription");
DEFINE_fixed_switch(systemd_enable_support, false, "slices of systemd");
DEFINE_idle_flag(systemd_runtime_directory, "/run/systemd/system", "slices of systemd",
                 CheckAnything);
