#pragma once

// A daemon in a process of its own, for programs that measure it from outside.
//
//   DaemonProcess master(binary, {"--ip=127.0.0.1", "--port=0"}, log_file);
//   int port = master.AwaitPort();
//   master.Kill(SIGKILL);
//
// Ends it where it still runs. Failures end the program, with the daemon's log.

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace mesos {

class DaemonProcess {
 public:
  DaemonProcess(const std::string& binary, const std::vector<std::string>& flags,
                std::string log_file);
  ~DaemonProcess();
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  // The port in its log's line "listening on".
  int AwaitPort() const;
  // When a line of its log first held `text`; polls each millisecond.
  absl::Time AwaitLine(const std::string& text) const;

  // Sends the signal, and waits for its end.
  void Kill(int signal);
  // Sends the signal only.
  void Signal(int signal) const;

  double CpuSeconds() const;
  double ResidentMegabytes() const;

 private:
  std::string Log() const;

  pid_t pid_ = -1;
  const std::string log_file_;
};

// A directory that goes with the object.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Lets the time pass that lies between two looks at something.
void Pause(absl::Duration time);

// Where this program's binary stands, with the others.
std::string BinaryDirectory();

// As many descriptors as the system gives this process, which those it starts inherit; how many.
int RaiseDescriptorLimit();

}  // namespace mesos
