#include "cli/execute_plan.h"

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/resources/parse.h"

namespace mesos::cli {
namespace {

constexpr int kMaxInstances = 100'000;
constexpr size_t kMaxFileBytes = 16 << 20;

absl::Status Bad(absl::string_view flag, absl::string_view value, absl::string_view fault) {
  constexpr size_t kShown = 200;
  return absl::InvalidArgumentError(
      absl::StrCat("--", flag, "='", value.substr(0, kShown), "': ", fault));
}

absl::Status FromJson(absl::string_view flag, const std::string& json,
                      google::protobuf::Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) return absl::OkStatus();
  return Bad(flag, json, std::string(status.message()));
}

absl::Status AddVariable(const std::string& name, const std::string& value,
                         v1::CommandInfo* command) {
  if (name.empty()) return Bad("env", absl::StrCat(name, "=", value), "a variable has no name");
  auto* variable = command->mutable_environment()->add_variables();
  variable->set_name(name);
  variable->set_value(value);
  return absl::OkStatus();
}

absl::Status AddEnvironment(const std::string& text, v1::CommandInfo* command) {
  if (text.empty()) return absl::OkStatus();
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "{")) {
    google::protobuf::Struct object;
    RETURN_IF_ERROR(FromJson("env", text, &object));
    // The map's own order changes from run to run.
    const std::map<std::string, google::protobuf::Value> fields(object.fields().begin(),
                                                                object.fields().end());
    for (const auto& [name, value] : fields) {
      if (value.kind_case() != google::protobuf::Value::kStringValue) {
        return Bad("env", text, absl::StrCat("the value of '", name, "' is not a string"));
      }
      RETURN_IF_ERROR(AddVariable(name, value.string_value(), command));
    }
    return absl::OkStatus();
  }
  for (absl::string_view pair : absl::StrSplit(text, ',')) {
    const size_t equals = pair.find('=');
    if (equals == absl::string_view::npos) {
      return Bad("env", text, absl::StrCat("'", pair, "' is not of the form NAME=value"));
    }
    RETURN_IF_ERROR(AddVariable(std::string(pair.substr(0, equals)),
                                std::string(pair.substr(equals + 1)), command));
  }
  return absl::OkStatus();
}

absl::Status AddArguments(const ExecuteFlags& flags, v1::CommandInfo* command) {
  if (flags.shell) {
    if (flags.arguments.empty()) return absl::OkStatus();
    return Bad("arguments", flags.arguments, "a shell command takes no arguments; add --no-shell");
  }
  command->add_arguments(flags.command);  // argv[0]
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(flags.arguments), "[")) {
    google::protobuf::ListValue list;
    RETURN_IF_ERROR(FromJson("arguments", flags.arguments, &list));
    for (const auto& value : list.values()) {
      if (value.kind_case() != google::protobuf::Value::kStringValue) {
        return Bad("arguments", flags.arguments, "an argument is not a string");
      }
      command->add_arguments(value.string_value());
    }
    return absl::OkStatus();
  }
  for (absl::string_view word : absl::StrSplit(flags.arguments, ' ', absl::SkipEmpty())) {
    command->add_arguments(std::string(word));
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::TaskInfo> TaskOfFlags(const ExecuteFlags& flags) {
  if (flags.name.empty()) {
    return absl::InvalidArgumentError("Missing required flag '--name' (or --task); see --help");
  }
  if (flags.command.empty()) {
    return absl::InvalidArgumentError("Missing required flag '--command' (or --task); see --help");
  }
  v1::TaskInfo task;
  task.set_name(flags.name);
  task.mutable_task_id()->set_value(flags.name);
  v1::CommandInfo* command = task.mutable_command();
  command->set_value(flags.command);
  command->set_shell(flags.shell);
  if (!flags.user.empty()) command->set_user(flags.user);
  RETURN_IF_ERROR(AddArguments(flags, command));
  RETURN_IF_ERROR(AddEnvironment(flags.environment, command));
  auto resources = ParseResources(flags.resources);
  if (!resources.ok()) return Bad("resources", flags.resources, resources.status().message());
  resources->ToProto(task.mutable_resources());
  return task;
}

// A flag's JSON, which may stand in a file.
absl::StatusOr<std::string> TextOf(absl::string_view flag, const std::string& value) {
  if (!absl::StartsWith(value, "/")) return value;
  std::ifstream file(value, std::ios::binary);
  std::string text(kMaxFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.gcount() == 0)) {
    return Bad(flag, value, "the file cannot be read");
  }
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kMaxFileBytes) return Bad(flag, value, "the file is larger than 16 MiB");
  return text;
}

