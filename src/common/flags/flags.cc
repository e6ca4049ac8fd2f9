#include "common/flags/flags.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"
#include "common/flags/duration.h"
#include "common/flags/logging.h"
#include "glog/logging.h"

namespace mesos::flags {
namespace {

constexpr char kEnvironmentPrefix[] = "MESOS_";

// glog and gflags define flags of their own in these files; users see only the few that make sense
// here.
constexpr const char* kLibraryFiles[] = {
    "gflags.cc",     "gflags_reporting.cc", "logging.cc",   "gflags_completions.cc",
    "vlog_is_on.cc", "utilities.cc",        "symbolize.cc", "signalhandler.cc"};
constexpr const char* kLibraryFlags[] = {"log_dir",    "v",     "vmodule",
                                         "logbufsecs", "quiet", "logging_level"};

std::multimap<std::string, Check>& Checks() {
  static auto* checks = new std::multimap<std::string, Check>();
  return *checks;
}

bool IsVisible(const gflags::CommandLineFlagInfo& flag) {
  for (const char* name : kLibraryFlags) {
    if (flag.name == name) return true;
  }
  const std::string base = flag.filename.substr(flag.filename.rfind('/') + 1);
  for (const char* file : kLibraryFiles) {
    if (base == file) return false;
  }
  return true;
}

std::vector<gflags::CommandLineFlagInfo> VisibleFlags() {
  std::vector<gflags::CommandLineFlagInfo> all;
  gflags::GetAllFlags(&all);
  std::vector<gflags::CommandLineFlagInfo> visible;
  std::copy_if(all.begin(), all.end(), std::back_inserter(visible), IsVisible);
  std::sort(visible.begin(), visible.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return visible;
}

bool FindFlag(const std::string& name, gflags::CommandLineFlagInfo* flag) {
  return gflags::GetCommandLineFlagInfo(name.c_str(), flag) && IsVisible(*flag);
}

absl::StatusOr<std::string> ResolveFile(const std::string& source, const std::string& value) {
  const absl::string_view kScheme = "file://";
  if (!absl::StartsWith(value, "file:///")) return value;
  const std::string path = value.substr(kScheme.size());
  std::ifstream file(path, std::ios::binary);
  std::string content((std::istreambuf_iterator<char>(file)), {});
  if (!file) {
    return absl::InvalidArgumentError(absl::StrCat(
        "Failed to load ", source, ": cannot read file '", path, "': ", std::strerror(errno)));
  }
  return content;
}

absl::Status SetFlag(const std::string& source, const gflags::CommandLineFlagInfo& flag,
                     const std::string& text) {
  ASSIGN_OR_RETURN(const std::string value, ResolveFile(source, text));
  if (gflags::SetCommandLineOption(flag.name.c_str(), value.c_str()).empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to load ", source, ": '", value, "' is not a ", flag.type));
  }
  return absl::OkStatus();
}

absl::Status LoadEnvironment(const std::vector<std::string>& environment,
                             const std::set<std::string>& given) {
  for (const std::string& entry : environment) {
    if (!absl::StartsWith(entry, kEnvironmentPrefix)) continue;
    const size_t equals = entry.find('=');
    if (equals == std::string::npos) continue;
    const std::string variable = entry.substr(0, equals);
    const std::string name = absl::AsciiStrToLower(absl::StripPrefix(variable, kEnvironmentPrefix));
    gflags::CommandLineFlagInfo flag;
    // Others use the prefix too (MESOS_SANDBOX in a task), so what is no flag is not ours to
    // refuse.
    if (given.contains(name) || !FindFlag(name, &flag)) continue;
    RETURN_IF_ERROR(
        SetFlag(absl::StrCat("flag '", name, "' from environment variable '", variable, "'"), flag,
                entry.substr(equals + 1)));
  }
  return absl::OkStatus();
}

struct Argument {
  std::string name;
  std::optional<std::string> value;
  bool negated = false;
};

Argument SplitArgument(const std::string& text) {
  Argument argument;
  const std::string body = text.substr(2);
  const size_t equals = body.find('=');
  argument.name = absl::StrReplaceAll(body.substr(0, equals), {{"-", "_"}});
  if (equals != std::string::npos) argument.value = body.substr(equals + 1);
  return argument;
}

absl::Status LoadArgument(const std::string& text, std::set<std::string>& given) {
  if (!absl::StartsWith(text, "--") || text.size() == 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("Unexpected argument '", text, "'; flags have the form --name=value"));
  }
  Argument argument = SplitArgument(text);
  gflags::CommandLineFlagInfo flag;
  if (!FindFlag(argument.name, &flag)) {
    const std::string positive(absl::StripPrefix(argument.name, "no_"));
    if (positive == argument.name || !FindFlag(positive, &flag) || flag.type != "bool") {
      return absl::InvalidArgumentError(
          absl::StrCat("Failed to load unknown flag '", argument.name, "'; see --help"));
    }
    argument.name = positive;
    argument.negated = true;
  }
  if (!given.insert(argument.name).second) {
    return absl::InvalidArgumentError(
        absl::StrCat("Duplicate flag '", argument.name, "' on the command line"));
  }
  const std::string source = absl::StrCat("flag '", argument.name, "'");
  if (argument.negated && argument.value.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to load ", source, ": '", text, "' takes no value"));
  }
  if (argument.negated) argument.value = "false";
  if (!argument.value.has_value()) {
    if (flag.type != "bool") {
      return absl::InvalidArgumentError(absl::StrCat(
          "Failed to load ", source, ": it needs a value, as in --", argument.name, "=value"));
    }
    argument.value = "true";
  }
  return SetFlag(source, flag, *argument.value);
}

absl::Status CheckValues(const Program& program) {
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
          absl::StrCat("Failed to load flag '", name, "': ", status.message()));
    }
  }
  return absl::OkStatus();
}

