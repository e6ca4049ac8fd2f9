#pragma once

// A master core whose registry takes everything at once: for tests and benches, where nothing has
// to outlive the core.
//
//   Effects effects = HandleAndCommit(core, now, std::move(event));   // without Persist in it

#include <utility>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "master/core/events.h"
#include "master/core/master_core.h"

namespace mesos::master {

inline Effects HandleAndCommit(MasterCore& core, absl::Time now, Event event) {
  Effects all;
  std::vector<PersistToken> writes;
  const auto take = [&](Effects effects) {
    for (Effect& effect : effects) {
      if (const auto* persist = std::get_if<Persist>(&effect)) {
        writes.push_back(persist->token);
      } else {
        all.push_back(std::move(effect));
      }
    }
  };
  take(core.Handle(now, std::move(event)));
  for (size_t i = 0; i < writes.size(); ++i) {
    take(core.Handle(now, Persisted{writes[i], absl::OkStatus()}));
  }
  return all;
}

}  // namespace mesos::master
