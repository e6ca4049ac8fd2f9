#pragma once

// Runs a driver to its end; SIGINT and SIGTERM reach the framework as a call, not as the end of the
// process.
//
//   Runner runner;                      // first thing in main: blocks the signals in every thread
//   runner.Every(std::chrono::seconds(1), [&] { Progress(); });   // optional
//   mesos::Status status = runner.Run(driver, [&] { driver.stop(); });
//
// `on_signal` and the repeated work come on a thread of the runner's; they may call the driver. A
// second signal ends the process at once.

#include <mesos/scheduler.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>
#include <utility>

namespace examples {

class Runner {
 public:
  Runner() {
    sigemptyset(&signals_);
    for (int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }

  void Every(std::chrono::milliseconds interval, std::function<void()> work) {
    interval_ = interval;
    work_ = std::move(work);
  }

  mesos::Status Run(mesos::SchedulerDriver& driver, std::function<void()> on_signal) {
    std::thread watcher([this, on_signal = std::move(on_signal)] { Watch(on_signal); });
    const mesos::Status status = driver.run();
    done_ = true;
    pthread_kill(watcher.native_handle(), SIGUSR1);  // wakes it; SIGUSR1 is blocked everywhere else
    watcher.join();
    return status;
  }

  // Whether a signal came.
  bool interrupted() const { return interrupted_; }

 private:
  void Watch(const std::function<void()>& on_signal) {
    while (!done_) {
      const timespec timeout = {interval_.count() / 1000, interval_.count() % 1000 * 1'000'000};
      const int signal = sigtimedwait(&signals_, nullptr, &timeout);
      if (done_) return;
      if (signal == SIGINT || signal == SIGTERM) {
        if (interrupted_.exchange(true)) _exit(128 + signal);
        on_signal();
      } else if (work_) {
        work_();
      }
    }
  }

  sigset_t signals_;
  std::chrono::milliseconds interval_{3'600'000};
  std::function<void()> work_;
  std::atomic<bool> done_{false};
  std::atomic<bool> interrupted_{false};
};

}  // namespace examples
