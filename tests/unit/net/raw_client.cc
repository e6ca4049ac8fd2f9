#include "tests/unit/net/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mesos::net {
namespace {

constexpr int kDeadlineMilliseconds = 30'000;

}  // namespace

RawClient RawClient::ToPort(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return RawClient(-1);
  }
  return RawClient(fd);
}

RawClient RawClient::ToPort6(int port) {
  sockaddr_in6 address = {};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<uint16_t>(port));
  address.sin6_addr = in6addr_loopback;
  const int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return RawClient(-1);
  }
  return RawClient(fd);
}

RawClient RawClient::ToPath(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return RawClient(-1);
  }
  return RawClient(fd);
}

RawClient::RawClient(RawClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

RawClient::~RawClient() { Close(); }

bool RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawClient::FinishSending() { shutdown(fd_, SHUT_WR); }

void RawClient::Close() {
  if (fd_ >= 0) close(std::exchange(fd_, -1));
}

void RawClient::ShrinkReceiveBuffer() {
  const int bytes = 4096;
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

bool RawClient::Fill() {
  pollfd entry = {fd_, POLLIN, 0};
  if (poll(&entry, 1, kDeadlineMilliseconds) != 1) return false;
  char bytes[65536];
  const ssize_t size = recv(fd_, bytes, sizeof(bytes), 0);
  if (size <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(size));
  return true;
}

std::optional<std::string> RawClient::ReadLine() {
  size_t end;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!Fill()) return std::nullopt;
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

RawAnswer RawClient::ReadHead() {
  RawAnswer answer;
  const std::optional<std::string> status = ReadLine();
  if (!status) return answer;
  const std::vector<std::string> parts = absl::StrSplit(*status, absl::MaxSplits(' ', 2));
  answer.version = parts[0];
  if (parts.size() < 2 || !absl::SimpleAtoi(parts[1], &answer.status)) return answer;
  while (true) {
    const std::optional<std::string> line = ReadLine();
    if (!line) return answer;
    if (line->empty()) break;
    const std::pair<std::string, std::string> field =
        absl::StrSplit(*line, absl::MaxSplits(": ", 1));
    answer.headers[absl::AsciiStrToLower(field.first)] = field.second;
  }
  answer.whole = true;
  return answer;
}

RawAnswer RawClient::ReadAnswer(bool head_request) {
  RawAnswer answer = ReadHead();
  if (!answer.whole || head_request || answer.status < 200 || answer.status == 204) return answer;
  answer.whole = false;
  size_t length = 0;
  const auto header = [&answer](const char* name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? "" : found->second;
  };
  if (header("transfer-encoding") == "chunked") {
    while (std::optional<std::string> chunk = ReadChunk()) {
      answer.whole = chunk->empty();
      if (answer.whole) break;
      answer.body += *chunk;
      answer.chunks.push_back(*std::move(chunk));
    }
  } else if (absl::SimpleAtoi(header("content-length"), &length)) {
    answer.body = ReadBytes(length);
    answer.whole = answer.body.size() == length;
  } else {
    answer.body = ReadToEnd();
    answer.whole = true;
  }
  return answer;
}

std::optional<std::string> RawClient::ReadChunk() {
  const std::optional<std::string> line = ReadLine();
  size_t size = 0;
  if (!line || !absl::SimpleHexAtoi(*line, &size)) return std::nullopt;
  std::string chunk = ReadBytes(size + 2);
  if (chunk.size() != size + 2 || chunk.substr(size) != "\r\n") return std::nullopt;
  chunk.resize(size);
  return chunk;
}

std::string RawClient::ReadBytes(size_t size) {
  while (buffer_.size() < size && Fill()) {
  }
  const size_t taken = std::min(size, buffer_.size());
  std::string bytes = buffer_.substr(0, taken);
  buffer_.erase(0, taken);
  return bytes;
}

std::string RawClient::ReadToEnd() {
  while (Fill()) {
  }
  return std::exchange(buffer_, "");
}

bool RawClient::AtEnd() {
  if (!buffer_.empty()) return false;
  pollfd entry = {fd_, POLLIN, 0};
  if (poll(&entry, 1, kDeadlineMilliseconds) != 1) return false;
  char byte;
  return recv(fd_, &byte, 1, 0) <= 0;
}

}  // namespace mesos::net