// Breaks `text` at spaces so that no line passes the 80th column.
void AppendWrapped(std::string* out, size_t indent, absl::string_view text) {
  size_t column = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column + 1 + word.size() > 80 && column > indent) column = 0;
    if (column == 0) {
      if (!out->empty() && out->back() != '\n') out->push_back('\n');
      out->append(indent, ' ');
      column = indent;
    } else {
      out->push_back(' ');
      ++column;
    }
    absl::StrAppend(out, word);
    column += word.size();
  }
  out->push_back('\n');
}

}  // namespace

CheckedFlag::CheckedFlag(const char* name, Check check) { Checks().emplace(name, check); }

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

// What comes from a file may have space around it. As zookeeper::ParseUrl, credentials end at the
// last '@' before the path.
std::string WithoutSecrets(std::string value) {
  constexpr absl::string_view kScheme = "zk://";
  const absl::string_view bare = absl::StripAsciiWhitespace(value);
  if (!absl::StartsWith(bare, kScheme)) return value;
  const absl::string_view rest = bare.substr(kScheme.size());
  const size_t at = rest.substr(0, rest.find('/')).rfind('@');
  return at == absl::string_view::npos ? value : absl::StrCat(kScheme, "***", rest.substr(at));
}

absl::Duration DurationFlag(const std::string& value) {
  absl::StatusOr<absl::Duration> duration = ParseDuration(value);
  CHECK(duration.ok()) << "DurationFlag of a flag that DEFINE_duration did not check: " << value;
  return *duration;
}

std::string Version() { return MESOS_VERSION; }

std::vector<std::pair<std::string, std::string>> CurrentFlags() {
  // A program that runs was asked for neither.
  std::vector<std::pair<std::string, std::string>> flags = {{"help", "false"},
                                                            {"version", "false"}};
  for (gflags::CommandLineFlagInfo& flag : VisibleFlags()) {
    // One that may only be empty says that the feature is not there; others were not given.
    if (flag.current_value.empty() && !absl::StartsWith(flag.description, "Only ''")) continue;
    flags.emplace_back(std::move(flag.name), WithoutSecrets(std::move(flag.current_value)));
  }
  std::sort(flags.begin(), flags.end());
  return flags;
}

absl::Status ParseFlags(const Program& program, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment) {
  std::set<std::string> given;
  for (const std::string& argument : arguments) RETURN_IF_ERROR(LoadArgument(argument, given));
  RETURN_IF_ERROR(LoadEnvironment(environment, given));
  return CheckValues(program);
}

std::string HelpText(const Program& program) {
  std::string text = absl::StrCat("Usage: ", program.name, " [--flag=value ...]\n\n");
  AppendWrapped(&text, 0, program.summary);
  absl::StrAppend(&text, "\nEach flag may also be given in the environment, as ",
                  kEnvironmentPrefix, "NAME=value.\n\n");
  absl::StrAppend(&text, "  --[no-]help\n      Prints this and exits.\n");
  absl::StrAppend(&text, "  --[no-]version\n      Prints the version and exits.\n");
  for (const gflags::CommandLineFlagInfo& flag : VisibleFlags()) {
    const bool required =
        std::count(program.required.begin(), program.required.end(), flag.name) > 0;
    if (flag.type == "bool") {
      absl::StrAppend(&text, "  --[no-]", flag.name, "\n");
    } else {
      absl::StrAppend(&text, "  --", flag.name, "=VALUE", required ? "  (required)" : "", "\n");
    }
    AppendWrapped(&text, 6, flag.description);
    if (!flag.default_value.empty()) {
      absl::StrAppend(&text, "      (default: ", flag.default_value, ")\n");
    }
  }
  return text;
}

std::optional<int> StartProgram(const Program& program, int argc, char** argv) {
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
  absl::Status status = ParseFlags(program, arguments, environment);
  if (status.ok()) status = StartLogging(program.name);
  if (!status.ok()) {
    std::fprintf(stderr, "%s: %s\n", program.name.c_str(), std::string(status.message()).c_str());
    return 1;
  }
  return std::nullopt;
}

}  // namespace mesos::flags
