// What tasks write comes out as it is, to the stream that it was written to, and to its end.

#include "cli/output_follower.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <sstream>
#include <string>

namespace mesos::cli {
namespace {

using ::testing::HasSubstr;

// The files of an agent, which a test writes. Thread-safe.
class FakeFiles {
 public:
  OutputFollower::ReadFile Reader() {
    return [this](const std::string& agent, const std::string& path,
                  uint64_t offset) -> absl::StatusOr<std::string> {
      MutexLock lock(mutex_);
      ++reads_;
      changed_.notify_all();
      if (!error_.ok()) return error_;
      auto it = files_.find(agent + path);
      if (it == files_.end()) return absl::NotFoundError("no such file");
      constexpr size_t kPiece = 4;
      return it->second.substr(std::min<size_t>(offset, it->second.size()), kPiece);
    };
  }

  void Append(const std::string& path, const std::string& text) {
    MutexLock lock(mutex_);
    files_["agent:1" + path] += text;
  }

  void Fail(absl::Status error) {
    MutexLock lock(mutex_);
    error_ = std::move(error);
  }

  // Until it was read so many times more.
  void AwaitReads(int count) {
    MutexLock lock(mutex_);
    const int wanted = reads_ + count;
    EXPECT_TRUE(lock.WaitFor(changed_, 30,
                             [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return reads_ >= wanted; }));
  }

 private:
  Mutex mutex_;
  std::condition_variable changed_;
  int reads_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> files_ ABSL_GUARDED_BY(mutex_);
};

class OutputFollowerTest : public testing::Test {
 protected:
  FakeFiles files_;
  std::ostringstream out_;
  std::ostringstream err_;
  OutputFollower follower_{files_.Reader(), out_, err_};
};

TEST_F(OutputFollowerTest, WritesEachFileToItsStreamInPieces) {
  files_.Append("/t/stdout", std::string("more than\0one piece", 19));
  files_.Append("/t/stderr", "errors");
  follower_.Follow("t", {.agent = "agent:1", .sandbox = "/t"});
  follower_.Finish();
  EXPECT_EQ(out_.str(), std::string("more than\0one piece", 19));
  EXPECT_EQ(err_.str(), "errors");
}

TEST_F(OutputFollowerTest, WaitsForASandboxAndForWhatComesLater) {
  follower_.Follow("t", {.agent = "agent:1", .sandbox = "/t"});
  files_.AwaitReads(2);
  files_.Append("/t/stdout", "first ");
  files_.Append("/t/stderr", "");
  files_.AwaitReads(4);
  files_.Append("/t/stdout", "second");
  follower_.Ended("t");
  follower_.Finish();
  EXPECT_EQ(out_.str(), "first second");
}

TEST_F(OutputFollowerTest, DoesNotWaitForASandboxThatNeverWas) {
  follower_.Follow("t", {.agent = "agent:1", .sandbox = "/t"});
  follower_.Ended("t");
  follower_.Ended("unknown");
  follower_.Finish();
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(err_.str(), "");
}

TEST_F(OutputFollowerTest, TellsOnceOfAnAgentThatDoesNotAnswerAndAsksOn) {
  files_.Append("/t/stdout", "after all");
  files_.Append("/t/stderr", "");
  files_.Fail(absl::UnavailableError("no route"));
  follower_.Follow("t", {.agent = "agent:1", .sandbox = "/t"});
  files_.AwaitReads(6);
  files_.Fail(absl::OkStatus());
  follower_.Finish();
  EXPECT_EQ(out_.str(), "after all");
  const std::string told = err_.str();
  EXPECT_THAT(told, HasSubstr("the output of task 't' cannot be read: no route"));
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 2);  // of stdout and of stderr
}

TEST_F(OutputFollowerTest, StopsAtOnceWhereItIsNotFinished) {
  follower_.Follow("t", {.agent = "agent:1", .sandbox = "/t"});
  files_.AwaitReads(1);
}

}  // namespace
}  // namespace mesos::cli
