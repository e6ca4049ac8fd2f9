#pragma once

// A master in this process for the tests of the drivers that link no gRPC: it defines the seam
// DialMaster (scheduler_driver/dial.h).
//
//   FakeMaster& master = FakeMaster::Get();
//   master.Reset();
//   ... driver.start() ...
//   master.Await([&] { return master.Count(Call::ACKNOWLEDGE) == 1; });
//   master.Send(event);               // to the newest session
//   master.Break(absl::UnavailableError("gone"));
//
// A SUBSCRIBE is answered by SUBSCRIBED at once; TEARDOWN ends the session, as a Close does.
// Thread-safe.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "common/rpc/stream.h"
#include "common/runtime/executor.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos {

class FakeMaster {
 public:
  using Call = v1::scheduler::Call;
  using Event = v1::scheduler::Event;

  static FakeMaster& Get();

  // Forgets every session and call; dials succeed.
  void Reset();

  // From now on a dial fails.
  void Refuse(bool refuse);

  // What came, in order, of all sessions.
  std::vector<Call> calls() const;
  int Count(Call::Type type) const;
  int sessions() const;
  // How often a driver stopped reading.
  int pauses() const { return pauses_; }

  // Waits until `condition` holds; false after 20 seconds.
  bool Await(const std::function<bool()>& condition);

  void Send(const Event& event);
  void SendUpdate(const std::string& task, v1::TaskState state, const std::string& uuid);
  void Break(absl::Status reason);

  // One end of a session; the test's own.
  class Session;
  std::unique_ptr<rpc::Stream<Call>> Dial(Executor& executor, rpc::StreamObserver<Event> observer);
  void Received(Session& session, const Call& call);

 private:
  std::atomic<int> pauses_{0};
  mutable Mutex mutex_;
  std::condition_variable changed_;
  std::vector<Call> calls_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Session> newest_ ABSL_GUARDED_BY(mutex_);
  int sessions_ ABSL_GUARDED_BY(mutex_) = 0;
  bool refuse_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mesos
