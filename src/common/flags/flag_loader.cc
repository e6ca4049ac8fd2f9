#include "common/flags/flag_loader.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/flags/flag_table.h"
#include "common/flags/tls.h"

namespace mesos::flags {
namespace {

constexpr char kPrefix[] = "MESOS_";

// Variables with the prefix that Mesos' executors, libraries and images have, and that are no flags
// of a daemon.
constexpr const char* kOthersVariables[] = {"agent_endpoint",
                                            "allocation_role",
                                            "build_dir",
                                            "checkpoint",
                                            "container_id",
                                            "container_ip",
                                            "directory",
                                            "domain_socket",
                                            "executor_authentication_token",
                                            "executor_id",
                                            "framework_id",
                                            "help",
                                            "local",
                                            "native_java_library",
                                            "native_library",
                                            "sandbox",
                                            "slave_id",
                                            "slave_pid",
                                            "source_dir",
                                            "subscription_backoff_max",
                                            "task_id",
                                            "verbose",
                                            "version"};

struct LibprocessVariable {
  const char* variable;
  const char* flag;
};
constexpr LibprocessVariable kLibprocessVariables[] = {
    {"LIBPROCESS_IP", "ip"},
    {"LIBPROCESS_PORT", "port"},
    {"LIBPROCESS_ADVERTISE_IP", "advertise_ip"},
    {"LIBPROCESS_ADVERTISE_PORT", "advertise_port"}};

struct Argument {
  std::string name;  // as the user writes it, with underscores
  std::optional<std::string> value;
  bool negated = false;
};

Argument SplitArgument(const std::string& text) {
  Argument argument;
  const std::string body = text.substr(2);
  const size_t equals = body.find('=');
  argument.name = absl::AsciiStrToLower(absl::StrReplaceAll(body.substr(0, equals), {{"-", "_"}}));
  if (equals != std::string::npos) argument.value = body.substr(equals + 1);
  return argument;
}

bool IsOthers(absl::string_view name) {
  for (const char* other : kOthersVariables) {
    if (name == other) return true;
  }
  return false;
}

std::string KindOf(const std::string& type) {
  if (type == "bool") return "switch; use true or false";
  if (type == "string") return "text";
  return "number";
}

}  // namespace

absl::Status FlagLoader::LoadArguments(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--" && program_.daemon) break;
    if (absl::StartsWith(argument, "--") && argument.size() > 2) {
      RETURN_IF_ERROR(LoadArgument(argument));
    } else if (program_.daemon) {
      notes_.push_back(absl::StrCat("ignored on the command line, as it is no flag: '",
                                    absl::string_view(argument).substr(0, 100), "'"));
    } else {
      return absl::InvalidArgumentError(
          absl::StrCat("Unexpected argument '", argument, "'; flags have the form --name=value"));
    }
  }
  return absl::OkStatus();
}

// The name of the flag that `given` means; a former name is noted.
std::string FlagLoader::Resolve(const std::string& given) {
  const auto former = DeprecatedNames().find(given);
  if (former == DeprecatedNames().end()) return given;
  notes_.push_back(
      absl::StrCat("the flag '", given, "' is deprecated: it is called '", former->second, "'"));
  return former->second;
}

