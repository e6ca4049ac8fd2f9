#include "common/flags/flag_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/limits.h"
#include "common/base/small_file.h"
#include "common/base/status_macros.h"

namespace mesos::flags {
namespace {

// glog and gflags define flags of their own in these files; users see only the few that make sense
// here.
constexpr const char* kLibraryFiles[] = {
    "gflags.cc",     "gflags_reporting.cc", "logging.cc",   "gflags_completions.cc",
    "vlog_is_on.cc", "utilities.cc",        "symbolize.cc", "signalhandler.cc"};
constexpr const char* kLibraryFlags[] = {"log_dir",    "v",     "vmodule",
                                         "logbufsecs", "quiet", "logging_level"};

std::set<std::pair<std::string, Mark>>& Marks() {
  static auto* marks = new std::set<std::pair<std::string, Mark>>();
  return *marks;
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

}  // namespace

CheckedFlag::CheckedFlag(const char* name, Check check) { Checks().emplace(name, check); }

DeprecatedName::DeprecatedName(const char* former, const char* name) {
  DeprecatedNames().emplace(former, name);
}

MarkedFlag::MarkedFlag(const char* name, Mark mark) { Marks().emplace(name, mark); }

std::multimap<std::string, Check>& Checks() {
  static auto* checks = new std::multimap<std::string, Check>();
  return *checks;
}

std::map<std::string, std::string>& DeprecatedNames() {
  static auto* names = new std::map<std::string, std::string>();
  return *names;
}

bool IsMarked(const std::string& name, Mark mark) { return Marks().contains({name, mark}); }

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

absl::StatusOr<std::string> ResolveFile(const std::string& name, const std::string& value) {
  absl::string_view path = value;
  const bool is_file = absl::ConsumePrefix(&path, "file://") ||
                       (IsMarked(name, Mark::kPathOrValue) && absl::StartsWith(path, "/"));
  if (!is_file || IsMarked(name, Mark::kAsGiven)) return value;
  // Room enough for any value, as it is for the longest list of servers.
  ASSIGN_OR_RETURN(const std::string content,
                   ReadSmallFile(std::string(path), limits::kMaxAddressFileBytes));
  // Editors end a file with a newline, which no value has.
  return std::string(absl::StripAsciiWhitespace(content));
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

std::vector<std::pair<std::string, std::string>> CurrentFlags() {
  // A program that runs was asked for neither.
  std::vector<std::pair<std::string, std::string>> flags = {{"help", "false"},
                                                            {"version", "false"}};
  for (gflags::CommandLineFlagInfo& flag : VisibleFlags()) {
    // Others that are empty were not given; what has no effect is not worth showing what may be
    // secret in it.
    const bool without_effect =
        flag.default_value.empty() && IsMarked(flag.name, Mark::kWithoutEffect);
    if ((flag.current_value.empty() || without_effect) && !IsMarked(flag.name, Mark::kShownEmpty)) {
      continue;
    }
    flags.emplace_back(std::move(flag.name), WithoutSecrets(std::move(flag.current_value)));
  }
  std::sort(flags.begin(), flags.end());
  return flags;
}

}  // namespace mesos::flags
