#include "bench/raw_agent_link.h"

#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/rpc/methods.h"

namespace mesos {
namespace {

// RFC 9113.
constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kHeaderBytes = 9;
constexpr size_t kMaxFrameBytes = 16'384;
constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kResetStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kPing = 6;
constexpr uint8_t kGoAway = 7;
constexpr uint8_t kWindowUpdate = 8;
constexpr uint8_t kAck = 1;
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr uint8_t kPadded = 8;
constexpr uint32_t kStream = 1;
constexpr uint32_t kGrantAfter = 16'384;

void AppendBigEndian(uint32_t value, int bytes, std::string& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(value >> shift & 0xff));
  }
}

uint32_t BigEndian(absl::string_view bytes) {
  uint32_t value = 0;
  for (char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

void AppendFrame(uint8_t type, uint8_t flags, uint32_t stream, absl::string_view payload,
                 std::string& out) {
  AppendBigEndian(static_cast<uint32_t>(payload.size()), 3, out);
  out.push_back(static_cast<char>(type));
  out.push_back(static_cast<char>(flags));
  AppendBigEndian(stream, 4, out);
  out.append(payload.data(), payload.size());
}

// A literal field that is not indexed (RFC 7541, 6.2.2); lengths below 127.
void AppendField(absl::string_view name, absl::string_view value, std::string& out) {
  out.push_back('\0');
  out.push_back(static_cast<char>(name.size()));
  out.append(name.data(), name.size());
  out.push_back(static_cast<char>(value.size()));
  out.append(value.data(), value.size());
}

// All that comes before the first message.
std::string MakeOpening() {
  std::string opening(kPreface);
  AppendFrame(kSettings, 0, 0, "", opening);
  std::string fields;
  fields.push_back('\x83');  // :method POST
  fields.push_back('\x86');  // :scheme http
  AppendField(":path", rpc::kAgentLinkConnect, fields);
  AppendField(":authority", "master", fields);
  AppendField("te", "trailers", fields);
  AppendField("content-type", "application/grpc", fields);
  AppendFrame(kHeaders, kEndHeaders, kStream, fields, opening);
  return opening;
}

}  // namespace

bool RawAgentLink::Dial(int epoll, void* context, const sockaddr_in& from, const sockaddr_in& to) {
  static const std::string opening = MakeOpening();
  Close();
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return false;
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  // So that one port serves connections to several addresses.
  setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
  const auto address = [](const sockaddr_in& in) { return reinterpret_cast<const sockaddr*>(&in); };
  epoll_event events = {};
  events.events = EPOLLIN | EPOLLOUT | EPOLLET | EPOLLRDHUP;
  events.data.ptr = context;
  if (bind(fd_, address(from), sizeof(from)) != 0 ||
      (connect(fd_, address(to), sizeof(to)) != 0 && errno != EINPROGRESS) ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, fd_, &events) != 0) {
    Close();
    return false;
  }
  out_ = opening;
  return true;
}

void RawAgentLink::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
  out_ = {};
  in_ = {};
  messages_ = {};
  ungranted_ = 0;
}

std::string RawAgentLink::Frame(const internal::AgentMessage& message) {
  internal::AgentMessages batch;
  *batch.add_messages() = message;
  const std::string bytes = batch.SerializeAsString();
  std::string body(1, '\0');
  AppendBigEndian(static_cast<uint32_t>(bytes.size()), 4, body);
  body += bytes;
  std::string frame;
  for (size_t at = 0; at < body.size(); at += kMaxFrameBytes) {
    AppendFrame(kData, 0, kStream, absl::string_view(body).substr(at, kMaxFrameBytes), frame);
  }
  return frame;
}

void RawAgentLink::Send(absl::string_view frame) { out_.append(frame.data(), frame.size()); }

bool RawAgentLink::OnReady(const OnMessage& on_message) {
  if (fd_ < 0) return false;
  if (Write() && Read(on_message) && Write()) return true;
  Close();
  return false;
}

bool RawAgentLink::Write() {
  while (!out_.empty()) {
    const ssize_t size = send(fd_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    if (static_cast<size_t>(size) == out_.size()) {
      out_ = {};
    } else {
      out_.erase(0, static_cast<size_t>(size));
    }
  }
  return true;
}

bool RawAgentLink::Read(const OnMessage& on_message) {
  static thread_local char buffer[65'536];
  while (true) {
    const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
    if (size == 0) return false;
    if (size < 0) return errno == EAGAIN || errno == EINTR || errno == ENOTCONN;
    in_.append(buffer, static_cast<size_t>(size));
    if (!TakeFrames(on_message)) return false;
    if (static_cast<size_t>(size) < sizeof(buffer)) return true;
  }
}

bool RawAgentLink::TakeFrames(const OnMessage& on_message) {
  absl::string_view rest(in_);
  while (rest.size() >= kHeaderBytes) {
    const size_t length = BigEndian(rest.substr(0, 3));
    if (rest.size() < kHeaderBytes + length) break;
    const auto type = static_cast<uint8_t>(rest[3]);
    const auto flags = static_cast<uint8_t>(rest[4]);
    if (!TakeFrame(type, flags, rest.substr(kHeaderBytes, length), on_message)) return false;
    rest.remove_prefix(kHeaderBytes + length);
  }
  in_ = std::string(rest);
  return true;
}

bool RawAgentLink::TakeFrame(uint8_t type, uint8_t flags, absl::string_view payload,
                             const OnMessage& on_message) {
  switch (type) {
    case kData:
      if (flags & kPadded) return false;  // which gRPC does not write
      messages_.append(payload.data(), payload.size());
      GrantWindow(payload.size());
      return TakeMessages(on_message) && !(flags & kEndStream);
    case kHeaders:
      return !(flags & kEndStream);
    case kSettings:
      if (!(flags & kAck)) AppendFrame(kSettings, kAck, 0, "", out_);
      return true;
    case kPing:
      if (!(flags & kAck)) AppendFrame(kPing, kAck, 0, payload, out_);
      return true;
    case kResetStream:
    case kGoAway:
      return false;
    default:
      return true;
  }
}

bool RawAgentLink::TakeMessages(const OnMessage& on_message) {
  constexpr size_t kPrefixBytes = 5;
  absl::string_view rest(messages_);
  while (rest.size() >= kPrefixBytes) {
    const size_t length = BigEndian(rest.substr(1, 4));
    if (rest.size() < kPrefixBytes + length) break;
    internal::MasterMessages batch;
    if (!batch.ParseFromArray(rest.data() + kPrefixBytes, static_cast<int>(length))) return false;
    for (const internal::MasterMessage& message : batch.messages()) on_message(message);
    rest.remove_prefix(kPrefixBytes + length);
  }
  messages_ = std::string(rest);
  return true;
}

void RawAgentLink::GrantWindow(size_t bytes) {
  ungranted_ += static_cast<uint32_t>(bytes);
  if (ungranted_ < kGrantAfter) return;
  std::string increment;
  AppendBigEndian(ungranted_, 4, increment);
  AppendFrame(kWindowUpdate, 0, 0, increment, out_);
  AppendFrame(kWindowUpdate, 0, kStream, increment, out_);
  ungranted_ = 0;
}

}  // namespace mesos
