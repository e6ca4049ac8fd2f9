#include "common/flags/flags.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/flags/duration.h"
#include "common/flags/flag_loader.h"
#include "common/flags/flag_table.h"
#include "common/flags/logging.h"
#include "glog/logging.h"

namespace mesos::flags {
namespace {

absl::Status CheckValues(const Program& program, const FlagLoader& loader) {
  for (const std::string& name : program.required) {
    std::string value;
    CHECK(gflags::GetCommandLineOption(name.c_str(), &value)) << name;
    if (value.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Missing required flag '--", name, "'; see --help"));
    }
  }
  for (const auto& [name, check] : Checks()) {
    std::string value;
    CHECK(gflags::GetCommandLineOption(name.c_str(), &value)) << name;
    if (absl::Status status = check(value); !status.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("Failed to load ", loader.SourceOf(name), ": ", status.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckDuration(const std::string& value) { return ParseDuration(value).status(); }

absl::Status CheckHostPort(const std::string& value) {
  if (value.empty()) return absl::OkStatus();
  const size_t colon = value.rfind(':');
  const std::string host = value.substr(0, colon);
  int port = 0;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (colon == std::string::npos || host.empty() ||
      (!bracketed && host.find_first_of(":/[] ,") != std::string::npos) ||
      !absl::SimpleAtoi(value.substr(colon + 1), &port) || port < 1 || port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", value, "' is not host:port with a port from 1 to 65535"));
  }
  return absl::OkStatus();
}

absl::Status CheckPort(const std::string& value) {
  int port = 0;
  if (absl::SimpleAtoi(value, &port) && port >= 0 && port <= 65535) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", value, "' is not a port from 0 (any free one) to 65535"));
}

absl::Duration DurationFlag(const std::string& value) {
  absl::StatusOr<absl::Duration> duration = ParseDuration(value);
  CHECK(duration.ok()) << "DurationFlag of a flag that DEFINE_duration did not check: " << value;
  return *duration;
}

std::string Version() { return MESOS_VERSION; }

absl::Status ParseFlags(const Program& program, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment,
                        std::vector<std::string>* notes) {
  std::vector<std::string> dropped;
  FlagLoader loader(program, notes == nullptr ? &dropped : notes);
  RETURN_IF_ERROR(loader.LoadArguments(arguments));
  RETURN_IF_ERROR(loader.LoadEnvironment(environment));
  return CheckValues(program, loader);
}

std::optional<int> StartProgram(const Program& program, int argc, char** argv) {
  MakeLoggingPrompt();
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  for (const std::string& argument : arguments) {
    if (argument == "--help") {
      std::fputs(HelpText(program).c_str(), stdout);
      return 0;
    }
    if (argument == "--version") {
      std::printf("mesos %s\n", Version().c_str());
      return 0;
    }
  }
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  std::vector<std::string> notes;
  absl::Status status = ParseFlags(program, arguments, environment, &notes);
  if (status.ok()) status = StartLogging(program.name);
  if (!status.ok()) {
    std::fprintf(stderr, "%s: %s\n", program.name.c_str(), std::string(status.message()).c_str());
    return 1;
  }
  for (const std::string& note : notes) LOG(WARNING) << "Settings: " << note;
  return std::nullopt;
}

}  // namespace mesos::flags
