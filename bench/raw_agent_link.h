#pragma once

// An agent's link to a master, at the least cost to the process that simulates tens of thousands of
// agents: one TCP connection, with HTTP/2 and gRPC's framing written by hand. On the wire it is
// what gRPC's client writes; gRPC's own takes some 100 KB a channel and several thread switches a
// message.
//
//   RawAgentLink link;
//   link.Dial(epoll, this, from, to);              // events of `epoll` carry `this`
//   link.Send(frame);                              // held until it is connected
//   if (!link.OnReady([](const MasterMessage& message) { ... })) ...   // it is lost
//
// One thread. Register edge-triggered events only through it.

#include <netinet/in.h>

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "internal/agent_link.pb.h"

namespace mesos {

class RawAgentLink {
 public:
  using OnMessage = std::function<void(const internal::MasterMessage&)>;

  RawAgentLink() = default;
  ~RawAgentLink() { Close(); }
  RawAgentLink(const RawAgentLink&) = delete;
  RawAgentLink& operator=(const RawAgentLink&) = delete;

  // Whether the system could begin it. `from` has port 0.
  bool Dial(int epoll, void* context, const sockaddr_in& from, const sockaddr_in& to);
  void Close();
  bool open() const { return fd_ >= 0; }

  // A message as AgentMessages on the wire.
  static std::string Frame(const internal::AgentMessage& message);
  void Send(absl::string_view frame);

  // Reads and writes what is ready; false once the link is lost.
  bool OnReady(const OnMessage& on_message);

 private:
  bool Read(const OnMessage& on_message);
  bool Write();
  bool TakeFrames(const OnMessage& on_message);
  bool TakeFrame(uint8_t type, uint8_t flags, absl::string_view payload,
                 const OnMessage& on_message);
  bool TakeMessages(const OnMessage& on_message);
  void GrantWindow(size_t bytes);

  int fd_ = -1;
  std::string out_;       // not written yet
  std::string in_;        // the beginning of a frame of HTTP/2
  std::string messages_;  // the beginning of a message of gRPC
  uint32_t ungranted_ = 0;
};

}  // namespace mesos
