#pragma once

// The start of every program: flags, MESOS_* environment, --help, --version and logging.
//
//   DEFINE_string(work_dir, "", "Where sandboxes and checkpoints stand.");
//   DEFINE_duration(gc_delay, "1weeks", "How long a finished sandbox is kept.");
//   DEFINE_checked_string(master, "", "The master, as host:port.", CheckHostPort);
//
//   int main(int argc, char** argv) {
//     const mesos::flags::Program program = {
//         .name = "mesos-agent", .summary = "Runs tasks.", .required = {"master", "work_dir"}};
//     if (std::optional<int> code = mesos::flags::StartProgram(program, argc, argv)) return *code;
//     absl::Duration delay = mesos::flags::DurationFlag(FLAGS_gc_delay);
//
// Forms: --flag=value, --flag value is not taken, --switch, --no-switch; dashes and underscores,
// capitals and small letters are the same. MESOS_FLAG in the environment sets a flag that the
// command line does not, and after it LIBPROCESS_IP, _PORT, _ADVERTISE_IP and _ADVERTISE_PORT do. A
// value "file:///path" is replaced by the file's content, without the space around it. Definitions
// stand in the program's main file or one beside it. Call StartProgram once, first, with one
// thread.

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gflags/gflags.h"

namespace mesos::flags {

struct Program {
  std::string name;                   // as users type it
  std::string summary;                // what it does, for --help
  std::vector<std::string> required;  // flags that must get a value that is not empty
  // As Mesos' daemons do, words on the command line and MESOS_* variables that are no flags are
  // passed over with a warning; other programs refuse such words, and do not mind such variables.
  bool daemon = false;
};

// Parses, and starts logging. Returns the exit code where the program is done: 0 after --help and
// --version, 1 after an error, which is on stderr.
std::optional<int> StartProgram(const Program& program, int argc, char** argv);

// The parts of StartProgram, for tests. `environment` holds "NAME=value" entries. Every error names
// the flag, where it came from, and the value. `notes` gets what is no error and worth a warning.
absl::Status ParseFlags(const Program& program, const std::vector<std::string>& arguments,
                        const std::vector<std::string>& environment,
                        std::vector<std::string>* notes = nullptr);
std::string HelpText(const Program& program);

// "0.1.0"
std::string Version();

// Every flag of the program that has a value, sorted by name, as text: "true", "15secs", "5050";
// without the credentials of zk:// addresses.
std::vector<std::pair<std::string, std::string>> CurrentFlags();

// `value` as it may be shown: what authenticates with ZooKeeper is for the program only.
std::string WithoutSecrets(std::string value);

// The value of a flag defined with DEFINE_duration.
absl::Duration DurationFlag(const std::string& value);

// A flag's own check of its value, run at the end of ParseFlags, whatever the value came from.
// Names a flag that is defined; lives as long as the program.
using Check = absl::Status (*)(const std::string& value);
class CheckedFlag {
 public:
  CheckedFlag(const char* name, Check check);
};

// A former name of a flag, which is taken with a warning.
class DeprecatedName {
 public:
  DeprecatedName(const char* former, const char* name);
};

// What is special about a flag.
enum class Mark {
  kShownEmpty,     // among CurrentFlags although it is empty
  kPathOrValue,    // "/path" is replaced by the file's content, as "file:///path" is
  kAsGiven,        // neither is
  kWithoutEffect,  // fixed_flag.h
  kRefused,        // fixed_flag.h
};
class MarkedFlag {
 public:
  MarkedFlag(const char* name, Mark mark);
};

absl::Status CheckDuration(const std::string& value);

// "host:port" with a port from 1 to 65535, or an IPv6 address in brackets. Empty is fine: whether
// it may be missing is for Program::required.
absl::Status CheckHostPort(const std::string& value);

// A port to listen on, 0 to 65535, for DEFINE_int32 flags.
absl::Status CheckPort(const std::string& value);

}  // namespace mesos::flags

#define DEFINE_checked_string(name, value, help, check) \
  DEFINE_string(name, value, help);                     \
  static const ::mesos::flags::CheckedFlag mesos_checked_flag_##name(#name, check)

#define DEFINE_duration(name, value, help) \
  DEFINE_checked_string(name, value, help, ::mesos::flags::CheckDuration)

#define DEFINE_port(name, value, help)                                      \
  DEFINE_int32(name, value, help);                                          \
  static const ::mesos::flags::CheckedFlag mesos_checked_flag_##name(#name, \
                                                                     ::mesos::flags::CheckPort)

#define DEFINE_deprecated_name(former, name) \
  static const ::mesos::flags::DeprecatedName mesos_deprecated_name_##former(#former, #name)

#define MARK_flag(name, mark)                                               \
  static const ::mesos::flags::MarkedFlag mesos_mark_##mark##_##name(#name, \
                                                                     ::mesos::flags::Mark::mark)
