#pragma once

// What mesos-execute is to run, made of its flags.
//
//   ASSIGN_OR_RETURN(ExecutePlan plan, MakePlan(flags));
//   plan.framework; plan.tasks;        // tasks lack only their agent
//
// Pure functions, thread-safe. Every error is InvalidArgument and names the flag and the value.

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::cli {

struct ExecuteFlags {
  std::string name;
  std::string command;
  bool shell = true;
  std::string
      arguments;  // argv of a command that no shell runs: a JSON array, or words between spaces
  std::string environment;  // a JSON object, or NAME=value,NAME=value
  std::string resources;
  std::string role;
  std::string user;
  std::string capabilities;  // names between commas
  std::string task;          // a TaskInfo as JSON, in place of name, command and resources
  int instances = 1;
  bool checkpoint = false;
};

struct ExecutePlan {
  v1::FrameworkInfo framework;
  std::vector<v1::TaskInfo> tasks;
};

absl::StatusOr<ExecutePlan> MakePlan(const ExecuteFlags& flags);

}  // namespace mesos::cli
