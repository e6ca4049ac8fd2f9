#pragma once

// A client that says exactly the bytes a test gives it, and takes answers apart.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace mesos::net {

struct RawAnswer {
  int status = 0;
  std::string version;                         // "HTTP/1.1"
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::vector<std::string> chunks;  // of a chunked body, as they came
  bool whole = false;               // it ended as its head says
};

class RawClient {
 public:
  static RawClient ToPort(int port);
  static RawClient ToPort6(int port);
  static RawClient ToPath(const std::string& path);
  RawClient(RawClient&& other) noexcept;
  ~RawClient();

  // False once the server takes nothing more.
  bool Send(absl::string_view bytes);
  // Says that it sends nothing more.
  void FinishSending();
  void Close();
  // Has the kernel hold no more than some KiB for this reader. Before the answer comes.
  void ShrinkReceiveBuffer();

  // The next answer, whole. `head_request`: it has no body whatever its head says.
  RawAnswer ReadAnswer(bool head_request = false);
  // Status line and headers alone.
  RawAnswer ReadHead();
  // The next chunk of a chunked body; "" the last one; nullopt where the connection ended instead.
  std::optional<std::string> ReadChunk();
  // Whatever comes until the server closes.
  std::string ReadToEnd();
  // Exactly `size` bytes, or what came before the end.
  std::string ReadBytes(size_t size);
  // Whether the server closes, sending nothing more.
  bool AtEnd();

  int fd() const { return fd_; }

 private:
  explicit RawClient(int fd) : fd_(fd) {}
  // Whether bytes came; false at the end or once the deadline has passed.
  bool Fill();
  // The next line without its end.
  std::optional<std::string> ReadLine();

  int fd_;
  std::string buffer_;
};

}  // namespace mesos::net
