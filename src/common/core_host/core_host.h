#pragma once

// Threads for a driver's pure core: one executor on which the core and its streams run, and one
// thread on which callbacks come, so that a slow callback stops neither heartbeats nor
// acknowledgements.
//
//   struct Traits {                        // names a core and its events and effects
//     using Core, Options, Event, Effect;
//     using SessionOpened, SessionClosed, EventReceived, Paused, Tick;
//     using OpenSession, SendCall, CloseSession, AbandonSession, Finished;
//     using Urgent;                        // optional: an effect that waits for no slow callback
//     using In, Out;                       // what the stream brings, and what it takes
//     static constexpr char kThreadName[], kCallbackThreadName[];
//   };
//   CoreHost<Traits> host(options, dial, [](Effect& effect) { ... });
//   host.Post(Start{});
//   host.Post(Stop{});
//   host.Join();                           // the core has finished, the last callback has returned
//
//   framework's threads ──Post──▶ core thread ──effects──▶ stream, timer
//                                      └──────callbacks──▶ callback thread ──▶ callback
//
// Every effect that is not about sessions goes to `callback`, in order, Finished last; an Urgent
// one at once, on the core's thread. Post, DiscardCallbacks and Join: from any thread (Join not on
// the callback thread). The destructor, which joins, comes after the core was told to finish.
//
// Bound: where kDriverPauseCallbacks wait, or kDriverPauseBytes of them, nothing is read until the
// framework has taken them up, and the peer waits (for a time; then it ends the session). Of a
// stream that cannot be paused, where kMaxDriverQueue wait, the session is ended as if it had been
// lost.

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "common/base/ids.h"
#include "common/base/limits.h"
#include "common/base/mutex.h"
#include "common/rpc/stream.h"
#include "common/runtime/asio_executor.h"
#include "glog/logging.h"

namespace mesos {

template <typename Traits>
class CoreHost {
 public:
  using Event = typename Traits::Event;
  using Effect = typename Traits::Effect;
  using Stream = rpc::Stream<typename Traits::Out>;
  using Observer = rpc::StreamObserver<typename Traits::In>;
  using Dial = std::function<std::unique_ptr<Stream>(Executor&, Observer)>;
  using Callback = std::function<void(Effect&)>;

  CoreHost(typename Traits::Options options, Dial dial, Callback callback)
      : callback_(std::move(callback)),
        dial_(std::move(dial)),
        core_(std::make_unique<typename Traits::Core>(std::move(options))),
        executor_(Traits::kThreadName),
        callback_thread_([this] { RunCallbacks(); }) {}

  CoreHost(const CoreHost&) = delete;
  CoreHost& operator=(const CoreHost&) = delete;

  ~CoreHost() {
    CHECK(!OnCallbackThread()) << "a driver cannot be destroyed from within its own callback";
    callback_thread_.join();
    executor_.Stop();
  }

  void Post(Event event) {
    // Boxed: a closure that holds a variant makes GCC 12 warn of members that no alternative has.
    auto boxed = std::make_unique<Event>(std::move(event));
    executor_.Post("driver_event", [this, boxed = std::move(boxed)] { Handle(std::move(*boxed)); });
  }

  // Callbacks that have not begun are dropped, Finished excepted.
  void DiscardCallbacks() {
    MutexLock lock(mutex_);
    discard_ = true;
  }

  bool OnCallbackThread() const { return std::this_thread::get_id() == callback_thread_.get_id(); }

  void Join() {
    MutexLock lock(mutex_);
    lock.Wait(done_signal_, [this] { return done_; });
  }

 private:
  // ---- On the core's thread

  void Handle(Event event) {
    if (finished_) return;
    auto effects = core_->Handle(executor_.Now(), std::move(event));
    for (auto& effect : effects) Apply(effect);
    if (!finished_) ArmTimer();
  }

  void Apply(Effect& effect) {
    if (auto* open = std::get_if<typename Traits::OpenSession>(&effect)) {
      Open(open->session);
    } else if (auto* send = std::get_if<typename Traits::SendCall>(&effect)) {
      if (auto it = streams_.find(send->session); it != streams_.end()) {
        it->second->Send(std::move(send->call));
      }
    } else if (auto* close = std::get_if<typename Traits::CloseSession>(&effect)) {
      if (auto it = streams_.find(close->session); it != streams_.end()) {
        it->second->Close(absl::OkStatus());
      }
    } else if (auto* abandon = std::get_if<typename Traits::AbandonSession>(&effect)) {
      Drop(abandon->session);
    } else if (std::holds_alternative<typename Traits::Finished>(effect)) {
      finished_ = true;
      executor_.Cancel(timer_);
      // After what was dropped before: a stream ends on this thread, and the callback thread ends
      // last.
      auto boxed = std::make_unique<Effect>(std::move(effect));
      executor_.Post("driver_finished", [this, boxed = std::move(boxed)] {
        streams_.clear();
        dial_ = nullptr;
        Enqueue(std::move(*boxed));
      });
    } else if (IsUrgent(effect)) {
      callback_(effect);
    } else {
      Enqueue(std::move(effect));
    }
  }

