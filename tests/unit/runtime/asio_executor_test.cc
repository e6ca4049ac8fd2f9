#include "common/runtime/asio_executor.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos {
namespace {

constexpr double kDeadlineSeconds = 20;

// A counter that a test waits on.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    ++count_;
    signal_.notify_all();
  }
  bool WaitFor(int count) {
    MutexLock lock(mutex_);
    return lock.WaitFor(signal_, kDeadlineSeconds, [&] { return count_ >= count; });
  }

 private:
  Mutex mutex_;
  std::condition_variable signal_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(AsioExecutorTest, RunsPostsInOrderOnOneThread) {
  AsioExecutor executor("test");
  Gate done;
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) {
    executor.Post("append", [&, i] {
      executor.AssertOnThread();
      order.push_back(i);
    });
  }
  executor.Post("done", [&] { done.Open(); });
  ASSERT_TRUE(done.WaitFor(1));
  ASSERT_EQ(order.size(), 1000u);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(order[i], i);
}

TEST(AsioExecutorTest, KeepsEachPostersOrder) {
  AsioExecutor executor("test");
  constexpr int kThreads = 4;
  constexpr int kEach = 5000;
  Gate done;
  std::vector<std::vector<int>> seen(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) executor.Post("append", [&, t, i] { seen[t].push_back(i); });
      executor.Post("done", [&] { done.Open(); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(done.WaitFor(kThreads));
  for (const std::vector<int>& values : seen) {
    ASSERT_EQ(values.size(), static_cast<size_t>(kEach));
    for (int i = 0; i < kEach; ++i) ASSERT_EQ(values[i], i);
  }
}

TEST(AsioExecutorTest, PostsNeverRunInline) {
  AsioExecutor executor("test");
  Gate done;
  bool outer_ended = false;
  bool inner_saw_end = false;
  executor.Post("outer", [&] {
    executor.Post("inner", [&] {
      inner_saw_end = outer_ended;
      done.Open();
    });
    outer_ended = true;
  });
  ASSERT_TRUE(done.WaitFor(1));
  EXPECT_TRUE(inner_saw_end);
}

TEST(AsioExecutorTest, RunsTimersInOrderOfTimeAndNotBefore) {
  AsioExecutor executor("test");
  Gate done;
  std::vector<int> order;
  const absl::Time start = executor.Now();
  absl::Time third;
  executor.RunAt(start + absl::Milliseconds(30), "c", [&] {
    order.push_back(3);
    third = executor.Now();
    done.Open();
  });
  executor.RunAt(start + absl::Milliseconds(10), "a", [&] { order.push_back(1); });
  executor.RunAt(start + absl::Milliseconds(20), "b", [&] { order.push_back(2); });
  ASSERT_TRUE(done.WaitFor(1));
  EXPECT_THAT(order, testing::ElementsAre(1, 2, 3));
  EXPECT_GE(third - start, absl::Milliseconds(30));
}

TEST(AsioExecutorTest, RunsTimersOfThePastAndNeverThoseOfTheInfiniteFuture) {
  AsioExecutor executor("test");
  Gate done;
  std::atomic<bool> never{false};
  executor.RunAt(absl::InfiniteFuture(), "never", [&] { never = true; });
  executor.RunAt(absl::InfinitePast(), "past", [&] { done.Open(); });
  executor.RunAt(executor.Now() - absl::Hours(1), "past", [&] { done.Open(); });
  ASSERT_TRUE(done.WaitFor(2));
  EXPECT_FALSE(never);
}

TEST(AsioExecutorTest, CancelledTimersDoNotRun) {
  AsioExecutor executor("test");
  Gate done;
  std::vector<int> order;
  TimerId second = TimerId::kNone;
  executor.Post("arm", [&] {
    const absl::Time when = executor.Now() + absl::Milliseconds(5);
    // Both are due in the same pass; the first cancels the second.
    executor.RunAt(when, "first", [&] {
      order.push_back(1);
      executor.Cancel(second);
      executor.Cancel(second);
      executor.Cancel(TimerId::kNone);
    });
    second = executor.RunAt(when, "second", [&] { order.push_back(2); });
    executor.RunAt(when + absl::Milliseconds(1), "third", [&] { done.Open(); });
    while (executor.Now() < when + absl::Milliseconds(1)) {
    }
  });
  ASSERT_TRUE(done.WaitFor(1));
  EXPECT_THAT(order, testing::ElementsAre(1));
}

TEST(AsioExecutorTest, DestroysQueuedWorkAtStopAndDropsWhatComesLater) {
  auto held = std::make_shared<int>(1);
  Gate started;
  Gate release;
  AsioExecutor executor("test");
  executor.Post("block", [&] {
    started.Open();
    release.WaitFor(1);
  });
  ASSERT_TRUE(started.WaitFor(1));
  std::atomic<bool> ran{false};
  executor.Post("queued", [held, &ran] { ran = true; });
  executor.RunAt(executor.Now() + absl::Hours(1), "timer", [held, &ran] { ran = true; });
  std::thread stopper([&] { executor.Stop(); });
  release.Open();
  stopper.join();
  executor.Stop();
  executor.Post("late", [held, &ran] { ran = true; });
  executor.RunAt(executor.Now(), "late", [held, &ran] { ran = true; });
  EXPECT_EQ(held.use_count(), 1);
}

TEST(AsioExecutorTest, CountsWorkByName) {
  AsioExecutor executor("test");
  Gate done;
  for (int i = 0; i < 10; ++i)
    executor.Post("spin", [&] {
      const absl::Time end = executor.Now() + absl::Milliseconds(1);
      while (executor.Now() < end) {
      }
    });
  executor.Post("last", [&] { done.Open(); });
  ASSERT_TRUE(done.WaitFor(1));
  executor.Stop();
  const std::vector<HandlerStats> stats = executor.Snapshot();
  ASSERT_EQ(stats.size(), 2u);
  EXPECT_EQ(stats[0].name, "last");
  EXPECT_EQ(stats[1].name, "spin");
  EXPECT_EQ(stats[1].count, 10u);
  EXPECT_GE(stats[1].run_total, absl::Milliseconds(10));
  EXPECT_GE(stats[1].run_max, absl::Milliseconds(1));
  EXPECT_GE(stats[0].queue_total, absl::Milliseconds(9));
  EXPECT_GE(stats[1].queue_total, stats[1].queue_max);
}

TEST(AsioExecutorTest, TimersFromManyThreadsAllRun) {
  AsioExecutor executor("test");
  Gate done;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        executor.RunAt(executor.Now() + absl::Microseconds((i * 7 + t) % 50 * 100), "timer",
                       [&] { done.Open(); });
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(done.WaitFor(800));
}

}  // namespace
}  // namespace mesos
