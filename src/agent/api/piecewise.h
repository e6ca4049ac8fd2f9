#pragma once

// A JSON body that is made in steps, each of which writes a little more of it.
//
//   auto body = std::make_unique<Piecewise>(snapshot);      // kept alive as long as the body
//   body->Add([](json::JsonWriter& json) { json.BeginArray(); });
//   for (const Thing& thing : snapshot->things)
//     body->Add([&thing](json::JsonWriter& json) { json.Message(thing); });
//   body->Add([](json::JsonWriter& json) { json.EndArray(); });
//
// Add before the first Next. Used on one thread at a time.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/json/json_writer.h"
#include "common/net/http_server.h"
#include "common/net/jsonp.h"

namespace mesos::agent {

class Piecewise : public net::BodySource {
 public:
  using Step = std::function<void(json::JsonWriter&)>;

  // The steps may refer to what `source` owns.
  explicit Piecewise(std::shared_ptr<const void> source, net::JsonFrame frame = {})
      : source_(std::move(source)), frame_(std::move(frame)) {}

  void Add(Step step) { steps_.push_back(std::move(step)); }

  bool Next(std::string& out) override {
    constexpr size_t kPieceBytes = 64 << 10;
    const size_t begin = out.size();
    if (next_ == 0) out += frame_.before;
    json_.ContinueIn(out);
    while (next_ < steps_.size() && out.size() - begin < kPieceBytes) steps_[next_++](json_);
    if (next_ < steps_.size()) return true;
    out += std::exchange(frame_.behind, {});
    return false;
  }

 private:
  const std::shared_ptr<const void> source_;
  net::JsonFrame frame_;
  std::vector<Step> steps_;
  size_t next_ = 0;
  std::string unused_;
  json::JsonWriter json_{unused_};
};

}  // namespace mesos::agent
