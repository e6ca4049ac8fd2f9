#pragma once

// Bytes to one request, without a socket: Boost.Beast's parser with this server's bounds and
// refusals.
//
//   RequestParser parser;
//   size_t taken = parser.Feed(bytes);          // what follows the request is left to the next
//   switch (parser.state()) {
//     case RequestParser::State::kNeedsMore: ...
//     case RequestParser::State::kDone:      parser.TakeRequest(), parser.keep_alive() ...
//     case RequestParser::State::kRefused:   parser.TakeRefusal()
//   }
//
// A body that is streamed has no bound, and every other one has kMaxHttpBodyBytes. Trailers of a
// chunked body are read and forgotten. A request whose path or query cannot be decoded is whole: it
// is refused, and the connection may go on (keep_alive).
//
//   kNeedsMore --Feed--> kDone | kRefused, which are final

#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/net/http_message.h"

namespace mesos::net {

class RequestParser {
 public:
  enum class State { kNeedsMore, kDone, kRefused };

  // Whether the body of the request with this head is taken piece by piece; null: never.
  using StreamsBody = std::function<bool(const HttpRequest&)>;

  explicit RequestParser(const StreamsBody& streams_body = nullptr);
  ~RequestParser();

  // Takes bytes until the request is whole or refused; returns how many it took.
  size_t Feed(absl::string_view bytes);

  State state() const { return state_; }

  // Whether a byte of the request has come.
  bool started() const { return started_; }

  // Whether the head is here and the body is to be taken piece by piece (TakeBody): such a request
  // may be taken before it is done.
  bool streams_body() const;
  // What has come of the body since the last call.
  std::string TakeBody();

  // What the body takes by now.
  size_t body_size() const;

  // Ends the request before it is whole.
  void Refuse(int status, absl::string_view reason);

  // Whether the client waits for "100 Continue" before it sends the body. True once.
  bool TakeExpectsContinue();

  // Once done, or where it streams. Without the peer's address.
  HttpRequest TakeRequest();

  // Once refused: the status and, in words, the reason.
  HttpResponse TakeRefusal();

  // What the header said, as far as it came.
  bool keep_alive() const { return keep_alive_; }
  bool is_http_1_0() const;

 private:
  class Message;  // what Beast calls

  // Gives `bytes` to Beast; returns how many it has consumed.
  size_t Put(absl::string_view bytes);
  void Finish();

  State state_ = State::kNeedsMore;
  bool started_ = false;
  bool keep_alive_ = false;
  bool continue_sent_ = false;
  std::unique_ptr<Message> message_;
  HttpResponse refusal_;

  // The part of the head, of a chunk's head or of the trailers that Beast sees again together with
  // what follows.
  std::string pending_;
};

}  // namespace mesos::net
