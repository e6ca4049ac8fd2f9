#include "common/net/read_pool.h"

#include <pthread.h>

#include <utility>

namespace mesos::net {

ReadPool::ReadPool(const std::string& name, int threads) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, label = name.substr(0, 10) + "-read"] {
      pthread_setname_np(pthread_self(), label.c_str());
      Loop();
    });
  }
}

ReadPool::~ReadPool() { Stop(); }

void ReadPool::Run(Work work) {
  MutexLock lock(mutex_);
  if (stopped_) return;
  waiting_.push_back(std::move(work));
  changed_.notify_one();
}

void ReadPool::Loop() {
  while (true) {
    Work work;
    {
      MutexLock lock(mutex_);
      lock.Wait(changed_, [this] { return stopped_ || !waiting_.empty(); });
      if (stopped_) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

void ReadPool::Stop() {
  std::deque<Work> dropped;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    dropped.swap(waiting_);
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace mesos::net
