#include "agent/launcher/container_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>

namespace mesos::launcher {
namespace {

constexpr std::string_view kStatus = "status ";

// Takes a decimal number from the front of `text`, and the spaces after it.
template <typename Number>
bool TakeNumber(std::string_view* text, Number* value) {
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), *value);
  if (error != std::errc()) return false;
  text->remove_prefix(end - text->data());
  const size_t next = text->find_first_not_of(' ');
  text->remove_prefix(next == std::string_view::npos ? text->size() : next);
  return true;
}

}  // namespace

std::string FormatPidFile(const ProcessIdentity& identity) {
  return std::to_string(identity.pid) + " " + std::to_string(identity.start_time) + "\n";
}

std::optional<ProcessIdentity> ParsePidFile(std::string_view bytes) {
  ProcessIdentity identity;
  if (!TakeNumber(&bytes, &identity.pid) || !TakeNumber(&bytes, &identity.start_time))
    return std::nullopt;
  if (identity.pid <= 1 || bytes != "\n") return std::nullopt;
  return identity;
}

std::string FormatTermination(int32_t status) {
  std::string text = std::string(kStatus) + std::to_string(status);
  text.resize(kTerminationBytes - 1, ' ');
  return text + "\n";
}

std::optional<int32_t> ParseTermination(std::string_view bytes) {
  int32_t status = 0;
  if (bytes.size() != kTerminationBytes || bytes.substr(0, kStatus.size()) != kStatus)
    return std::nullopt;
  bytes.remove_prefix(kStatus.size());
  if (!TakeNumber(&bytes, &status) || bytes != "\n") return std::nullopt;
  return status;
}

std::optional<ProcessStat> ParseProcessStat(std::string_view line) {
  // The program's name stands in parentheses and may hold spaces and parentheses itself.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos || line.size() < name_end + 4) return std::nullopt;
  ProcessStat stat;
  stat.state = line[name_end + 2];
  std::string_view rest = line.substr(name_end + 4);
  if (!TakeNumber(&rest, &stat.parent)) return std::nullopt;
  // The fields behind the parent, by their numbers in proc(5). Some are negative.
  uint64_t fields[25] = {};
  for (int field = 5; field <= 24; ++field) {
    int64_t negative = 0;
    if (!TakeNumber(&rest, &fields[field]) && !TakeNumber(&rest, &negative)) return std::nullopt;
  }
  stat.session = static_cast<int32_t>(fields[6]);
  stat.user_ticks = fields[14] + fields[16];
  stat.system_ticks = fields[15] + fields[17];
  stat.threads = fields[20];
  stat.start_time = fields[22];
  stat.resident_pages = fields[24];
  return stat;
}

std::optional<ProcessStat> ReadProcessStat(int32_t pid) {
  char path[64];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  char buffer[1024];
  const ssize_t size = read(file, buffer, sizeof(buffer));
  const int error = size == 0 ? ESRCH : errno;
  close(file);
  errno = error;
  if (size <= 0) return std::nullopt;
  errno = EPROTO;  // of a line that is not one
  return ParseProcessStat(std::string_view(buffer, size));
}

}  // namespace mesos::launcher
