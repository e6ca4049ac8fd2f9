#include "common/flags/line_log.h"

#include <cstdio>
#include <ctime>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/printable.h"

namespace mesos::flags {
namespace {

// The message that glog has made, with its line end.
std::string OneLine(absl::string_view message) {
  if (message.empty() || message.back() != '\n') return Printable(message);
  return Printable(message.substr(0, message.size() - 1)) + '\n';
}

// A severity's file.
class LineLogger final : public google::base::Logger {
 public:
  explicit LineLogger(google::base::Logger* file) : file_(file) {}

  void Write(bool force_flush, time_t timestamp, const char* message, size_t size) override {
    const std::string line = OneLine(absl::string_view(message, size));
    file_->Write(force_flush, timestamp, line.data(), line.size());
  }
  void Flush() override { file_->Flush(); }
  google::uint32 LogSize() override { return file_->LogSize(); }

 private:
  google::base::Logger* const file_;  // glog's
};

class LineStderr final : public google::LogSink {
 public:
  explicit LineStderr(google::LogSeverity least) : least_(least) {}

  void send(google::LogSeverity severity, const char*, const char* file, int line,
            const google::LogMessageTime& time, const char* message, size_t size) override {
    if (severity < least_) return;
    const std::string text = Printable(ToString(severity, file, line, time, message, size)) + '\n';
    std::fwrite(text.data(), 1, text.size(), stderr);
  }

 private:
  const google::LogSeverity least_;
};

}  // namespace

void LogByLine(google::LogSeverity least) {
  FLAGS_logtostderr = FLAGS_alsologtostderr = false;
  FLAGS_stderrthreshold = google::NUM_SEVERITIES;
  // glog's until the process ends, as it logs to the last.
  google::AddLogSink(new LineStderr(least));
  for (int severity = google::GLOG_INFO; severity < google::NUM_SEVERITIES; ++severity) {
    google::base::SetLogger(severity, new LineLogger(google::base::GetLogger(severity)));
  }
}

}  // namespace mesos::flags
