#pragma once

// What mesos-execute is to run, made of its flags.
//
//   ASSIGN_OR_RETURN(ExecutePlan plan, MakePlan(flags));
//   plan.framework; plan.tasks;        // tasks lack only their agent
//
// Thread-safe; reads the file that a flag names. Every error is InvalidArgument and names the flag
// and the value.

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
  std::string principal;
  std::string capabilities;  // names between commas
  bool partition_aware = true;
  std::string content_type = "protobuf";
  // A TaskInfo as JSON, or the absolute path of a file of it; in place of name, command and
  // resources.
  std::string task;
  int instances = 1;
  bool checkpoint = false;
};

struct ExecutePlan {
  v1::FrameworkInfo framework;
  std::vector<v1::TaskInfo> tasks;
};

absl::StatusOr<ExecutePlan> MakePlan(const ExecuteFlags& flags);

}  // namespace mesos::cli
