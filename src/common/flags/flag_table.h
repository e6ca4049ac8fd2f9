#pragma once

// What is known of the program's flags beside what gflags holds: checks, former names, and marks.
// For the sources of this folder; programs use the macros of flags.h and fixed_flag.h.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/flags/flags.h"

namespace mesos::flags {

// By the flag's name, in the order of their definition.
std::multimap<std::string, Check>& Checks();

// Former name to name.
std::map<std::string, std::string>& DeprecatedNames();

bool IsMarked(const std::string& name, Mark mark);

// The program's own flags and those few of libraries that make sense to users, by name.
std::vector<gflags::CommandLineFlagInfo> VisibleFlags();

// False where there is none that users may set. Not by a former name.
bool FindFlag(const std::string& name, gflags::CommandLineFlagInfo* flag);

// What the file gives in place of `value`, where the flag's value may come from a file.
absl::StatusOr<std::string> ResolveFile(const std::string& name, const std::string& value);

}  // namespace mesos::flags
