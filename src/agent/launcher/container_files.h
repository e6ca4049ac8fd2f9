#pragma once

// The files by which a launcher is found again after the agent's death, in the container's
// directory: `pid` names the launcher, `termination` holds the end of the command.
//
//   pid:          "1234 567890\n"   process id, and its start time in clock ticks since boot,
//                                   which tells a process from a later one with the same id
//   termination:  "status 256\n"    as wait(2) gives it, padded with spaces to a fixed length
//
// Standard library only. Parsers take any bytes; they are pure and thread-safe.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mesos::launcher {

inline constexpr char kPidFile[] = "pid";
inline constexpr char kTerminationFile[] = "termination";

struct ProcessIdentity {
  int32_t pid = 0;
  uint64_t start_time = 0;

  bool operator==(const ProcessIdentity&) const = default;
};

std::string FormatPidFile(const ProcessIdentity& identity);
std::optional<ProcessIdentity> ParsePidFile(std::string_view bytes);

// Always kTerminationBytes long, so that the launcher can reserve the room before the command
// starts.
inline constexpr size_t kTerminationBytes = 32;
std::string FormatTermination(int32_t status);
std::optional<int32_t> ParseTermination(std::string_view bytes);

// What a line of /proc/<pid>/stat says. nullopt where it is not one.
struct ProcessStat {
  int32_t parent = 0;
  int32_t session = 0;
  char state = '?';
  uint64_t start_time = 0;

  // Processor time in clock ticks: its own, with that of children that it has waited for.
  uint64_t user_ticks = 0;
  uint64_t system_ticks = 0;
  uint64_t threads = 0;
  uint64_t resident_pages = 0;
};
std::optional<ProcessStat> ParseProcessStat(std::string_view line);

// Reads /proc. nullopt where that fails; errno is then ENOENT or ESRCH where there is no such
// process, and something else where it could not be seen whether there is one.
std::optional<ProcessStat> ReadProcessStat(int32_t pid);

}  // namespace mesos::launcher
