#pragma once

// The HTTP server's I/O thread: a Boost.Asio io_context, work posted to it, and timers.
//
//   IoLoop loop("http");
//   loop.Post([connection] { connection->Pump(); });           // any thread
//   DeadlineId id = loop.Arm(absl::Seconds(5), [this] { ... });  // on the loop's thread
//   loop.Stop();
//
// Timers fire late by at most what the loop is busy with. After Stop, what is posted is dropped.

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "common/base/deadlines.h"
#include "common/base/mutex.h"

namespace mesos::net {

class IoLoop {
 public:
  using Work = absl::AnyInvocable<void()>;

  explicit IoLoop(const std::string& thread_name);
  ~IoLoop();

  boost::asio::io_context& context() { return context_; }

  // Runs `work` on the loop's thread, behind what was posted before. Any thread.
  void Post(Work work);

  // Runs `work` now where the caller is on the loop's thread, else posts it. Any thread.
  void Dispatch(Work work);

  bool OnThread() const;

  // Monotonic: only for comparing with itself.
  absl::Time Now() const;

  // On the loop's thread.
  DeadlineId Arm(absl::Time when, Work work);
  void Cancel(DeadlineId timer);

  // Runs what is posted, cancels timers, and waits until every asynchronous operation has ended:
  // the caller has closed every descriptor. Not from the loop's thread. Idempotent.
  void Stop();

 private:
  void Drain();
  void ArmAlarm();
  void FireTimers();

  // Work for the thread. Invariant: while posted_ is not empty, a Drain is on its way or running.
  Mutex mutex_;
  std::vector<Work> posted_ ABSL_GUARDED_BY(mutex_);
  bool drain_scheduled_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_guard_;

  // Of the loop's thread only. armed_for_ is when alarm_ goes off; InfiniteFuture where it does
  // not.
  Deadlines<Work> timers_;
  boost::asio::steady_timer alarm_;
  absl::Time armed_for_ = absl::InfiniteFuture();
  std::vector<Work> running_;

  std::thread thread_;
};

}  // namespace mesos::net
