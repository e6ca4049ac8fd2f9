#pragma once

// The messages of the v1 API under the short names that Mesos' own driver interface uses:
// mesos::TaskInfo is mesos::v1::TaskInfo, and so on.

#include <mesos/v1/mesos.pb.h>

namespace mesos {

using v1::AgentID;
using v1::AgentInfo;
using v1::CommandInfo;
using v1::Credential;
using v1::Environment;
using v1::ExecutorID;
using v1::ExecutorInfo;
using v1::Filters;
using v1::FrameworkID;
using v1::FrameworkInfo;
using v1::KillPolicy;
using v1::MasterInfo;
using v1::Offer;
using v1::OfferID;
using v1::Request;
using v1::Resource;
using v1::TaskID;
using v1::TaskInfo;
using v1::TaskStatus;
using v1::Value;

using v1::DRIVER_ABORTED;
using v1::DRIVER_NOT_STARTED;
using v1::DRIVER_RUNNING;
using v1::DRIVER_STOPPED;
using v1::Status;
using v1::Status_Name;

using v1::TASK_DROPPED;
using v1::TASK_ERROR;
using v1::TASK_FAILED;
using v1::TASK_FINISHED;
using v1::TASK_GONE;
using v1::TASK_GONE_BY_OPERATOR;
using v1::TASK_KILLED;
using v1::TASK_KILLING;
using v1::TASK_LOST;
using v1::TASK_RUNNING;
using v1::TASK_STAGING;
using v1::TASK_STARTING;
using v1::TASK_UNKNOWN;
using v1::TASK_UNREACHABLE;
using v1::TaskState;
using v1::TaskState_Name;

}  // namespace mesos
