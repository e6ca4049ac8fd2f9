#pragma once

// What a master has to tell one framework and tells in pages, as the peer takes them (paging.h).
// Plain data, which goes with the framework's session.

#include <cstddef>
#include <deque>
#include <memory>

#include "absl/container/btree_set.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// The number in an offer's id.
enum class OfferNumber : uint64_t {};

struct Outbox {
  // A RECONCILE that names tasks, of which the first `told` are answered.
  struct Named {
    std::shared_ptr<const v1::scheduler::Call> call;
    size_t bytes = 0;
    int told = 0;
  };

  // Invariant: the framework's offers that it has not been told of, the oldest first.
  absl::btree_set<OfferNumber> offers;

  // RECONCILE of all tasks: those at the places [0, all_left) of the framework's task_list are
  // still to be told. What is erased from that list is replaced by its last element, which was told
  // earlier or stood below `all_left` itself, so none is left out; one that was told may be told
  // again. `all_again`: another such call came meanwhile.
  size_t all_left = 0;
  bool all_again = false;

  // Invariant: named_bytes is the sum over `named`.
  std::deque<Named> named;
  size_t named_bytes = 0;

  // What was sent since the peer had taken all; `awaiting` while the host is asked when it has.
  size_t sent_bytes = 0;
  bool awaiting = false;

  bool empty() const { return offers.empty() && all_left == 0 && named.empty(); }
};

}  // namespace mesos::master
