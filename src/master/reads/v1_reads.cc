#include "master/reads/v1_reads.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/resources/quantity.h"
#include "master/core/operators/operator_reads.h"
#include "master/reads/element_lists.h"
#include "master/reads/roles.h"

namespace mesos::master {
namespace {

using Call = v1::master::Call;
using Response = v1::master::Response;

void ReadAgents(const Snapshot& snapshot, Response::GetAgents* out) {
  for (size_t i = 0; i < snapshot.agents.size(); ++i) {
    if (snapshot.agents[i] != nullptr) ReadAgent(*snapshot.agents[i], out->add_agents());
  }
  for (const auto& info : *snapshot.awaited_agents) *out->add_recovered_agents() = *info;
}

void ReadFrameworks(const Snapshot& snapshot, Response::GetFrameworks* out) {
  for (size_t i = 0; i < snapshot.frameworks.size(); ++i) {
    if (snapshot.frameworks[i] == nullptr) continue;
    ReadFramework(*snapshot.frameworks[i], out->add_frameworks());
  }
  for (const auto& framework : *snapshot.completed_frameworks) {
    ReadFramework(*framework, out->add_completed_frameworks());
  }
}

void ReadExecutors(const Snapshot& snapshot, Response::GetExecutors* out) {
  for (size_t i = 0; i < snapshot.agents.size(); ++i) {
    if (snapshot.agents[i] == nullptr) continue;
    for (const ExecutorView& executor : snapshot.agents[i]->executors) {
      ReadExecutor(*snapshot.agents[i], executor, out->add_executors());
    }
  }
}

void ReadTasks(const Snapshot& snapshot, Response::GetTasks* out) {
  const auto read = [&](TaskKind kind, google::protobuf::RepeatedPtrField<v1::Task>* tasks) {
    for (const absl::Span<const TaskRecord>& span : TasksOf(snapshot, kind)) {
      for (const TaskRecord& task : span) *tasks->Add() = task.ToProto();
    }
  };
  read(TaskKind::kRunning, out->mutable_tasks());
  read(TaskKind::kCompleted, out->mutable_completed_tasks());
  read(TaskKind::kUnreachable, out->mutable_unreachable_tasks());
}

void ReadRoles(const Snapshot& snapshot, Response::GetRoles* out) {
  for (const auto& [name, figures] : RolesOf(snapshot)) {
    v1::Role* role = out->add_roles();
    role->set_name(name);
    role->set_weight(snapshot.Weight(name));
    for (const std::string& id : figures.frameworks) role->add_frameworks()->set_value(id);
    // As totals by name: Mesos leaves out what is not a scalar.
    std::map<std::string, int64_t> totals;
    for (const ResourceSet* resources : {&figures.allocated, &figures.offered}) {
      for (const ResourceSet::Entry& entry : resources->entries()) {
        if (entry.value.type() != ResourceValue::Type::kScalar) continue;
        totals[entry.identity->name()] += entry.value.scalar() * entry.count;
      }
    }
    for (const auto& [resource, amount] : totals) {
      v1::Resource* total = role->add_resources();
      total->set_name(resource);
      total->set_type(v1::Value::SCALAR);
      total->mutable_scalar()->set_value(FromThousandths(amount));
    }
  }
}

void ReadWeights(const Snapshot& snapshot, Response* out) {
  for (const auto& [role, weight] : snapshot.set_weights) {
    v1::WeightInfo* info = out->mutable_get_weights()->add_weight_infos();
    info->set_role(role);
    info->set_weight(weight);
  }
}

void ReadMaster(const Snapshot& snapshot, Response::GetMaster* out) {
  *out->mutable_master_info() = *snapshot.master_info;
  const double start_time = absl::ToDoubleSeconds(snapshot.options->start_time - absl::UnixEpoch());
  out->set_start_time(start_time);
  out->set_elected_time(start_time);
}

}  // namespace

bool IsRead(Call::Type type) {
  switch (type) {
    case Call::GET_HEALTH:
    case Call::GET_VERSION:
    case Call::GET_MASTER:
    case Call::GET_STATE:
    case Call::GET_AGENTS:
    case Call::GET_FRAMEWORKS:
    case Call::GET_EXECUTORS:
    case Call::GET_OPERATIONS:
    case Call::GET_TASKS:
    case Call::GET_ROLES:
    case Call::GET_WEIGHTS:
    case Call::GET_QUOTA:
    case Call::GET_MAINTENANCE_STATUS:
    case Call::GET_MAINTENANCE_SCHEDULE:
      return true;
    case Call::UNKNOWN:
    case Call::GET_FLAGS:
    case Call::GET_METRICS:
    case Call::GET_LOGGING_LEVEL:
    case Call::SET_LOGGING_LEVEL:
    case Call::LIST_FILES:
    case Call::READ_FILE:
    case Call::UPDATE_WEIGHTS:
    case Call::SUBSCRIBE:
    case Call::RESERVE_RESOURCES:
    case Call::UNRESERVE_RESOURCES:
    case Call::CREATE_VOLUMES:
    case Call::DESTROY_VOLUMES:
    case Call::UPDATE_MAINTENANCE_SCHEDULE:
    case Call::START_MAINTENANCE:
    case Call::STOP_MAINTENANCE:
    case Call::SET_QUOTA:
    case Call::REMOVE_QUOTA:
    case Call::TEARDOWN:
    case Call::MARK_AGENT_GONE:
    case Call::GROW_VOLUME:
    case Call::SHRINK_VOLUME:
    case Call::UPDATE_QUOTA:
    case Call::DRAIN_AGENT:
    case Call::DEACTIVATE_AGENT:
    case Call::REACTIVATE_AGENT:
      return false;
  }
  return false;
}

absl::StatusOr<Response> Read(const Snapshot& snapshot, const Call& call) {
  Response response;
  // The types of answers have the names of their calls.
  Response::Type type = Response::UNKNOWN;
  if (!IsRead(call.type()) || !Response::Type_Parse(Call::Type_Name(call.type()), &type)) {
    return absl::UnimplementedError(
        absl::StrCat("The operator call ", Call::Type_Name(call.type()), " is not a read"));
  }
  response.set_type(type);
  if (type == Response::GET_HEALTH) {
    response.mutable_get_health()->set_healthy(true);
  } else if (type == Response::GET_VERSION) {
    response.mutable_get_version()->mutable_version_info()->set_version(snapshot.options->version);
  } else if (type == Response::GET_MASTER) {
    ReadMaster(snapshot, response.mutable_get_master());
  } else if (type == Response::GET_STATE) {
    Response::GetState* state = response.mutable_get_state();
    ReadTasks(snapshot, state->mutable_get_tasks());
    ReadExecutors(snapshot, state->mutable_get_executors());
    ReadFrameworks(snapshot, state->mutable_get_frameworks());
    ReadAgents(snapshot, state->mutable_get_agents());
  } else if (type == Response::GET_AGENTS) {
    ReadAgents(snapshot, response.mutable_get_agents());
  } else if (type == Response::GET_FRAMEWORKS) {
    ReadFrameworks(snapshot, response.mutable_get_frameworks());
  } else if (type == Response::GET_EXECUTORS) {
    ReadExecutors(snapshot, response.mutable_get_executors());
  } else if (type == Response::GET_TASKS) {
    ReadTasks(snapshot, response.mutable_get_tasks());
  } else if (type == Response::GET_ROLES) {
    ReadRoles(snapshot, response.mutable_get_roles());
  } else if (type == Response::GET_WEIGHTS) {
    ReadWeights(snapshot, &response);
  } else if (type == Response::GET_OPERATIONS) {
    response.mutable_get_operations();
  } else if (type == Response::GET_QUOTA) {
    response.mutable_get_quota()->mutable_status();
  } else if (type == Response::GET_MAINTENANCE_STATUS) {
    response.mutable_get_maintenance_status()->mutable_status();
  } else if (type == Response::GET_MAINTENANCE_SCHEDULE) {
    response.mutable_get_maintenance_schedule()->mutable_schedule();
  }
  return response;
}

}  // namespace mesos::master
