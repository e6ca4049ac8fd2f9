#pragma once

// Peers that do what our own clients never do: raw TCP bytes, raw gRPC frames, a proxy that goes
// silent. Failures of the helpers themselves fail the test.

#include <arpa/inet.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "common/base/mutex.h"
#include "common/rpc/methods.h"
#include "gtest/gtest.h"

namespace mesos::rpc {

inline sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A TCP connection to a port of this machine.
class RawConnection {
 public:
  explicit RawConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in address = Loopback(port);
    EXPECT_EQ(connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  }
  ~RawConnection() { close(fd_); }
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  void Write(const std::string& bytes) {
    // The peer may have closed already; that is an outcome, not an error.
    (void)!send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  // Whether the peer ends the connection before the deadline.
  bool WaitForEnd(int timeout_milliseconds) {
    char buffer[4096];
    pollfd entry = {fd_, POLLIN, 0};
    while (poll(&entry, 1, timeout_milliseconds) > 0) {
      if (recv(fd_, buffer, sizeof(buffer), 0) <= 0) return true;
    }
    return false;
  }

 private:
  const int fd_;
};

// A scheduler stream of frames as given, well formed or not.
class RawStream : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // Reads only where `reads` says so; a stream that does not read never takes what the server
  // writes.
  RawStream(const std::string& target, bool reads)
      : reads_(reads), stub_(grpc::CreateChannel(target, grpc::InsecureChannelCredentials())) {
    stub_.PrepareBidiStreamingCall(&context_, kSchedulerConnect, grpc::StubOptions(), this);
    AddHold();
    if (reads_) StartRead(&incoming_);
    StartCall();
  }

  // Ends the call where the server has not.
  ~RawStream() override {
    context_.TryCancel();
    Release();
    Wait(1e9);
  }

  void Write(const std::string& bytes) {
    const grpc::Slice slice(bytes);
    outgoing_ = grpc::ByteBuffer(&slice, 1);
    StartWrite(&outgoing_);
  }

  bool WriteAndWait(const std::string& bytes, double timeout_seconds) {
    int before;
    {
      MutexLock lock(mutex_);
      before = written_;
    }
    Write(bytes);
    MutexLock lock(mutex_);
    return lock.WaitFor(changed_, timeout_seconds, [&] { return written_ > before; });
  }

  // The call's status as the server gave it.
  grpc::Status Finish(double timeout_seconds) {
    Release();
    EXPECT_TRUE(Wait(timeout_seconds));
    MutexLock lock(mutex_);
    return status_;
  }

 private:
  void OnReadDone(bool ok) override {
    if (ok) StartRead(&incoming_);
  }
  void OnWriteDone(bool) override {
    MutexLock lock(mutex_);
    ++written_;
    changed_.notify_all();
  }
  void OnDone(const grpc::Status& status) override {
    MutexLock lock(mutex_);
    status_ = status;
    done_ = true;
    changed_.notify_all();
  }
  void Release() {
    if (!std::exchange(released_, true)) RemoveHold();
  }
  bool Wait(double timeout_seconds) {
    MutexLock lock(mutex_);
    return lock.WaitFor(changed_, timeout_seconds, [&] { return done_; });
  }

  const bool reads_;
  bool released_ = false;
  grpc::GenericStub stub_;
  grpc::ClientContext context_;
  grpc::ByteBuffer incoming_;
  grpc::ByteBuffer outgoing_;
  Mutex mutex_;
  std::condition_variable changed_;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  int written_ ABSL_GUARDED_BY(mutex_) = 0;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
};

// Passes one connection on to a port, until it is told to swallow everything or to cut both sides.
class Proxy {
 public:
  explicit Proxy(int target_port) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 4), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, target_port] { Run(target_port); });
  }
  ~Proxy() {
    mode_ = Mode::kCut;
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  int port() const { return port_; }
  void Swallow() { mode_ = Mode::kSwallow; }
  void Cut() { mode_ = Mode::kCut; }

 private:
  enum class Mode { kPass, kSwallow, kCut };

  void Run(int target_port) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(target_port);
    EXPECT_EQ(connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    constexpr int kModeCheckMilliseconds = 10;
    while (mode_ != Mode::kCut) {
      poll(ends, 2, kModeCheckMilliseconds);
      if (ends[0].revents != 0 && !Pass(client, server)) break;
      if (ends[1].revents != 0 && !Pass(server, client)) break;
    }
    close(client);
    close(server);
  }

  bool Pass(int from, int to) {
    char buffer[65536];
    const ssize_t size = recv(from, buffer, sizeof(buffer), 0);
    if (size <= 0) return false;
    if (mode_ != Mode::kPass) return true;
    return send(to, buffer, static_cast<size_t>(size), MSG_NOSIGNAL) == size;
  }

  const int listener_;
  int port_ = 0;
  std::atomic<Mode> mode_{Mode::kPass};
  std::thread thread_;
};

}  // namespace mesos::rpc
