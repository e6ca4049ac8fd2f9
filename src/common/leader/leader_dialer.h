#pragma once

// Dials the master that leads. Where its address is fixed it is dialed as it is; where ZooKeeper
// tells who leads, a dial waits until it does.
//
//   LeaderDialer<v1::scheduler::Event, v1::scheduler::Call> dialer(address, DialScheduler);
//   std::unique_ptr<rpc::Stream<Call>> stream = dialer.Dial(executor, observer);
//
// A stream that is open ends with Unavailable when another master comes to lead, so that its owner
// dials again at once; where merely nothing is known of a leader any more it goes on. A dial that
// fails is tried again for as long as its owner waits, after waits that grow twofold, and when
// another leads: the dead leader's address says nothing of the next one's. How soon in either case,
// the owner says, which may be one of many that wait for the same election. Everything on the
// executor's thread, destruction too; streams may outlive their dialer.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/leader/leader_watch.h"
#include "common/leader/master_address.h"
#include "common/rpc/stream.h"
#include "common/runtime/executor.h"

namespace mesos::leader {

struct DialPace {
  absl::Duration after_election = absl::ZeroDuration();
  absl::Duration first_retry = absl::Milliseconds(50);
  absl::Duration last_retry = absl::Seconds(1);
};

template <typename In, typename Out>
class LeaderDialer {
 public:
  using Stream = rpc::Stream<Out>;
  using Observer = rpc::StreamObserver<In>;
  using DialTarget =
      std::function<std::unique_ptr<Stream>(const std::string& target, Executor&, Observer)>;

  LeaderDialer(MasterAddress address, DialTarget dial)
      : address_(std::move(address)), dial_(std::move(dial)) {}

  // Over a watch that stands already.
  LeaderDialer(std::shared_ptr<LeaderWatch> watch, DialTarget dial)
      : dial_(std::move(dial)), watch_(std::move(watch)) {}

  std::unique_ptr<Stream> Dial(Executor& executor, Observer observer, const DialPace& pace = {}) {
    if (watch_ == nullptr && !address_.zookeeper)
      return dial_(address_.target, executor, std::move(observer));
    if (watch_ == nullptr) {
      watch_ = LeaderWatch::Start(executor, *address_.zookeeper, address_.session_timeout);
    }
    return std::make_unique<LeaderStream>(watch_, executor, dial_, std::move(observer), pace);
  }

 private:
  // Waits for a leader, then passes all on to the stream to it.
  class LeaderStream final : public Stream {
   public:
    LeaderStream(std::shared_ptr<LeaderWatch> watch, Executor& executor, const DialTarget& dial,
                 Observer observer, const DialPace& pace)
        : watch_(std::move(watch)),
          executor_(executor),
          dial_(dial),
          pace_(pace),
          known_(watch_->known()),
          observer_(std::make_shared<Observer>(std::move(observer))),
          follower_(watch_->Follow([this](const std::string& target) { OnLeader(target); })) {}

    ~LeaderStream() override {
      executor_.Cancel(retry_);
      watch_->Unfollow(follower_);
    }

    void Send(std::shared_ptr<const Out> message) override {
      if (stream_ != nullptr) stream_->Send(std::move(message));
    }

    void SetReading(bool on) override {
      if (stream_ != nullptr) stream_->SetReading(on);
    }

    void Close(absl::Status status) override {
      if (opened_ && stream_ != nullptr) {
        stream_->Close(std::move(status));
      } else {
        EndLater(std::move(status));
      }
    }

   private:
    void OnLeader(const std::string& target) {
      if (ended_ || (stream_ != nullptr && target == target_)) return;
      // A leader that was known when this began was not elected just now.
      const bool elected = !std::exchange(known_, false);
      target_ = target;
      if (opened_) {
        // The former leader's stream is silent from now on.
        DropStream();
        EndLater(absl::UnavailableError("another master leads now: " + target));
      } else {
        DropStream();
        retry_wait_ = pace_.first_retry;
        if (elected) {
          DialAfter(pace_.after_election);
        } else {
          DialNow();
        }
      }
    }

    void DialAfter(absl::Duration wait) {
      executor_.Cancel(retry_);
      retry_ = executor_.RunAt(executor_.Now() + wait, "leader_dial", [this] {
        retry_ = TimerId::kNone;
        DialNow();
      });
    }

    void DialNow() {
      executor_.Cancel(std::exchange(retry_, TimerId::kNone));
      DropStream();
      current_ = std::make_shared<Current>();
      const std::weak_ptr<Current> current = current_;
      Observer inner;
      // Through shared ownership where a callback may destroy this.
      inner.opened = [this, current, observer = observer_] {
        if (current.expired()) return;
        opened_ = true;
        observer->opened();
      };
      inner.message = [current, observer = observer_](std::shared_ptr<const In> message) {
        if (!current.expired()) observer->message(std::move(message));
      };
      inner.closed = [this, current, observer = observer_](absl::Status status) {
        if (current.expired()) return;
        if (opened_ || ended_) {
          observer->closed(std::move(status));
          return;
        }
        DropStream();
        DialAfter(retry_wait_);
        retry_wait_ = std::min(retry_wait_ * 2, pace_.last_retry);
      };
      stream_ = dial_(target_, executor_, std::move(inner));
    }

    // Not at once: this may run within a call of the stream's observer. It is heard no more, though
    // what it said before may still be on its way here, and even this may be gone by then.
    void DropStream() {
      current_ = nullptr;
      if (stream_ == nullptr) return;
      auto dropped = std::make_shared<std::unique_ptr<Stream>>(std::move(stream_));
      executor_.Post("leader_stream_drop", [dropped] { *dropped = nullptr; });
    }

    void EndLater(absl::Status status) {
      if (std::exchange(ended_, true)) return;
      executor_.Cancel(std::exchange(retry_, TimerId::kNone));
      DropStream();
      executor_.Post("leader_stream_end",
                     [weak = std::weak_ptr<Observer>(observer_), status = std::move(status)] {
                       if (auto observer = weak.lock()) observer->closed(status);
                     });
    }

    const std::shared_ptr<LeaderWatch> watch_;
    Executor& executor_;
    const DialTarget dial_;
    const DialPace pace_;
    bool known_;  // the leader of whom it hears first was known before
    absl::Duration retry_wait_ = pace_.first_retry;
    std::shared_ptr<Observer> observer_;
    struct Current {};
    std::shared_ptr<Current> current_;  // while `stream_` is there
    std::unique_ptr<Stream> stream_;  // null until a leader is known, between dials, and at the end
    std::string target_;
    bool opened_ = false;
    bool ended_ = false;
    TimerId retry_ = TimerId::kNone;
    const LeaderWatch::Follower follower_;  // last: its callback uses the rest
  };

  const MasterAddress address_;
  const DialTarget dial_;
  std::shared_ptr<LeaderWatch> watch_;
};

}  // namespace mesos::leader