// As Mesos reads it: what is not known is passed over.
google::protobuf::util::JsonParseOptions Lenient() {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  return options;
}

absl::StatusOr<v1::TaskInfo> TaskOfJson(const ExecuteFlags& flags) {
  for (const auto& [name, value] : {std::pair<const char*, const std::string&>{"name", flags.name},
                                    {"command", flags.command},
                                    {"env", flags.environment},
                                    {"arguments", flags.arguments}}) {
    if (!value.empty()) return Bad(name, value, "--task says it already; give one of the two");
  }
  // A TaskInfo without an agent does not parse, but its agent is only known once there is an offer.
  google::protobuf::Struct object;
  ASSIGN_OR_RETURN(const std::string text, TextOf("task", flags.task));
  RETURN_IF_ERROR(FromJson("task", text, &object));
  (*(*object.mutable_fields())["agent_id"].mutable_struct_value()->mutable_fields())["value"]
      .set_string_value("");
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(object, &json).ok()) {
    return Bad("task", flags.task, "it is not a JSON object");
  }
  v1::TaskInfo task;
  if (const auto status = google::protobuf::util::JsonStringToMessage(json, &task, Lenient());
      !status.ok()) {
    return Bad("task", flags.task,
               absl::StrCat("it is no TaskInfo: ", std::string(status.message())));
  }
  if (task.task_id().value().empty()) return Bad("task", flags.task, "it has no task_id");
  auto resources = ResourceSet::FromProto(task.resources());
  if (!resources.ok()) return Bad("task", flags.task, resources.status().message());
  if (resources->empty()) return Bad("task", flags.task, "it has no resources");
  task.clear_resources();
  resources->ToProto(task.mutable_resources());
  return task;
}

// What the driver speaks is its own business; a script may name either.
absl::Status CheckContentType(const std::string& value) {
  for (const char* known : {"json", "protobuf", "application/json", "application/x-protobuf"}) {
    if (value == known) return absl::OkStatus();
  }
  return Bad("content_type", value, "it is to be 'json' or 'protobuf'");
}

absl::StatusOr<v1::FrameworkInfo> FrameworkOfFlags(const ExecuteFlags& flags) {
  using Capability = v1::FrameworkInfo::Capability;
  v1::FrameworkInfo framework;
  framework.set_user(flags.user);
  framework.set_name("mesos-execute instance");
  framework.set_checkpoint(flags.checkpoint);
  if (!flags.principal.empty()) framework.set_principal(flags.principal);
  framework.add_roles(flags.role);
  std::vector<Capability::Type> types = {Capability::MULTI_ROLE, Capability::RESERVATION_REFINEMENT,
                                         Capability::TASK_KILLING_STATE,
                                         Capability::REVOCABLE_RESOURCES};
  if (flags.partition_aware) types.push_back(Capability::PARTITION_AWARE);
  for (absl::string_view text : absl::StrSplit(flags.capabilities, ',', absl::SkipEmpty())) {
    const std::string name(absl::StripAsciiWhitespace(text));
    Capability::Type type;
    if (!Capability::Type_Parse(name, &type) || type == Capability::UNKNOWN) {
      return Bad("framework_capabilities", flags.capabilities,
                 absl::StrCat("'", name, "' is no capability of a framework"));
    }
    if (std::find(types.begin(), types.end(), type) == types.end()) types.push_back(type);
  }
  for (const Capability::Type type : types) framework.add_capabilities()->set_type(type);
  return framework;
}

}  // namespace

absl::StatusOr<ExecutePlan> MakePlan(const ExecuteFlags& flags) {
  ExecutePlan plan;
  RETURN_IF_ERROR(CheckContentType(flags.content_type));
  ASSIGN_OR_RETURN(plan.framework, FrameworkOfFlags(flags));
  if (flags.instances < 1 || flags.instances > kMaxInstances) {
    return Bad("instances", absl::StrCat(flags.instances),
               absl::StrCat("it is to be from 1 to ", kMaxInstances));
  }
  ASSIGN_OR_RETURN(v1::TaskInfo task, flags.task.empty() ? TaskOfFlags(flags) : TaskOfJson(flags));
  if (flags.instances == 1) {
    plan.tasks.push_back(std::move(task));
    return plan;
  }
  const std::string id = task.task_id().value();
  for (int i = 1; i <= flags.instances; ++i) {
    task.mutable_task_id()->set_value(absl::StrCat(id, "-", i));
    plan.tasks.push_back(task);
  }
  return plan;
}

}  // namespace mesos::cli
