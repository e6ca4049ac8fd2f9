#pragma once

// A thread that runs posted work and watches descriptors with epoll.
//
//   WatchLoop loop("containers", [this](uint64_t key) { Readable(key); });
//   loop.Post([this] { ... });
//   loop.Watch(descriptor, key);          // on the loop's thread; closing the descriptor ends it
//   loop.Stop();                          // joins; queued work is dropped
//
// Post and Stop from any thread but Stop not from the loop's own.

#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "common/disk/posix_descriptor.h"

namespace mesos::agent {

class WatchLoop {
 public:
  using Work = absl::AnyInvocable<void()>;

  // `tick` runs about each 50 ms while SetTicking(true).
  WatchLoop(const std::string& name, std::function<void(uint64_t)> readable,
            std::function<void()> tick);
  ~WatchLoop();

  void Post(Work work);
  absl::Status Watch(int descriptor, uint64_t key);
  absl::Status WatchWritable(int descriptor, uint64_t key);  // calls `readable` as well
  void Unwatch(int descriptor);
  void SetTicking(bool ticking) { ticking_ = ticking; }
  void Stop();

 private:
  absl::Status Add(int descriptor, uint64_t key, uint32_t events);
  void Run();
  bool RunPosted();

  const std::function<void(uint64_t)> readable_;
  const std::function<void()> tick_;
  PosixDescriptor epoll_;
  PosixDescriptor wakeup_;

  Mutex mutex_;
  std::vector<Work> posted_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;

  bool ticking_ = false;  // the loop's thread only
  std::thread thread_;    // last: it uses all of the above
};

}  // namespace mesos::agent
