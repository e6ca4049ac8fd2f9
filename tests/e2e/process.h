#pragma once

// A real process under test: started with its output in a file, waited for by what it prints.
//
//   Process master({bin + "/mesos-master", "--port=0"});
//   std::string port = master.AwaitOutput("listening on [^ ]*:([0-9]+)");
//   master.Signal(SIGTERM);
//   EXPECT_EQ(master.AwaitExit(), 0);
//
// A wait that does not come true within kPatience fails the test and prints the output so far. The
// destructor kills what still runs (the process only, not what it has started). Not thread-safe.

#include <sys/types.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace mesos::e2e {

inline constexpr absl::Duration kPatience = absl::Seconds(30);

// Looks every few milliseconds until `condition` holds; false after `patience`.
bool Eventually(const std::function<bool()>& condition, absl::Duration patience = kPatience);

// A directory that ends with the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Process {
 public:
  // Starts argv[0] with the environment of the test, changed by `environment`. Its output is
  // appended to the file `output`, which stays, or goes to one of its own.
  explicit Process(std::vector<std::string> argv,
                   std::map<std::string, std::string> environment = {}, std::string output = "");
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  // Standard output and error so far.
  std::string Output() const;

  // The first group of the first match of `pattern` in the output (or the whole match); the empty
  // string, and a failed test, where it does not come.
  std::string AwaitOutput(const std::string& pattern);

  void Signal(int signal);

  // The exit status; 128 + the signal where one ended it. -1, and a failed test, where it runs on.
  int AwaitExit();

  bool Running();

 private:
  bool Reap();

  pid_t pid_ = -1;
  int status_ = -1;
  bool ended_ = false;
  std::string name_;
  TemporaryDirectory directory_;
  std::string output_;
};

// Runs a command to its end: its exit status and output.
struct Finished {
  int status;
  std::string output;
};
Finished RunToEnd(std::vector<std::string> argv,
                  std::map<std::string, std::string> environment = {});

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& bytes);

// The only path that matches a shell pattern; empty where none or several do.
std::string OnlyMatch(const std::string& pattern);

}  // namespace mesos::e2e
