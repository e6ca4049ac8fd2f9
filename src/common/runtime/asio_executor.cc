#include "common/runtime/asio_executor.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <map>
#include <thread>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/mutex.h"
#include "glog/logging.h"

namespace mesos {
namespace {

using SteadyClock = std::chrono::steady_clock;

int64_t SteadyNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyClock::now().time_since_epoch())
      .count();
}

// The kernel takes 15 characters.
constexpr size_t kMaxThreadName = 15;

}  // namespace

class AsioExecutor::Impl {
 public:
  explicit Impl(const std::string& thread_name)
      : wall_anchor_(absl::Now()),
        steady_anchor_(SteadyNanos()),
        work_guard_(boost::asio::make_work_guard(context_)),
        alarm_(context_) {
    thread_ = std::thread([this, name = thread_name.substr(0, kMaxThreadName)] {
      pthread_setname_np(pthread_self(), name.c_str());
      current_ = this;
      context_.run();
      current_ = nullptr;
    });
  }

  void Post(const char* name, Work work) {
    Item item{name, SteadyNanos(), std::move(work)};
    bool wake;
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      queue_.push_back(std::move(item));
      wake = !std::exchange(drain_scheduled_, true);
    }
    if (wake) ScheduleDrain();
  }

  TimerId RunAt(absl::Time when, const char* name, Work work) {
    const int64_t due = ToSteady(when);
    bool wake = false;
    TimerId id;
    {
      MutexLock lock(mutex_);
      id = TimerId{++last_timer_};
      if (stopping_) return id;
      const bool earliest = timers_.empty() || due < timers_.begin()->first.first;
      timers_.emplace(std::make_pair(due, id), Item{name, due, std::move(work)});
      timer_times_.emplace(id, due);
      // A drain arms the alarm at its end; only a new earliest deadline needs one of its own.
      if (earliest) wake = !std::exchange(drain_scheduled_, true);
    }
    if (wake) ScheduleDrain();
    return id;
  }

  void Cancel(TimerId timer) {
    AssertOnThread();
    std::map<TimerKey, Item>::node_type node;  // destroyed after the lock is released
    MutexLock lock(mutex_);
    auto it = timer_times_.find(timer);
    if (it == timer_times_.end()) return;
    node = timers_.extract({it->second, timer});
    timer_times_.erase(it);
  }

  absl::Time Now() const {
    return wall_anchor_ + absl::Nanoseconds(SteadyNanos() - steady_anchor_);
  }

  void AssertOnThread() const {
    CHECK(current_ == this) << "called from a thread that is not this executor's";
  }

  void Stop() {
    CHECK(current_ != this) << "an executor cannot be stopped from its own thread";
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    stop_requested_.store(true, std::memory_order_relaxed);
    context_.stop();
    MutexLock join_lock(join_mutex_);
    if (!thread_.joinable()) return;
    thread_.join();
    std::vector<Item> queue;
    std::map<TimerKey, Item> timers;
    {
      MutexLock lock(mutex_);
      queue.swap(queue_);
      timers.swap(timers_);
      timer_times_.clear();
    }
  }

  std::vector<HandlerStats> Snapshot() const {
    std::map<std::string, HandlerStats> by_name;
    {
      MutexLock lock(stats_mutex_);
      // One literal may have several addresses, one in each file that names it.
      for (const auto& [name, cost] : costs_) {
        HandlerStats& stats = by_name[name];
        stats.name = name;
        stats.count += cost.count;
        stats.queue_total += absl::Nanoseconds(cost.queue_total);
        stats.run_total += absl::Nanoseconds(cost.run_total);
        stats.queue_max = std::max(stats.queue_max, absl::Nanoseconds(cost.queue_max));
        stats.run_max = std::max(stats.run_max, absl::Nanoseconds(cost.run_max));
        for (size_t i = 0; i < HandlerStats::kBounds.size(); ++i) {
          stats.queue_counts[i] += cost.queue_counts[i];
          stats.run_counts[i] += cost.run_counts[i];
        }
      }
    }
    std::vector<HandlerStats> all;
    all.reserve(by_name.size());
    for (auto& [name, stats] : by_name) all.push_back(std::move(stats));
    return all;
  }

  size_t queued() const {
    MutexLock lock(mutex_);
    return queue_.size();
  }

 private:
  using TimerKey = std::pair<int64_t, TimerId>;

  struct Item {
    const char* name;
    int64_t ready;  // when it could have run, in steady nanoseconds
    Work work;
  };

  struct Cost {
    uint64_t count = 0;
    int64_t queue_total = 0;
    int64_t queue_max = 0;
    int64_t run_total = 0;
    int64_t run_max = 0;
    HandlerStats::Counts queue_counts{};
    HandlerStats::Counts run_counts{};
  };

  struct Sample {
    const char* name;
    int64_t queue;
    int64_t run;
  };

  int64_t ToSteady(absl::Time when) const {
    const absl::Duration delta = when - wall_anchor_;
    // Saturates, so that InfiniteFuture is simply never due.
    const int64_t nanos = absl::ToInt64Nanoseconds(delta);
    return nanos > INT64_MAX - steady_anchor_ ? INT64_MAX : steady_anchor_ + nanos;
  }

  void ScheduleDrain() {
    boost::asio::post(context_, [this] { Drain(); });
  }

  void Drain() {
    {
      MutexLock lock(mutex_);
      running_.swap(queue_);
    }
    int64_t time = SteadyNanos();
    const int64_t begin = time;
    for (Item& item : running_) {
      if (stop_requested_.load(std::memory_order_relaxed)) break;
      time = Run(item, time);
    }
    running_.clear();
    // One at a time: work may cancel a timer that is due too.
    Item timer;
    while (!stop_requested_.load(std::memory_order_relaxed) && TakeTimer(begin, timer)) {
      time = Run(timer, time);
    }
    RecordSamples();

    bool again;
    int64_t next_timer = INT64_MAX;
    {
      MutexLock lock(mutex_);
      if (!timers_.empty()) next_timer = timers_.begin()->first.first;
      again = !queue_.empty() || next_timer <= time;
      drain_scheduled_ = again;
    }
    if (again) {
      ScheduleDrain();
    } else {
      ArmAlarm(next_timer);
    }
  }

  // Returns when it ended.
  int64_t Run(Item& item, int64_t start) {
    item.work();
    item.work = nullptr;  // what it holds goes now, not after the whole batch
    const int64_t end = SteadyNanos();
    samples_.push_back({item.name, std::max<int64_t>(0, start - item.ready), end - start});
    return end;
  }

  bool TakeTimer(int64_t due, Item& item) {
    MutexLock lock(mutex_);
    if (timers_.empty() || timers_.begin()->first.first > due) return false;
    auto node = timers_.extract(timers_.begin());
    timer_times_.erase(node.key().second);
    item = std::move(node.mapped());
    return true;
  }

  // Setting the expiry cancels the wait before, so at most one is pending.
  void ArmAlarm(int64_t due) {
    if (due == armed_for_) return;
    armed_for_ = due;
    if (due == INT64_MAX) {
      alarm_.cancel();
      return;
    }
    alarm_.expires_at(SteadyClock::time_point(std::chrono::nanoseconds(due)));
    alarm_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      armed_for_ = INT64_MAX;
      {
        MutexLock lock(mutex_);
        if (std::exchange(drain_scheduled_, true)) return;
      }
      Drain();
    });
  }

  static void CountIn(HandlerStats::Counts& counts, int64_t nanoseconds) {
    for (size_t i = 0; i < counts.size(); ++i) {
      if (nanoseconds > HandlerStats::kBounds[i]) continue;
      ++counts[i];
      return;
    }
  }

  void RecordSamples() {
    MutexLock lock(stats_mutex_);
    for (const Sample& sample : samples_) {
      Cost& cost = costs_[sample.name];
      ++cost.count;
      cost.queue_total += sample.queue;
      cost.run_total += sample.run;
      cost.queue_max = std::max(cost.queue_max, sample.queue);
      cost.run_max = std::max(cost.run_max, sample.run);
      CountIn(cost.queue_counts, sample.queue);
      CountIn(cost.run_counts, sample.run);
    }
    samples_.clear();
  }

  static thread_local const Impl* current_;

  const absl::Time wall_anchor_;
  const int64_t steady_anchor_;

  // Invariant: drain_scheduled_ is true exactly while a Drain is posted or runs, and then that
  // Drain sees everything in queue_ and timers_. timer_times_ holds exactly the ids of timers_.
  mutable Mutex mutex_;
  std::vector<Item> queue_ ABSL_GUARDED_BY(mutex_);
  std::map<TimerKey, Item> timers_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<TimerId, int64_t> timer_times_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_timer_ ABSL_GUARDED_BY(mutex_) = 0;
  bool drain_scheduled_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;

  mutable Mutex stats_mutex_;
  absl::flat_hash_map<const char*, Cost> costs_ ABSL_GUARDED_BY(stats_mutex_);

  // Of the executor's thread only. armed_for_ is when alarm_ fires, INT64_MAX where it does not.
  std::vector<Item> running_;
  std::vector<Sample> samples_;
  int64_t armed_for_ = INT64_MAX;

  std::atomic<bool> stop_requested_{false};
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_guard_;
  boost::asio::steady_timer alarm_;
  Mutex join_mutex_;
  std::thread thread_;
};

thread_local const AsioExecutor::Impl* AsioExecutor::Impl::current_ = nullptr;

AsioExecutor::AsioExecutor(const std::string& thread_name)
    : impl_(std::make_unique<Impl>(thread_name)) {}

AsioExecutor::~AsioExecutor() { Stop(); }

void AsioExecutor::Post(const char* name, Work work) { impl_->Post(name, std::move(work)); }

TimerId AsioExecutor::RunAt(absl::Time when, const char* name, Work work) {
  return impl_->RunAt(when, name, std::move(work));
}

void AsioExecutor::Cancel(TimerId timer) { impl_->Cancel(timer); }

absl::Time AsioExecutor::Now() const { return impl_->Now(); }

void AsioExecutor::AssertOnThread() const { impl_->AssertOnThread(); }

void AsioExecutor::Stop() { impl_->Stop(); }

std::vector<HandlerStats> AsioExecutor::Snapshot() const { return impl_->Snapshot(); }

size_t AsioExecutor::queued() const { return impl_->queued(); }

}  // namespace mesos
