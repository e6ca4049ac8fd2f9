#include "common/net/io_loop.h"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

namespace mesos::net {
namespace {

// The kernel takes 15 characters.
constexpr size_t kMaxThreadName = 15;

thread_local const IoLoop* current_loop = nullptr;

}  // namespace

IoLoop::IoLoop(const std::string& thread_name)
    : work_guard_(boost::asio::make_work_guard(context_)), alarm_(context_) {
  thread_ = std::thread([this, name = thread_name.substr(0, kMaxThreadName)] {
    pthread_setname_np(pthread_self(), name.c_str());
    current_loop = this;
    context_.run();
    current_loop = nullptr;
  });
}

IoLoop::~IoLoop() { Stop(); }

void IoLoop::Post(Work work) {
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    posted_.push_back(std::move(work));
    if (std::exchange(drain_scheduled_, true)) return;
  }
  boost::asio::post(context_, [this] { Drain(); });
}

void IoLoop::Dispatch(Work work) {
  if (OnThread()) {
    work();
  } else {
    Post(std::move(work));
  }
}

bool IoLoop::OnThread() const { return current_loop == this; }

absl::Time IoLoop::Now() const {
  return absl::UnixEpoch() + absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

void IoLoop::Drain() {
  {
    MutexLock lock(mutex_);
    running_.swap(posted_);
    drain_scheduled_ = false;
  }
  for (Work& work : running_) {
    work();
    work = nullptr;
  }
  running_.clear();
}

DeadlineId IoLoop::Arm(absl::Time when, Work work) {
  const DeadlineId id = timers_.Arm(when, std::move(work));
  if (when < armed_for_) ArmAlarm();
  return id;
}

void IoLoop::Cancel(DeadlineId timer) { timers_.Cancel(timer); }

// An alarm for a timer that was cancelled meanwhile goes off in vain: cheaper than setting it again
// at each request.
void IoLoop::ArmAlarm() {
  armed_for_ = timers_.Next();
  if (armed_for_ == absl::InfiniteFuture()) return;
  alarm_.expires_at(std::chrono::steady_clock::time_point(
      absl::ToChronoNanoseconds(armed_for_ - absl::UnixEpoch())));
  alarm_.async_wait([this](const boost::system::error_code& error) {
    if (!error) FireTimers();
  });
}

void IoLoop::FireTimers() {
  const absl::Time now = Now();
  while (auto work = timers_.PopDue(now)) (*work)();
  ArmAlarm();
}

void IoLoop::Stop() {
  if (!thread_.joinable()) return;
  Post([this] {
    std::vector<Work> dropped;
    MutexLock lock(mutex_);
    stopped_ = true;
    dropped.swap(posted_);
  });
  boost::asio::post(context_, [this] { work_guard_.reset(); });
  // The alarm is cancelled behind everything that could arm it.
  boost::asio::post(context_, [this] {
    timers_ = {};
    alarm_.cancel();
  });
  thread_.join();
}

}  // namespace mesos::net
