#pragma once

// The operators who follow the master's events over HTTP, as records on answers that go on.
//
//   EventFollowers followers(encoder, run_on_read_pool);
//   followers.Add(session, type, std::move(responder), visibility, [] { /* it is gone */ });
//   followers.Greet(session, [state](net::MediaType type) { return StreamSubscribed(...); });
//   followers.Send(told);                                // encoded once for each form in use
//   followers.Remove(session);
//
//   Add ──> waiting ──Greet──> greeted: the state piece by piece, a HEARTBEAT, then every event
//                              that was sent after Greet ──Remove──> ended
//
// Every call: from any thread; it does its work on the encoder, in order. An event is held once in
// each form however many wait for it, in all at most limits::kMaxEventLogBytes a form: beyond,
// those who are farthest behind are cut off. So are those who take nothing for kHttpStallTimeout.
// What one follower has of its own is two pieces of the state. The encoder outlives it.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/functional/any_invocable.h"
#include "common/auth/visibility.h"
#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/metrics/metrics_page.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "common/runtime/executor.h"
#include "master/api/follower_stream.h"
#include "master/core/events.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {

class EventFollowers {
 public:
  using ReadPool = FollowerStream::ReadPool;
  using Greeting = FollowerStream::Greeting;

  EventFollowers(Executor& encoder, ReadPool run_on_read_pool,
                 size_t max_log_bytes = limits::kMaxEventLogBytes);

  // Opens the stream, which is told what `visibility` lets it see. `lost` is called once, on the
  // I/O thread, where the client goes before Remove.
  void Add(SessionId session, net::MediaType type, net::Responder responder,
           auth::Visibility visibility, absl::AnyInvocable<void()> lost);
  void Greet(SessionId session, Greeting greeting);
  void Send(SendToFollowers told);
  // Ends its answer.
  void Remove(SessionId session);

  struct Figures {
    size_t log_bytes = 0;        // what the events take that somebody has still to read
    uint64_t cut_followers = 0;  // so far, for being too slow
  };
  Figures ReadFigures() const;

 private:
  class Table;  // of the encoder's thread, but for its figures

  Executor& encoder_;
  const ReadPool run_on_read_pool_;
  std::shared_ptr<Table> table_;
};

void AddFollowerMetrics(const EventFollowers::Figures& figures, metrics::MetricsPage& page);

}  // namespace mesos::master
