#pragma once

// Everything that a master answers over HTTP, as one handler for its server.
//
//   MasterApi api({.core = port, .timers = executor, .encoder = encoder, ...});
//   net::HttpServer server(options, [&](auto request, auto responder) {
//     api.Handle(std::move(request), std::move(responder));
//   });
//   api.Perform(effect);                    // what the core has for the operators who follow it
//
// Every path stands under /master too. Handle: from any thread; Perform: on the core's. What Deps
// names outlives it, and it outlives the server.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "common/auth/gate.h"
#include "common/base/mutex.h"
#include "common/files/files.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"
#include "common/net/router.h"
#include "common/operator_api/operator_api.h"
#include "common/runtime/executor.h"
#include "master/api/classic_writes.h"
#include "master/api/core_port.h"
#include "master/api/leadership.h"
#include "master/api/operator_calls.h"
#include "master/api/scheduler_api.h"
#include "master/core/events.h"
#include "master/reads/classic_reads.h"

namespace mesos::master {

class MasterApi {
 public:
  struct Deps {
    CorePort& core;
    Executor& timers;   // Post and RunAt from any thread
    Executor& encoder;  // makes the bodies of events, off the core's thread
    files::Files& files;
    std::function<void(absl::AnyInvocable<void()>)> run_on_read_pool;
    OperatorApi::CollectMetrics collect_metrics;
    const auth::Gate& gate;
    uint64_t seed = 0;  // for the ids of event streams
  };

  explicit MasterApi(const Deps& deps);

  void Handle(net::HttpRequest request, net::Responder responder) const {
    router_.Handle(std::move(request), std::move(responder));
  }

  // Where it answers, sorted.
  std::vector<std::string> paths() const { return router_.paths(); }

  // Any thread. Until it is called, this master does not lead and knows of no leader.
  void SetLeadership(Leadership leadership);

  void Perform(const GreetFollower& effect);
  void Perform(SendToFollowers& effect);
  void Perform(const CloseFollower& effect);

  // An operator's call that came over gRPC; on the core's thread. `answer` is called on any.
  void Answer(std::shared_ptr<const v1::master::Call> call, const auth::CallerPtr& caller,
              rpc::Answer<v1::master::Response> answer) {
    operators_.Answer(std::move(call), caller, std::move(answer));
  }

  EventFollowers::Figures ReadFollowerFigures() { return operators_.followers().ReadFigures(); }

 private:
  Leadership CurrentLeadership() const;
  // A route that a master which does not lead answers by a redirect.
  void AddForLeader(const std::string& path, std::vector<std::string> methods, net::Access access,
                    net::RouteHandler handler);

  using ClassicRead = std::function<absl::StatusOr<ClassicAnswer>(
      SharedSnapshot, const net::HttpRequest&, const std::string& rest)>;
  // Renders a snapshot, on the read pool.
  net::RouteHandler Reader(ClassicRead read);
  void AddReads();

  const Deps deps_;
  OperatorApi shared_;
  SchedulerApi schedulers_;
  OperatorCalls operators_;
  ClassicWrites writes_;
  net::Router router_;

  mutable Mutex mutex_;
  Leadership leadership_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::master
