#include "cli/exit_status.h"

#include <csignal>
#include <cstring>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace mesos::cli {
namespace {

constexpr int kFailure = 1;
constexpr int kSignalBase = 128;

// The number of the signal that strsignal() calls `name`; 0 where there is none.
int SignalNumber(absl::string_view name) {
  for (int number = 1; number < NSIG; ++number) {
    const char* known = strsignal(number);
    if (known != nullptr && name == known) return number;
  }
  return 0;
}

}  // namespace

int ExitStatus(const v1::TaskStatus& status) {
  if (status.state() == v1::TASK_FINISHED) return 0;
  absl::string_view message = status.message();
  int code = 0;
  if (absl::ConsumePrefix(&message, "Command exited with status ")) {
    if (absl::SimpleAtoi(message, &code) && code > 0 && code < 256) return code;
  } else if (absl::ConsumePrefix(&message, "Command terminated with signal ")) {
    // A process that dumped its core has that behind the signal's name.
    absl::ConsumeSuffix(&message, " (core dumped)");
    if (const int number = SignalNumber(message); number != 0) return kSignalBase + number;
  }
  return kFailure;
}

}  // namespace mesos::cli
