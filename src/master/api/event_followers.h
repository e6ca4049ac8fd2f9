#pragma once

// The operators who follow the master's events over HTTP, as records on answers that go on.
//
//   EventFollowers followers(encoder, run_on_read_pool);
//   followers.Add(session, type, std::move(stream), visibility);
//   followers.Greet(session, [state](net::MediaType type) { return records; });
//   followers.Send(told);                                // encoded once for each form in use
//   followers.Remove(session);
//
//   Add ──> waiting ──Greet, made on the read pool──> greeted ──Remove──> ended
//           what is sent meanwhile is held, and follows the greeting
//
// Every call: from any thread; it does its work on the encoder, in order. What one follower has
// held is bounded by limits::kMaxSessionQueueBytes: beyond, its answer ends. The encoder outlives
// it.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "common/auth/visibility.h"
#include "common/base/ids.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "common/runtime/executor.h"
#include "master/core/events.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {

class EventFollowers {
 public:
  using ReadPool = std::function<void(absl::AnyInvocable<void()>)>;
  // The first records of a follower, in its form. Run on the read pool.
  using Greeting = absl::AnyInvocable<std::vector<std::string>(net::MediaType)>;

  EventFollowers(Executor& encoder, ReadPool run_on_read_pool);

  // It is told what `visibility` lets it see.
  void Add(SessionId session, net::MediaType type, std::unique_ptr<net::EventStream> stream,
           auth::Visibility visibility);
  void Greet(SessionId session, Greeting greeting);
  void Send(SendToFollowers told);
  // Ends its answer behind what was sent.
  void Remove(SessionId session);

 private:
  class Table;  // of the encoder's thread

  Executor& encoder_;
  const ReadPool run_on_read_pool_;
  std::shared_ptr<Table> table_;
};

}  // namespace mesos::master
