#pragma once

// Named values that outlive their owner, with one owner at a time: a small durable map, fenced by
// epochs.
//
//   store.Acquire("master 7f1b", [](absl::StatusOr<Contents> contents) { ... });
//   store.Apply({{"agents/S1", bytes}, {"agents/S0", std::nullopt}}, [](absl::Status done) { ...
//   });
//
//   Acquire ──▶ owned ──Apply──▶ owned
//                 └──somebody else acquires──▶ fenced: every Apply is refused with Aborted
//
// Acquire reads everything and raises the epoch, in one step: from then on nothing of a former
// owner is written. Apply costs by its change, not by what the store holds; each entry is written
// whole or not at all, and where Apply fails some of its entries may have been written. Both may be
// called again after a failure. An Acquire abandons the call that is under way, which may not call
// back any more; an Apply before the last call has called back is a bug. Callbacks come on the
// executor, never from within the call; destroying the store silences them, and a write that was
// under way or abandoned may or may not have happened.
//
// Errors: Aborted (another owner), DataLoss (an entry is damaged: named, with what to do; nothing
// is ever overwritten then), FailedPrecondition (written by a newer version; or Apply without
// Acquire), Unavailable (the medium cannot be reached or is full: the outcome of a write is
// unknown), and InvalidArgument (an entry is too large).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace mesos::store {

struct Contents {
  uint64_t epoch = 0;  // of the new owner
  std::map<std::string, std::string> entries;
};

// Sets `value`, or removes the entry where there is none.
struct Change {
  std::string name;
  std::optional<std::string> value;
};

class Store {
 public:
  virtual ~Store() = default;

  // `owner` is for people who look into the store.
  virtual void Acquire(const std::string& owner,
                       absl::AnyInvocable<void(absl::StatusOr<Contents>)> callback) = 0;

  virtual void Apply(std::vector<Change> changes, absl::AnyInvocable<void(absl::Status)> done) = 0;
};

}  // namespace mesos::store
