#pragma once

// The arguments of a launcher, by which /proc shows whose it is: they last as long as the process,
// whatever becomes of the files that it left.
//
//   mesos-launcher <container id> --work_dir=<of its agent> --container_dir=<of the pid file>
//   mesos-launcher <container id> --work_dir=<of its agent> --attached
//
// Standard library only. Pure functions, thread-safe.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mesos::launcher {

struct LauncherArguments {
  std::string container_id;
  std::string work_directory;
  std::string container_directory;  // empty where it is attached

  bool operator==(const LauncherArguments&) const = default;
};

// With argv[0].
std::vector<std::string> FormatLauncherArguments(const LauncherArguments& arguments);

// `bytes` is what /proc/<pid>/cmdline holds: each argument ends with a NUL. nullopt where they are
// not those of a launcher.
std::optional<LauncherArguments> ParseLauncherArguments(std::string_view bytes);

}  // namespace mesos::launcher
