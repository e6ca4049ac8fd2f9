// How a connection gives the body of a request to its handler, a piece for each that is asked for.

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "common/net/connection.h"

namespace mesos::net {

class Connection::RequestBody final : public BodyStream {
 public:
  RequestBody(std::shared_ptr<Connection> connection, uint64_t request)
      : connection_(std::move(connection)), request_(request) {}

  // Posted, so that a handler that asks again from within `take` does not recurse.
  void Next(Take take) override {
    connection_->context_->loop.Post(
        [connection = connection_, request = request_, take = std::move(take)]() mutable {
          connection->WantBody(request, std::move(take));
        });
  }

 private:
  const std::shared_ptr<Connection> connection_;
  const uint64_t request_;
};

void Connection::BeginBody(std::unique_ptr<RequestParser> parser, HttpRequest& request) {
  body_parser_ = std::move(parser);
  body_ready_ = std::exchange(request.body, {});
  request.body_stream = std::make_shared<RequestBody>(shared_from_this(), requests_);
}

void Connection::WantBody(uint64_t request, BodyStream::Take take) {
  if (body_parser_ == nullptr || request != requests_) {
    return take(absl::CancelledError("the request is over"));
  }
  if (body_wanted_ != nullptr) {
    return take(absl::FailedPreconditionError("the body is being read already"));
  }
  body_wanted_ = std::move(take);
  if (std::exchange(awaits_continue_, false) && phase_ == Phase::kHandling) {
    output_.Append(std::string("HTTP/1.1 100 Continue\r\n\r\n"));
    Pump();
  }
  if (phase_ != Phase::kClosed) GiveBody();
}

void Connection::ReadBody() {
  if (body_wanted_ == nullptr) return;
  std::vector<char>& scratch = context_->scratch;
  const ssize_t size =
      recv(descriptor_->native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return WaitReadable();
  if (size <= 0) return Close(absl::CancelledError("the client is gone"));
  const absl::string_view bytes(scratch.data(), static_cast<size_t>(size));
  const absl::string_view rest = bytes.substr(body_parser_->Feed(bytes));
  input_.assign(rest.data(), rest.size());
  input_used_ = 0;
  body_ready_ = body_parser_->TakeBody();
  GiveBody();
}

void Connection::GiveBody() {
  if (!body_ready_.empty()) {
    return std::exchange(body_wanted_, nullptr)(std::exchange(body_ready_, {}));
  }
  switch (body_parser_->state()) {
    case RequestParser::State::kNeedsMore:
      return WaitReadable();
    case RequestParser::State::kDone:
      return std::exchange(body_wanted_, nullptr)(std::string());
    case RequestParser::State::kRefused:
      return std::exchange(body_wanted_,
                           nullptr)(absl::InvalidArgumentError(body_parser_->TakeRefusal().body));
  }
}

bool Connection::EndBody(absl::Status why) {
  if (body_parser_ == nullptr) return true;
  const bool whole = body_parser_->state() == RequestParser::State::kDone && body_ready_.empty();
  body_parser_ = nullptr;
  body_ready_ = std::string();
  awaits_continue_ = false;
  if (body_wanted_ != nullptr) std::exchange(body_wanted_, nullptr)(std::move(why));
  return whole;
}

}  // namespace mesos::net
