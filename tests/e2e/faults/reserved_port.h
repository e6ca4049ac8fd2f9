#pragma once

// A port of 127.0.0.1 that stays the same server's over its restarts: while that is down, no
// connection of another process gets it as its own end.
//
//   ReservedPort port;
//   Process server({"mesos-master", absl::StrCat("--port=", port.number())});
//
// The server binds with SO_REUSEADDR, as all of ours and Java do.

namespace mesos::e2e {

class ReservedPort {
 public:
  ReservedPort();
  ~ReservedPort();
  ReservedPort(const ReservedPort&) = delete;
  ReservedPort& operator=(const ReservedPort&) = delete;

  int number() const { return number_; }

 private:
  int fd_;
  int number_;
};

}  // namespace mesos::e2e