  static bool IsUrgent(const Effect& effect) {
    if constexpr (requires { typename Traits::Urgent; }) {
      return std::holds_alternative<typename Traits::Urgent>(effect);
    } else {
      return false;
    }
  }

  void Open(SessionId session) {
    Observer observer;
    observer.opened = [this, session] { Handle(typename Traits::SessionOpened{session}); };
    observer.message = [this, session](std::shared_ptr<const typename Traits::In> message) {
      const size_t bytes = message->ByteSizeLong();
      Handle(typename Traits::EventReceived{session, std::move(message)});
      if (IsFull(bytes)) Pause();
      if (Overloaded()) {
        Drop(session);
        Handle(typename Traits::SessionClosed{
            session, absl::ResourceExhaustedError("too many callbacks wait to be handled")});
      }
    };
    observer.closed = [this, session](absl::Status status) {
      if (streams_.count(session) == 0) return;
      Drop(session);
      Handle(typename Traits::SessionClosed{session, std::move(status)});
    };
    streams_[session] = dial_(executor_, std::move(observer));
  }

  // Not at once: this may run within a call of the stream's own observer.
  void Drop(SessionId session) {
    auto it = streams_.find(session);
    if (it == streams_.end()) return;
    executor_.Post("driver_drop_session",
                   [stream = std::move(it->second)]() mutable { stream.reset(); });
    streams_.erase(it);
  }

  void ArmTimer() {
    const absl::Time next = core_->NextDeadline();
    if (next == armed_for_) return;
    executor_.Cancel(timer_);
    armed_for_ = next;
    timer_ = TimerId::kNone;
    if (next == absl::InfiniteFuture()) return;
    timer_ = executor_.RunAt(next, "driver_tick", [this] {
      armed_for_ = absl::InfiniteFuture();
      Handle(typename Traits::Tick{});
    });
  }

  // Whether so much waits that no more is to be read; once until it is taken up.
  bool IsFull(size_t bytes) {
    MutexLock lock(mutex_);
    waiting_bytes_ = callbacks_.empty() ? 0 : waiting_bytes_ + bytes;
    if (callbacks_.size() < limits::kDriverPauseCallbacks &&
        waiting_bytes_ < limits::kDriverPauseBytes) {
      return false;
    }
    return !std::exchange(paused_, true);
  }

  bool IsPaused() {
    MutexLock lock(mutex_);
    return paused_;
  }

  // The peer's heartbeats wait with everything else: the core hears that it is not silent.
  void Pause() {
    if (finished_) return;
    std::vector<SessionId> sessions;
    for (auto& [session, stream] : streams_) {
      stream->SetReading(false);
      sessions.push_back(session);
    }
    for (SessionId session : sessions) Handle(typename Traits::Paused{session});
    executor_.RunAt(executor_.Now() + kPausedInterval, "driver_paused", [this] {
      if (IsPaused()) Pause();
    });
  }

  void Resume() {
    if (IsPaused()) return;
    for (auto& [session, stream] : streams_) stream->SetReading(true);
  }

  bool Overloaded() {
    MutexLock lock(mutex_);
    return callbacks_.size() >= limits::kMaxDriverQueue;
  }

  void Enqueue(Effect effect) {
    MutexLock lock(mutex_);
    callbacks_.push_back(std::move(effect));
    callback_signal_.notify_one();
  }

  // ---- On the callback thread

  void RunCallbacks() {
    pthread_setname_np(pthread_self(), Traits::kCallbackThreadName);
    for (bool last = false; !last;) {
      std::deque<Effect> batch;
      {
        MutexLock lock(mutex_);
        lock.Wait(callback_signal_, [this] { return !callbacks_.empty(); });
        batch.swap(callbacks_);
        waiting_bytes_ = 0;
        if (std::exchange(paused_, false)) executor_.Post("driver_resume", [this] { Resume(); });
      }
      for (Effect& effect : batch) {
        last = std::holds_alternative<typename Traits::Finished>(effect);
        if (last || !Discarding()) callback_(effect);
      }
    }
    MutexLock lock(mutex_);
    done_ = true;
    done_signal_.notify_all();
  }

  bool Discarding() {
    MutexLock lock(mutex_);
    return discard_;
  }

  static constexpr absl::Duration kPausedInterval = absl::Seconds(5);

  const Callback callback_;

  // Of the core's thread. dial_ goes with the core: it may hold what lives on the executor.
  // armed_for_ is when timer_ fires, InfiniteFuture where there is none.
  Dial dial_;
  std::unique_ptr<typename Traits::Core> core_;
  std::map<SessionId, std::unique_ptr<Stream>> streams_;
  TimerId timer_ = TimerId::kNone;
  absl::Time armed_for_ = absl::InfiniteFuture();
  bool finished_ = false;

  Mutex mutex_;
  std::condition_variable callback_signal_;
  std::condition_variable done_signal_;
  std::deque<Effect> callbacks_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of the messages that they came of
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;       // nothing is read until they are taken up
  bool discard_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;

  // Last, so that they start after and end before what they use.
  AsioExecutor executor_;
  std::thread callback_thread_;
};

}  // namespace mesos
