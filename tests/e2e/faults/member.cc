#include "tests/e2e/faults/member.h"

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::e2e {

Member::Member(std::string name, std::vector<std::string> argv,
               std::map<std::string, std::string> environment, std::string log)
    : name_(std::move(name)),
      argv_(std::move(argv)),
      environment_(std::move(environment)),
      log_(std::move(log)) {}

void Member::Start() {
  process_ = std::make_unique<Process>(argv_, environment_, log_);
  state_ = State::kUp;
}

void Member::Kill() {
  if (state_ == State::kDown) return;
  process_->Signal(SIGKILL);
  process_->AwaitExit();
  state_ = State::kDown;
}

void Member::Pause() {
  process_->Signal(SIGSTOP);
  state_ = State::kPaused;
}

void Member::Resume() {
  process_->Signal(SIGCONT);
  state_ = State::kUp;
}

void Member::Terminate() {
  process_->Signal(SIGTERM);
  const int status = process_->AwaitExit();
  if (status != 0) unexpected_ = absl::StrCat(name_, ": status ", status, " after SIGTERM");
  state_ = State::kDown;
}

std::string Member::UnexpectedEnd() {
  if (state_ == State::kUp && !process_->Running()) {
    state_ = State::kDown;
    unexpected_ = absl::StrCat(name_, ": ended by itself with status ", process_->AwaitExit());
  }
  return std::exchange(unexpected_, "");
}

}  // namespace mesos::e2e
