#include "agent/fetcher/fetch_commands.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"

namespace mesos::agent {
namespace {

using Commands = std::vector<std::vector<std::string>>;

constexpr const char* kRemoteSchemes[] = {"http", "https", "ftp", "ftps"};

// Mesos' --fetcher_stall_timeout.
constexpr char kStallSeconds[] = "60";

struct Source {
  bool local = false;
  std::string location;  // the path of a local file, or the whole URL
  std::string path;      // what the name of the output comes from
};

absl::Status Malformed(const std::string& uri, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("URI '", uri, "' ", why));
}

absl::StatusOr<Source> ParseUri(const std::string& uri, const std::string& frameworks_home) {
  if (absl::StrContains(uri, '\0')) return Malformed(absl::CHexEscape(uri), "has a NUL character");
  const size_t separator = uri.find("://");
  if (separator == std::string::npos) {
    if (absl::StartsWith(uri, "/")) return Source{true, uri, uri};
    if (uri.empty() || frameworks_home.empty()) {
      return Malformed(uri,
                       "is neither an absolute path nor a URL; relative paths need an agent with "
                       "--frameworks_home");
    }
    return Source{true, absl::StrCat(frameworks_home, "/", uri), absl::StrCat("/", uri)};
  }
  const std::string scheme = uri.substr(0, separator);
  const std::string rest = uri.substr(separator + 3);
  const size_t slash = rest.find('/');
  if (scheme == "file") {
    const std::string host = rest.substr(0, slash);
    if (slash != std::string::npos && (host.empty() || host == "localhost")) {
      return Source{true, rest.substr(slash), rest.substr(slash)};
    }
    if (rest.empty() || frameworks_home.empty()) {
      return Malformed(
          uri,
          "is no file of this machine: file URIs take absolute paths, as file:///path, "
          "and relative ones where the agent has --frameworks_home");
    }
    return Source{true, absl::StrCat(frameworks_home, "/", rest), absl::StrCat("/", rest)};
  }
  if (slash == std::string::npos) return Malformed(uri, "is malformed: it has no path");
  const std::string path = rest.substr(slash);
  for (const char* known : kRemoteSchemes) {
    if (scheme == known) return Source{false, uri, path};
  }
  return Malformed(uri, absl::StrCat("has the scheme '", scheme,
                                     "', which this agent cannot fetch; use a path, file, http, "
                                     "https, ftp or ftps"));
}

bool IsName(absl::string_view name) {
  return !name.empty() && name != "." && name != ".." && !absl::StrContains(name, '\0');
}

// Relative to the sandbox, and within it.
absl::StatusOr<std::string> OutputName(const ContainerSpec::Uri& uri, const Source& source) {
  if (uri.output_file.empty()) {
    const std::string name = source.path.substr(source.path.rfind('/') + 1);
    if (!IsName(name)) return Malformed(uri.value, "is malformed: its path names no file");
    return name;
  }
  for (absl::string_view part : absl::StrSplit(uri.output_file, '/')) {
    if (!IsName(part)) {
      return Malformed(uri.value, absl::StrCat("has the output file '", uri.output_file,
                                               "', which is not a relative path in the sandbox"));
    }
  }
  return uri.output_file;
}

void AppendExtraction(const std::string& file, Commands* commands) {
  for (const char* ending : {".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz"}) {
    if (!absl::EndsWith(file, ending)) continue;
    commands->push_back({"tar", "--extract", "--no-same-owner", "--file", file});
    return;
  }
  if (absl::EndsWith(file, ".zip")) {
    commands->push_back({"unzip", "-o", "-q", file, "-d", "."});
  } else if (absl::EndsWith(file, ".gz")) {
    commands->push_back({"gunzip", "--keep", "--force", file});
  }
}

absl::Status AppendUri(const ContainerSpec::Uri& uri, const std::string& frameworks_home,
                       Commands* commands) {
  const std::string value(absl::StripLeadingAsciiWhitespace(uri.value));
  ASSIGN_OR_RETURN(const Source source, ParseUri(value, frameworks_home));
  ASSIGN_OR_RETURN(const std::string name, OutputName(uri, source));
  // With a directory in front, no name can be taken for an option.
  const std::string file = absl::StrCat("./", name);
  if (absl::StrContains(name, '/')) {
    commands->push_back({"mkdir", "-p", file.substr(0, file.rfind('/'))});
  }
  if (source.local) {
    commands->push_back({"cp", source.location, file});
  } else {
    commands->push_back({"curl", "--silent", "--show-error", "--fail", "--location", "--globoff",
                         "--proto", "=http,https,ftp,ftps", "--connect-timeout", kStallSeconds,
                         "--speed-limit", "1", "--speed-time", kStallSeconds, "--output", file,
                         "--url", source.location});
  }
  if (uri.executable) {
    commands->push_back({"chmod", "0755", file});
  } else if (uri.extract) {
    AppendExtraction(file, commands);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Commands> FetchCommands(const std::vector<ContainerSpec::Uri>& uris,
                                       const std::string& frameworks_home) {
  Commands commands;
  for (const ContainerSpec::Uri& uri : uris) {
    RETURN_IF_ERROR(AppendUri(uri, frameworks_home, &commands));
  }
  return commands;
}

}  // namespace mesos::agent
