#pragma once

// The output of tasks, as it comes: what they write to stdout and stderr goes to two streams of
// this program.
//
//   OutputFollower follower(ReadFromAgent(executor), std::cout, std::cerr);
//   follower.Follow("task", {.agent = "10.0.0.7:5051", .sandbox = "/frameworks/F/.../latest"});
//   follower.Ended("task");          // read to the end of its files, and no further
//   follower.Finish();               // waits until that is done of all
//
// A file that is not there yet is waited for while the task has not ended. An agent that does not
// answer is told of once on the second stream and asked on; once the task has ended, only for
// kPatience. Thread-safe; it reads, and writes to the streams, on a thread of its own.

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace mesos::cli {

class OutputFollower {
 public:
  static constexpr absl::Duration kInterval = absl::Milliseconds(50);
  static constexpr absl::Duration kPatience = absl::Seconds(10);

  // What a file of an agent has from `offset` on, or a part of it; empty at its end. NotFound where
  // there is no such file. May block for some seconds.
  using ReadFile = std::function<absl::StatusOr<std::string>(
      const std::string& agent, const std::string& path, uint64_t offset)>;

  struct Task {
    std::string agent;    // host:port
    std::string sandbox;  // as the agent's files call it
  };

  OutputFollower(ReadFile read, std::ostream& out, std::ostream& err);
  ~OutputFollower();  // reads no further

  void Follow(const std::string& id, Task task);

  // Ignored where the task is not followed.
  void Ended(const std::string& id);

  // Takes every task as ended, and returns once all has been read that can be. Nothing is followed
  // any more.
  void Finish();

 private:
  struct File {
    std::string id;
    std::string agent;
    std::string path;
    std::ostream* to;
    // Of the thread that reads.
    uint64_t offset = 0;
    bool done = false;
    bool warned = false;
    absl::Time failing_since = absl::InfiniteFuture();
  };
  struct Followed {
    std::vector<std::shared_ptr<File>> files;
    bool ended = false;
  };

  void Run();
  // Whether there was something to read. `ended` is what was known before.
  bool Read(File& file, bool ended);
  void Failed(File& file, const absl::Status& status, bool ended);

  const ReadFile read_;
  std::ostream& out_;
  std::ostream& err_;

  Mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Followed> tasks_ ABSL_GUARDED_BY(mutex_);

  std::thread thread_;
};

}  // namespace mesos::cli
