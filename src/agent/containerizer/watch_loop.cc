#include "agent/containerizer/watch_loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace mesos::agent {
namespace {

constexpr uint64_t kWakeupKey = std::numeric_limits<uint64_t>::max();
constexpr int kTickMilliseconds = 50;

}  // namespace

WatchLoop::WatchLoop(const std::string& name, std::function<void(uint64_t)> readable,
                     std::function<void()> tick)
    : readable_(std::move(readable)),
      tick_(std::move(tick)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wakeup_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  PCHECK(epoll_.open() && wakeup_.open());
  const absl::Status watched = Watch(wakeup_.value(), kWakeupKey);
  CHECK(watched.ok()) << watched;
  thread_ = std::thread([this, name] {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    Run();
  });
}

WatchLoop::~WatchLoop() { Stop(); }

void WatchLoop::Post(Work work) {
  {
    MutexLock lock(mutex_);
    posted_.push_back(std::move(work));
    if (posted_.size() > 1) return;
  }
  eventfd_write(wakeup_.value(), 1);
}

absl::Status WatchLoop::Watch(int descriptor, uint64_t key) {
  return Add(descriptor, key, EPOLLIN);
}

absl::Status WatchLoop::WatchWritable(int descriptor, uint64_t key) {
  return Add(descriptor, key, EPOLLOUT);
}

absl::Status WatchLoop::Add(int descriptor, uint64_t key, uint32_t events) {
  epoll_event event;
  std::memset(&event, 0, sizeof(event));
  event.events = events;
  event.data.u64 = key;
  if (epoll_ctl(epoll_.value(), EPOLL_CTL_ADD, descriptor, &event) == 0) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("Failed to watch descriptor ", descriptor, ": ", std::strerror(errno)));
}

void WatchLoop::Unwatch(int descriptor) {
  epoll_ctl(epoll_.value(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void WatchLoop::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  eventfd_write(wakeup_.value(), 1);
  if (thread_.joinable()) thread_.join();
}

bool WatchLoop::RunPosted() {
  eventfd_t ignored;
  eventfd_read(wakeup_.value(), &ignored);
  std::vector<Work> batch;
  {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    batch.swap(posted_);
  }
  for (Work& work : batch) work();
  return true;
}

void WatchLoop::Run() {
  epoll_event events[64];
  while (true) {
    const int count = epoll_wait(epoll_.value(), events, 64, ticking_ ? kTickMilliseconds : -1);
    PCHECK(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 != kWakeupKey) {
        readable_(events[i].data.u64);
      } else if (!RunPosted()) {
        return;
      }
    }
    if (ticking_) tick_();
  }
}

}  // namespace mesos::agent
