#pragma once

// Which API this is, and which build of the product. Thread-safe.

#include <string>

namespace mesos {

// The version of Mesos' API that the daemons speak: what tools that read Mesos' version expect.
inline constexpr char kApiVersion[] = "1.12.0";

struct BuildInfo {
  std::string version;  // of the product: "0.1.0"
  double time = 0;      // of the commit, in seconds since the epoch, so that builds can be repeated
  std::string date;     // the same: "2026-11-22 00:00:00"
  std::string user;
  std::string git_sha;  // empty where it was not built from a repository
};

const BuildInfo& ThisBuild();

}  // namespace mesos
