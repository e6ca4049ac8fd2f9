#include "agent/launcher/launcher_arguments.h"

namespace mesos::launcher {
namespace {

constexpr std::string_view kProgramName = "mesos-launcher";
constexpr std::string_view kWorkDirectoryFlag = "--work_dir=";
constexpr std::string_view kContainerDirectoryFlag = "--container_dir=";
constexpr std::string_view kAttachedFlag = "--attached";

bool Consume(std::string_view* text, std::string_view prefix) {
  if (text->substr(0, prefix.size()) != prefix) return false;
  text->remove_prefix(prefix.size());
  return true;
}

}  // namespace

std::vector<std::string> FormatLauncherArguments(const LauncherArguments& arguments) {
  return {std::string(kProgramName), arguments.container_id,
          std::string(kWorkDirectoryFlag) + arguments.work_directory,
          arguments.container_directory.empty()
              ? std::string(kAttachedFlag)
              : std::string(kContainerDirectoryFlag) + arguments.container_directory};
}

std::optional<LauncherArguments> ParseLauncherArguments(std::string_view bytes) {
  std::vector<std::string_view> words;
  while (!bytes.empty()) {
    const size_t end = bytes.find('\0');
    if (end == std::string_view::npos || words.size() == 4) return std::nullopt;
    words.push_back(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
  }
  if (words.size() != 4 || words[0] != kProgramName || words[1].empty()) return std::nullopt;
  if (!Consume(&words[2], kWorkDirectoryFlag) || words[2].empty()) return std::nullopt;
  LauncherArguments arguments;
  arguments.container_id = words[1];
  arguments.work_directory = words[2];
  if (words[3] == kAttachedFlag) return arguments;
  if (!Consume(&words[3], kContainerDirectoryFlag) || words[3].empty()) return std::nullopt;
  arguments.container_directory = words[3];
  return arguments;
}

}  // namespace mesos::launcher
