#pragma once

// An HTTP/1.1 server on one I/O thread, with a pool of threads that make big bodies. The same port
// serves gRPC: a connection that opens with the HTTP/2 preface is handed on untouched.
//
//   HttpServer server(options, handler);
//   server.HandOverHttp2([](int fd, std::string peer_ip, auto ticket) { ... });
//   RETURN_IF_ERROR(server.Listen("0.0.0.0:5050"));   // or "unix:/path"; again for another one
//   server.port();
//   server.Shutdown();
//
//   accept ──peek──> HTTP/2 preface ──> hand over
//               └──> HTTP/1.1: request ──> handler ──> Responder ──> answer ──> next request
//                                                        ├── Respond      a whole body
//                                                        ├── RespondFrom  pulled at the reader's pace
//                                                        ├── StartStream  pushed, a chunk a record
//                                                        └── StreamFrom   pulled, a chunk a record
//
// The handler runs on the I/O thread and must not block. A Responder and a Stream may be used from
// any thread. Requests that are pipelined are handled one after the other, in order. The server
// itself answers what is not HTTP (400), too large (413, 431) and too slow (408), with a reason.
//
// Bounds: limits.h. A client that takes nothing of what there is for it within kHttpStallTimeout is
// closed; a stream holds at most kMaxSessionQueueBytes.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/limits.h"
#include "common/net/http_message.h"
#include "common/net/site_guard.h"

namespace mesos::net {

// Makes a body piece by piece, on a thread of the read pool, a piece ahead of the socket.
class BodySource {
 public:
  virtual ~BodySource() = default;

  // Appends the next piece (some 64 KiB to 256 KiB) to `out`; false once there is nothing more.
  virtual bool Next(std::string& out) = 0;
};

// The body of a request as it comes, at the handler's pace: no more is read than is asked for.
// Thread-safe. Whoever drops it wants no more; once the request is answered the connection ends
// unless the body came whole.
class BodyStream {
 public:
  using Take = absl::AnyInvocable<void(absl::StatusOr<std::string>)>;

  virtual ~BodyStream() = default;

  // Calls `take` once, on the I/O thread: with the next bytes (at most some 64 KiB), with none at
  // the end of the body, with Cancelled where the client is gone or the request was answered, and
  // with InvalidArgument where what came is no body. One at a time.
  virtual void Next(Take take) = 0;
};

// An answer that goes on: each record is one chunk of the chunked body. Destroying it ends the
// answer and silences `closed`. Thread-safe.
class EventStream {
 public:
  virtual ~EventStream() = default;

  // Queues; never blocks. Over its bound the stream is closed with ResourceExhausted. After the end
  // it does nothing.
  virtual void Send(std::shared_ptr<const std::string> record) = 0;

  // Calls `written` once the client's system has taken all that was sent before: on the I/O thread,
  // and not at all where the stream ends first.
  virtual void WhenWritten(absl::AnyInvocable<void()> written) = 0;

  // Writes what is queued, then ends the answer and the connection. `closed` is called.
  virtual void Close() = 0;
};

// Where a StreamSource puts what comes next.
class RecordSink {
 public:
  virtual ~RecordSink() = default;

  // A whole record, which may be shared with other streams.
  virtual void Add(std::shared_ptr<const std::string> record) = 0;

  // A record of `bytes` bytes comes in parts, in this step and later ones. False, and nothing is
  // taken, where a part goes beyond the record's end.
  virtual void Begin(size_t bytes) = 0;
  virtual bool Part(std::string bytes) = 0;
};

// Gives the records of a stream as its reader takes them. On the I/O thread, which it must not
// block.
class StreamSource {
 public:
  enum class Step {
    kMore,    // something was given, and more may be there
    kWaits,   // until Wake
    kEnds,    // after what was given
    kBreaks,  // in the middle of it: the connection is cut
  };

  virtual ~StreamSource() = default;

  // Gives some 256 KiB at most, or one record.
  virtual Step Next(RecordSink& sink) = 0;

  // Called once and last: the client is gone (Cancelled), does not read (ResourceExhausted), or has
  // everything (OK).
  virtual void Closed(absl::Status why) = 0;
};

// What the owner of a StreamSource holds. Thread-safe; may outlive the connection.
class PulledStreamHandle {
 public:
  virtual ~PulledStreamHandle() = default;

  // The source has more. Cheap where it was called before and nobody has looked yet.
  virtual void Wake() = 0;

  // The source is going to say kEnds: a client that does not take the rest soon is cut off.
  virtual void End() = 0;