absl::Status FlagLoader::LoadArgument(const std::string& text) {
  Argument argument = SplitArgument(text);
  std::string name = Resolve(argument.name);
  gflags::CommandLineFlagInfo flag;
  if (!FindFlag(name, &flag)) {
    absl::string_view positive = argument.name;
    if (absl::ConsumePrefix(&positive, "no_")) name = Resolve(std::string(positive));
    if (!FindFlag(name, &flag) || flag.type != "bool") {
      return absl::InvalidArgumentError(
          absl::StrCat("Failed to load unknown flag '", argument.name, "'; see --help"));
    }
    argument.negated = true;
  }
  const std::string source = absl::StrCat("flag '", name, "'");
  if (sources_.contains(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Duplicate flag '", name, "' on the command line"));
  }
  if (argument.negated && argument.value.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to load ", source, ": '", text, "' takes no value"));
  }
  if (argument.negated) argument.value = "false";
  if (!argument.value.has_value()) {
    if (flag.type != "bool") {
      return absl::InvalidArgumentError(
          absl::StrCat("Failed to load ", source, ": it needs a value, as in --", name, "=value"));
    }
    argument.value = "true";
  }
  return Set(name, source, *argument.value);
}

absl::Status FlagLoader::LoadEnvironment(const std::vector<std::string>& environment) {
  Variables variables;
  for (const std::string& entry : environment) {
    const size_t equals = entry.find('=');
    if (equals != std::string::npos) variables[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  for (const auto& [variable, value] : variables) {
    if (absl::StartsWith(variable, kPrefix)) RETURN_IF_ERROR(LoadVariable(variable, value));
  }
  if (!unknown_.empty() && program_.daemon) {
    notes_.push_back(absl::StrCat("ignored in the environment, as ", program_.name,
                                  " has no such flags: ", absl::StrJoin(unknown_, ", ")));
  }
  return LoadLibprocess(variables);
}

absl::Status FlagLoader::LoadVariable(const std::string& variable, const std::string& value) {
  const std::string given = absl::AsciiStrToLower(absl::StripPrefix(variable, kPrefix));
  const auto former = DeprecatedNames().find(given);
  const std::string name = former == DeprecatedNames().end() ? given : former->second;
  gflags::CommandLineFlagInfo flag;
  if (!FindFlag(name, &flag)) {
    if (!IsOthers(name)) unknown_.push_back(variable);
    return absl::OkStatus();
  }
  if (const auto same = variables_.find(name); same != variables_.end()) {
    return absl::InvalidArgumentError(absl::StrCat("The environment variables '", same->second,
                                                   "' and '", variable, "' are the same flag '",
                                                   name, "'; take one away"));
  }
  if (sources_.contains(name)) return absl::OkStatus();
  Resolve(given);
  variables_[name] = variable;
  return Set(name, absl::StrCat("flag '", name, "' from environment variable '", variable, "'"),
             value);
}

absl::Status FlagLoader::LoadLibprocess(const Variables& variables) {
  if (absl::Status tls = CheckNoTls([&](const char* name) -> const char* {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
      });
      !tls.ok()) {
    return absl::UnimplementedError(absl::StrCat("Failed to use ", tls.message()));
  }
  for (const LibprocessVariable& known : kLibprocessVariables) {
    const auto found = variables.find(known.variable);
    gflags::CommandLineFlagInfo flag;
    if (found == variables.end() || found->second.empty() || sources_.contains(known.flag) ||
        !FindFlag(known.flag, &flag)) {
      continue;
    }
    // The command's answer takes the place of the variable, as in Mesos.
    if (known.flag == absl::string_view("ip") && sources_.contains("ip_discovery_command")) {
      continue;
    }
    RETURN_IF_ERROR(Set(
        known.flag,
        absl::StrCat("flag '", known.flag, "' from environment variable '", known.variable, "'"),
        found->second));
  }
  return absl::OkStatus();
}

absl::Status FlagLoader::Set(const std::string& name, const std::string& source,
                             const std::string& text) {
  gflags::CommandLineFlagInfo flag;
  FindFlag(name, &flag);
  sources_[name] = source;
  absl::StatusOr<std::string> value = ResolveFile(name, text);
  if (!value.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to load ", source, ": ", value.status().message()));
  }
  if (flag.type == "bool" && value->empty()) *value = "true";
  if (gflags::SetCommandLineOption(name.c_str(), value->c_str()).empty()) {
    return absl::InvalidArgumentError(absl::StrCat("Failed to load ", source, ": '",
                                                   absl::string_view(*value).substr(0, 100),
                                                   "' is not a ", KindOf(flag.type)));
  }
  const bool idle = IsMarked(name, Mark::kWithoutEffect);
  if (idle && *value != flag.default_value) {
    notes_.push_back(absl::StrCat(source, " has no effect in this version"));
  }
  return absl::OkStatus();
}

std::string FlagLoader::SourceOf(const std::string& name) const {
  const auto found = sources_.find(name);
  return found == sources_.end() ? absl::StrCat("flag '", name, "'") : found->second;
}

}  // namespace mesos::flags
