#pragma once

// Bounds how many connections of HTTP/2 are on their way into the server behind this one at once,
// so that tens of thousands that dial in the same moment take their turns, and whoever asks for
// something over HTTP/1.1 meanwhile is answered.
//
//   Admission admission(loop, limits);
//   admission.Enter([&](Admission::Ticket ticket) { return take(fd, std::move(ticket)); });
//
//   Enter ──room──> entering ──ticket dropped, or kAdmissionTimeout──> gone
//     └──> waiting ──room, in order──^
//
// A ticket is dropped, on any thread, once what the connection came for has been seen to. I/O
// thread only, tickets apart; a ticket may outlive the admission.

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "common/base/deadlines.h"
#include "common/base/mutex.h"
#include "common/net/io_loop.h"

namespace mesos::net {

class Admission {
 public:
  using Ticket = std::shared_ptr<void>;

  struct Limits {
    size_t entering = 0;
    size_t waiting = 0;
    absl::Duration timeout;
  };

  Admission(IoLoop& loop, const Limits& limits);
  ~Admission() { Stop(); }
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Whether it enters, now or later; where not, `work` stays as it is. `work` says whether it took
  // the ticket; where it did not, the next in line has its turn.
  using Work = absl::AnyInvocable<bool(Ticket)>;
  bool Enter(Work&& work);

  size_t waiting() const { return waiting_.size(); }

  // Nobody enters any more; who waits is forgotten.
  void Stop();

 private:
  enum class Number : uint64_t {};
  // What a ticket reaches; null once the admission has stopped.
  struct Link {
    Admission* admission = nullptr;  // of the I/O thread
    Mutex mutex;
    IoLoop* loop ABSL_GUARDED_BY(mutex) = nullptr;
  };

  void Begin(Work& work);
  void Leave(Number number);
  void LetNextEnter();

  IoLoop& loop_;
  const Limits limits_;
  const std::shared_ptr<Link> link_;
  bool stopped_ = false;

  // Invariant: somebody waits only while as many enter as may.
  absl::flat_hash_map<Number, DeadlineId> entering_;
  std::deque<Work> waiting_;
  uint64_t last_number_ = 0;
};

}  // namespace mesos::net
