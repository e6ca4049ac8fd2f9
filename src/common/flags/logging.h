#pragma once

// glog as every program sets it up: to stderr, and to files where --log_dir says so.
//
//   RETURN_IF_ERROR(StartLogging("mesos-agent"));   // after flags are parsed, once
//
// StartProgram (flags.h) calls it.

#include <string>

#include "absl/status/status.h"

namespace mesos::flags {

// Makes 0 the default of --logbufsecs: each message is in its file at once. glog's own half a
// minute would hide the last ones of a program that crashes or hangs.
void MakeLoggingPrompt();

absl::Status CheckLoggingLevel(const std::string& value);

// Makes the directory of --log_dir where it is missing; an error names it.
absl::Status StartLogging(const std::string& program_name);

}  // namespace mesos::flags
