#include "agent/checkpoint/machine.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "agent/checkpoint/paths.h"

namespace mesos::agent {
namespace {

std::string FirstLine(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return std::string(absl::StripAsciiWhitespace(line));
}

bool Differ(const std::string& then, const std::string& now) {
  return !then.empty() && !now.empty() && then != now;
}

}  // namespace

MachineIdentity ReadMachineIdentity(const std::string& work_directory) {
  MachineIdentity identity;
  identity.machine_id = FirstLine("/etc/machine-id");
  identity.product_id = FirstLine("/sys/class/dmi/id/product_uuid");
  std::error_code error;
  identity.work_directory = std::filesystem::canonical(work_directory, error).string();
  return identity;
}

std::string WhyCopied(const MachineIdentity& then, const MachineIdentity& now, bool same_boot,
                      const std::string& agent_id) {
  if (!same_boot && Differ(then.product_id, now.product_id)) {
    return absl::StrCat("it was written on the machine with product id ", then.product_id,
                        ", and this one has ", now.product_id);
  }
  if (!same_boot && Differ(then.machine_id, now.machine_id)) {
    return absl::StrCat("it was written on the machine with machine-id ", then.machine_id,
                        ", and this one has ", now.machine_id);
  }
  if (!Differ(then.work_directory, now.work_directory)) return "";
  std::error_code error;
  if (std::filesystem::equivalent(then.work_directory, now.work_directory, error) || error) {
    return "";
  }
  const std::filesystem::path latest = std::filesystem::read_symlink(
      absl::StrCat(MetaDirectory(then.work_directory), "/", meta::LatestAgentLink()), error);
  if (error || latest.filename() != agent_id) return "";
  return absl::StrCat("it is a copy of '", then.work_directory, "', which is still there");
}

}  // namespace mesos::agent
