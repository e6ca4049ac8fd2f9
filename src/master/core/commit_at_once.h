#pragma once

// A master core whose registry takes everything at once, and whose schedulers do: for tests and
// benches, where nothing has to outlive the core.
//
//   // Without Persist and AwaitDrain in it.
//   Effects effects = HandleAndCommit(core, now, std::move(event));

#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "master/core/events.h"
#include "master/core/master_core.h"

namespace mesos::master {

inline Effects HandleAndCommit(MasterCore& core, absl::Time now, Event event) {
  Effects all;
  std::vector<Event> answers;
  const auto take = [&](Effects effects) {
    for (Effect& effect : effects) {
      if (const auto* persist = std::get_if<Persist>(&effect)) {
        answers.push_back(Persisted{persist->token, absl::OkStatus()});
      } else if (const auto* await = std::get_if<AwaitDrain>(&effect)) {
        answers.push_back(SchedulerDrained{await->session});
      } else {
        all.push_back(std::move(effect));
      }
    }
  };
  take(core.Handle(now, std::move(event)));
  for (size_t i = 0; i < answers.size(); ++i) take(core.Handle(now, std::move(answers[i])));
  return all;
}

}  // namespace mesos::master
