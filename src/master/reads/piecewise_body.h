#pragma once

// A body made in pieces by steps, each of which appends a little.
//
//   PiecewiseBody::Steps steps;
//   steps.push_back([](std::string& out) { out += "{\"tasks\":["; return false; });
//   steps.push_back([tasks, i = size_t{0}](std::string& out) mutable {
//     Append(tasks[i], out);
//     return ++i < tasks.size();                 // true: to be called again
//   });
//   responder.RespondFrom(headers, std::make_unique<PiecewiseBody>(std::move(steps)));
//
// A step appends a few kilobytes at most; a piece has some kPieceBytes. Used on one thread at a
// time.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "common/net/http_server.h"

namespace mesos::master {

class PiecewiseBody final : public net::BodySource {
 public:
  static constexpr size_t kPieceBytes = 128 << 10;

  using Step = absl::AnyInvocable<bool(std::string&)>;
  using Steps = std::vector<Step>;

  // Appends `text`, once.
  static Step Text(std::string text) {
    return [text = std::move(text)](std::string& out) {
      out += text;
      return false;
    };
  }

  explicit PiecewiseBody(Steps steps) : steps_(std::move(steps)) {}

  bool Next(std::string& out) override {
    const size_t target = out.size() + kPieceBytes;
    while (next_ < steps_.size() && out.size() < target) {
      if (steps_[next_](out)) continue;
      steps_[next_++] = nullptr;  // what it held is free
    }
    return next_ < steps_.size();
  }

 private:
  Steps steps_;
  size_t next_ = 0;
};

}  // namespace mesos::master
