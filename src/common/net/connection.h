#pragma once

// One accepted connection: what it turns out to speak, its requests one after the other, and the
// answer to each.
//
//   peeking ──HTTP/2 preface──> handed over
//      └─> reading ──request──> handling ──> answering ──kept alive──> reading
//             │                                  └──else──> lingering ──> closed
//             └──refused (4xx, 5xx)──> answering
//
// While it lingers, what the client still sends is read and dropped, so that the answer is not lost
// to a reset. Reading stops from a request until its answer is written: a client that pipelines
// waits in the kernel's buffers. Streams read on, to notice a client that leaves.
//
// A body that streams (HttpServerOptions::streams_body) is read on while its request is handled and
// answered, a piece each time that the handler asks for one (request_body.cc).
//
// Memory: a connection that waits, for a request or for events, holds neither buffer nor parser.
// Threads: I/O-thread-only, but for the calls of Exchange.

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "common/net/answer.h"
#include "common/net/exchange.h"
#include "common/net/http_server.h"
#include "common/net/output_queue.h"
#include "common/net/request_parser.h"
#include "common/net/response_head.h"
#include "common/net/server_context.h"

namespace mesos::net {

class Connection final : public Responder::Exchange,
                         public std::enable_shared_from_this<Connection> {
 public:
  // Owns `fd`, a socket that does not block.
  Connection(std::shared_ptr<ServerContext> context, int fd, auth::Peer peer);

  void Start();

  // Cuts it off. Idempotent.
  void Close(absl::Status reason);

  // Goes on writing: called when an Answer that waited has more.
  void Pump();

  // The stream's owner has ended it: a client that does not take the rest soon is cut off.
  void EndStreamSoon();

  ServerContext& context() { return *context_; }

  // ---- Responder::Exchange, from any thread
  void Respond(HttpResponse response) override;
  void RespondFrom(Fields headers, std::unique_ptr<BodySource> body) override;
  std::unique_ptr<EventStream> StartStream(Fields headers,
                                           absl::AnyInvocable<void(absl::Status)> closed) override;
  std::unique_ptr<PulledStreamHandle> StreamFrom(Fields headers,
                                                 std::shared_ptr<StreamSource> source) override;

 private:
  enum class Phase { kPeeking, kReading, kHandling, kAnswering, kStreaming, kLingering, kClosed };

  // Reading.
  void WaitReadable();
  void OnReadable();
  void Peek();
  void HandOver();
  // Whether bytes came; else it waits for them or has closed.
  bool ReadMore();
  void ProcessInput();
  // Gives the parser what is its; returns how much that was.
  size_t Feed(absl::string_view bytes);
  void DropInput();
  // Has the server know how many bytes of a body this connection holds.
  void CountBody(size_t bytes);
  void HandleRequest();
  void Discard();

  // The body of the request at hand, where it streams.
  class RequestBody;
  void BeginBody(std::unique_ptr<RequestParser> parser, HttpRequest& request);
  void WantBody(uint64_t request, BodyStream::Take take);
  void ReadBody();
  void GiveBody();
  // Who still waits for it hears `why`. Whether it came whole.
  bool EndBody(absl::Status why);

  // Answering.
  void WriteResponse(HttpResponse response, bool gzip);
  void PullFrom(Fields headers, std::unique_ptr<BodySource> body);
  void BeginStream(const Fields& headers, const std::shared_ptr<Answer>& stream);
  // Writes `head` and then what `answer` has, if there is one.
  void BeginAnswer(std::string head, std::shared_ptr<Answer> answer, int status);
  HeadOptions HeadFor(Framing framing);
  // Whether the client has the stall timeout for taking some of what is written.
  bool HasToRead() const {
    return phase_ == Phase::kAnswering || (phase_ == Phase::kStreaming && !ending_stream_);
  }
  void WaitWritable();
  void EndAnswer();
  void Linger();

  // Of all timers there is one: `deadline_`, which is looked at when `armed_for_` has come.
  void SetDeadline(absl::Duration timeout);
  void ClearDeadline() { deadline_ = absl::InfiniteFuture(); }
  void OnTimer();
  void OnDeadline();

  const std::shared_ptr<ServerContext> context_;
  const auth::Peer peer_;
  std::optional<boost::asio::posix::stream_descriptor> descriptor_;  // until closed
  Phase phase_ = Phase::kPeeking;
  bool waiting_readable_ = false;
  bool waiting_writable_ = false;
  bool processing_ = false;  // within ProcessInput: an answer given inline does not recurse

  // The request that is being read, and bytes that came behind the last whole one, of which the
  // first `input_used_` are used up.
  std::unique_ptr<RequestParser> parser_;
  size_t counted_body_ = 0;
  std::string input_;
  size_t input_used_ = 0;

  // The body that streams: its parser, the next bytes of it, and who waits for some.
  // Invariant: body_parser_ is null where the request at hand has no such body.
  std::unique_ptr<RequestParser> body_parser_;
  std::string body_ready_;
  BodyStream::Take body_wanted_;
  bool awaits_continue_ = false;
  uint64_t requests_ = 0;  // so far: what was asked of a former one's body is not answered

  // The request that is being answered, and its answer.
  bool keep_alive_ = false;
  bool is_head_ = false;
  bool is_http_1_0_ = false;
  bool accepts_gzip_ = false;
  OutputQueue output_;
  std::shared_ptr<Answer> answer_;
  bool ending_stream_ = false;  // a stream whose rest is to be taken soon
  int unread_ = 0;              // what the kernel held when the socket took nothing more

  absl::Time deadline_ = absl::InfiniteFuture();
  absl::Time armed_for_ = absl::InfiniteFuture();
  DeadlineId timer_ = DeadlineId::kNone;
  absl::Duration peek_pause_;
  size_t discarded_ = 0;
};

}  // namespace mesos::net
