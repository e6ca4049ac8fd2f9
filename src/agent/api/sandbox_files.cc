#include "agent/api/sandbox_files.h"

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "agent/checkpoint/paths.h"
#include "common/disk/file_system.h"

namespace mesos::agent {
namespace {

constexpr char kVirtualFrameworks[] = "/frameworks";
constexpr char kLatestRun[] = "latest";

std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// Of one agent; what is not there any more is left out.
class SandboxTree {
 public:
  explicit SandboxTree(const std::string& work_directory)
      : work_directory_(work_directory), file_system_(NewPosixFileSystem()) {}

  // Empty before the agent has an id.
  std::string FrameworksDirectory() const {
    const absl::StatusOr<std::string> latest = file_system_->ReadLink(
        absl::StrCat(MetaDirectory(work_directory_), "/", meta::LatestAgentLink()));
    if (!latest.ok()) return "";
    return absl::StrCat(work_directory_, "/", meta::FrameworksDirectory(LastPart(*latest)));
  }

  std::vector<files::Files::PathPair> List() const {
    std::vector<files::Files::PathPair> paths;
    const std::string frameworks = FrameworksDirectory();
    if (frameworks.empty()) return paths;
    for (const std::string& framework : Names(frameworks)) {
      const std::string executors = absl::StrCat("/", framework, "/executors");
      for (const std::string& executor : Names(absl::StrCat(frameworks, executors))) {
        if (paths.size() >= files::Files::kMaxBrowseEntries) return paths;
        AddRuns(frameworks, absl::StrCat(executors, "/", executor, "/runs"), &paths);
      }
    }
    return paths;
  }

 private:
  std::vector<std::string> Names(const std::string& directory) const {
    return file_system_->List(directory).value_or(std::vector<std::string>());
  }

  void AddRuns(const std::string& frameworks, const std::string& runs,
               std::vector<files::Files::PathPair>* paths) const {
    const std::string real_runs = absl::StrCat(frameworks, runs);
    const absl::StatusOr<std::string> latest =
        file_system_->ReadLink(absl::StrCat(real_runs, "/", kLatestRun));
    for (const std::string& name : Names(real_runs)) {
      if (name == kLatestRun) continue;
      const std::string run = absl::StrCat(real_runs, "/", name);
      paths->emplace_back(run, run);
      if (!latest.ok() || LastPart(*latest) != name) continue;
      paths->emplace_back(absl::StrCat(real_runs, "/", kLatestRun), run);
      paths->emplace_back(absl::StrCat(kVirtualFrameworks, runs, "/", kLatestRun), run);
    }
  }

  const std::string work_directory_;
  const std::unique_ptr<FileSystem> file_system_;
};

}  // namespace

void AttachSandboxes(const std::string& work_directory, files::Files& files) {
  const auto tree = std::make_shared<const SandboxTree>(work_directory);
  const std::string sandboxes = absl::StrCat(work_directory, "/slaves");
  files.AttachTree(sandboxes, {.real_path = [sandboxes] { return sandboxes; },
                               .list = [tree] { return tree->List(); }});
  files.AttachTree(kVirtualFrameworks,
                   {.real_path = [tree] { return tree->FrameworksDirectory(); }, .list = nullptr});
}

}  // namespace mesos::agent
