#pragma once

// Bytes on their way into a socket, some of them shared with other connections: written with one
// system call for many pieces, copied never.
//
//   OutputQueue output;
//   output.Append("HTTP/1.1 200 OK\r\n...");
//   output.Append(record);                     // a shared_ptr: the same bytes to all subscribers
//   switch (output.WriteTo(fd, &written)) ...
//
// I/O-thread-only.

#include <deque>
#include <memory>
#include <string>

namespace mesos::net {

class OutputQueue {
 public:
  enum class Result { kDrained, kBlocked, kBroken };

  void Append(std::string bytes);
  void Append(std::shared_ptr<const std::string> bytes);

  bool empty() const { return segments_ == nullptr; }
  void Clear() { segments_ = nullptr; }

  // Writes what the socket takes now, and adds the number of bytes to `written`. Broken: the peer
  // takes nothing any more.
  Result WriteTo(int fd, size_t* written);

 private:
  struct Segment {
    const std::string& bytes() const { return shared != nullptr ? *shared : owned; }
    std::string owned;
    std::shared_ptr<const std::string> shared;
  };

  std::deque<Segment>& segments();
  void Drop(size_t bytes);

  // Null while there is nothing, since an empty deque takes half a KiB and most connections wait.
  // `offset_` bytes of the first segment are written.
  std::unique_ptr<std::deque<Segment>> segments_;
  size_t offset_ = 0;
};

}  // namespace mesos::net
