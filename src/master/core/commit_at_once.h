#pragma once

// A master core whose registry takes everything at once, and whose schedulers do: for tests and
// benches, where nothing has to outlive the core.
//
//   // Without Persist and AwaitDrain in it.
//   Effects effects = HandleAndCommit(core, now, std::move(event));

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "master/core/events.h"
#include "master/core/master_core.h"

namespace mesos::master {

inline Effects HandleAndCommit(MasterCore& core, absl::Time now, Event event) {
  Effects all;
  struct Asked {
    std::optional<PersistToken> written;
    SessionId drained = SessionId::kNone;
  };
  std::vector<Asked> asked;
  const auto take = [&](Effects effects) {
    for (Effect& effect : effects) {
      if (const auto* persist = std::get_if<Persist>(&effect)) {
        asked.push_back({.written = persist->token});
      } else if (const auto* await = std::get_if<AwaitDrain>(&effect)) {
        asked.push_back({.written = std::nullopt, .drained = await->session});
      } else {
        all.push_back(std::move(effect));
      }
    }
  };
  take(core.Handle(now, std::move(event)));
  for (size_t i = 0; i < asked.size(); ++i) {
    if (asked[i].written) {
      take(core.Handle(now, Persisted{*asked[i].written, absl::OkStatus()}));
    } else {
      take(core.Handle(now, SchedulerDrained{asked[i].drained}));
    }
  }
  return all;
}

}  // namespace mesos::master
