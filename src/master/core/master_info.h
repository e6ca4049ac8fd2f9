#pragma once

// What others are told of a master: its agents and schedulers, readers, and whoever looks for the
// leader in ZooKeeper.

#include "master/core/master_core.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::master {

v1::MasterInfo MakeMasterInfo(const MasterOptions& options);

}  // namespace mesos::master
