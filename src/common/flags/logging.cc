#include "common/flags/logging.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/flags/flags.h"
#include "common/flags/line_log.h"
#include "glog/logging.h"

DEFINE_bool(quiet, false, "Write nothing to stderr (files of --log_dir still get everything).");
DEFINE_checked_string(logging_level, "INFO",
                      "The least severe messages to log: INFO, WARNING or ERROR.",
                      mesos::flags::CheckLoggingLevel);

namespace mesos::flags {

void MakeLoggingPrompt() {
  gflags::SetCommandLineOptionWithMode("logbufsecs", "0", gflags::SET_FLAGS_DEFAULT);
}

absl::Status CheckLoggingLevel(const std::string& value) {
  if (value == "INFO" || value == "WARNING" || value == "ERROR") return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("'", value, "' is not a logging level; use INFO, WARNING or ERROR"));
}

absl::Status StartLogging(const std::string& program_name) {
  FLAGS_minloglevel = FLAGS_logging_level == "ERROR"     ? google::GLOG_ERROR
                      : FLAGS_logging_level == "WARNING" ? google::GLOG_WARNING
                                                         : google::GLOG_INFO;
  if (FLAGS_log_dir.empty()) {
    // No file: an empty name.
    for (int severity = google::GLOG_INFO; severity < google::NUM_SEVERITIES; ++severity) {
      google::SetLogDestination(severity, "");
    }
  } else {
    std::error_code error;
    std::filesystem::create_directories(FLAGS_log_dir, error);
    if (!error && access(FLAGS_log_dir.c_str(), W_OK) != 0) {
      error = std::error_code(errno, std::generic_category());
    }
    if (error) {
      return absl::FailedPreconditionError(
          absl::StrCat("Failed to use --log_dir '", FLAGS_log_dir, "': ", error.message(),
                       "; name a directory that this user can write"));
    }
  }
  // glog keeps the pointer.
  static const std::string* name = new std::string(program_name);
  google::InitGoogleLogging(name->c_str());
  LogByLine(FLAGS_quiet ? google::GLOG_FATAL : FLAGS_minloglevel);
  return absl::OkStatus();
}

}  // namespace mesos::flags