  // Cuts the connection off.
  virtual void Cut(absl::Status why) = 0;
};

// Answers one request, once; dropped unanswered it answers 500. Move-only; any thread.
class Responder {
 public:
  class Exchange;  // of the server

  explicit Responder(std::shared_ptr<Exchange> exchange);
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  // Compressed where the client takes gzip and the body is worth it.
  void Respond(HttpResponse response);

  // 200 with `headers`. Compressed where the client takes gzip.
  void RespondFrom(Fields headers, std::unique_ptr<BodySource> body);

  // 200 with `headers`, never compressed. `closed` is called once, on the I/O thread, when the
  // client is gone (Cancelled), is too slow (ResourceExhausted) or after Close (OK).
  std::unique_ptr<EventStream> StartStream(Fields headers,
                                           absl::AnyInvocable<void(absl::Status)> closed);

  // As StartStream, with records that `source` gives at the reader's pace. A client that takes
  // nothing for kHttpStallTimeout is closed.
  std::unique_ptr<PulledStreamHandle> StreamFrom(Fields headers,
                                                 std::shared_ptr<StreamSource> source);

 private:
  std::shared_ptr<Exchange> exchange_;
};

using HttpHandler = std::function<void(HttpRequest, Responder)>;

struct HttpServerOptions {
  std::string thread_name = "http";
  int read_threads = 2;
  // By which names it may be called, and for pages of which hosts.
  SiteNames site;

  // For one request to come whole, for the next one to begin, for a reader to take something, and
  // for a client to take the answer and go after which the server closes.
  absl::Duration request_timeout = limits::kHttpRequestTimeout;
  absl::Duration idle_timeout = limits::kHttpIdleTimeout;
  absl::Duration stall_timeout = limits::kHttpStallTimeout;
  absl::Duration linger_timeout = limits::kHttpLingerTimeout;

  // What all bodies that have begun to come may take together; beyond, a request is answered 503.
  size_t max_request_bytes = 16 * limits::kMaxHttpBodyBytes;
  size_t max_connections = limits::kMaxHttpConnections;
  // Of those that are handed over: being so at once, and waiting for their turn.
  size_t max_entering = limits::kMaxEnteringConnections;
  size_t max_waiting = limits::kMaxWaitingConnections;
  absl::Duration entering_timeout = limits::kEnteringTimeout;
  // The process' descriptors less kReservedDescriptors, where it is zero.
  int max_handed_over_descriptor = 0;
  size_t max_stream_bytes = limits::kMaxSessionQueueBytes;

  // Whether the body of the request with this head goes to its handler as it comes, without a
  // bound. I/O thread; null: none does.
  std::function<bool(const HttpRequest&)> streams_body = nullptr;
};

// For the metrics page.
struct HttpServerStats {
  size_t connections = 0;                // open now, those handed over apart
  size_t streams = 0;                    // open now
  uint64_t stalled_streams = 0;          // so far: closed since their client did not read
  std::array<uint64_t, 6> responses{};   // so far, by the status' first digit
  uint64_t bytes_out = 0;                // so far
  uint64_t handed_over_connections = 0;  // so far, to gRPC
  size_t waiting_connections = 0;        // now, for their turn to be handed over
  uint64_t turned_away_connections = 0;  // so far: too many waited, or are there
  uint64_t refused_pages = 0;            // so far: requests that SiteGuard refused
  uint64_t refused_connections = 0;      // so far: the system had no descriptor or memory for them
};

class HttpServer {
 public:
  HttpServer(const HttpServerOptions& options, HttpHandler handler);
  ~HttpServer();  // shuts down

  // `take` owns the descriptor from then on: nothing was read from it. Called on the I/O thread,
  // for a bounded number of connections at once: until the `ticket` is dropped (any thread), or a
  // time has passed. Without it, such a connection is closed. Before Listen.
  using TakeHttp2 = std::function<void(int fd, std::string peer_ip, std::shared_ptr<void> ticket)>;
  void HandOverHttp2(TakeHttp2 take);

  // "host:port" (port 0: any that is free; IPv6 in brackets) or "unix:/path", where a socket that a
  // dead process left is replaced. Unavailable, naming the address and the reason, where it cannot
  // listen there. Connections are taken from then on.
  absl::Status Listen(const std::string& address);

  // Any thread.
  HttpServerStats Stats() const;

  // Of the first TCP address listened on; 0 where there is none.
  int port() const;

  // Runs `work` on the read pool; dropped after Shutdown. Any thread.
  void RunOnReadPool(absl::AnyInvocable<void()> work);

  // Ends every connection and waits for the handler and the pool. Idempotent; not from within them.
  void Shutdown();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mesos::net
