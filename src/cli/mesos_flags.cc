// Flags of Mesos' mesos-execute whose feature this version lacks. See fixed_flag.h.

#include "common/flags/fixed_flag.h"

DEFINE_fixed_flag(appc_image, "", "container images");
DEFINE_fixed_flag(bounding_capabilities, "", "isolation by capabilities");
DEFINE_fixed_flag(containerizer, "mesos", "Docker containers");
DEFINE_fixed_flag(docker_image, "", "container images");
DEFINE_fixed_flag(effective_capabilities, "", "isolation by capabilities");
DEFINE_fixed_flag(networks, "", "container networks");
DEFINE_fixed_flag(offer_constraints, "", "constraints on offers");
DEFINE_fixed_switch(overwrite, false, "packages in HDFS");
DEFINE_fixed_flag(package, "", "packages in HDFS");
DEFINE_fixed_flag(rlimits, "", "limits of a task's processes");
DEFINE_fixed_flag(task_group, "", "task groups");
DEFINE_fixed_switch(tty, false, "terminals of tasks");
DEFINE_fixed_flag(volumes, "", "volumes");

// Without --package they have no effect in Mesos either.
DEFINE_string(hadoop, "hadoop", "Has no effect: this version has no packages in HDFS.");
DEFINE_string(hdfs, "localhost:9000", "Has no effect: this version has no packages in HDFS.");
