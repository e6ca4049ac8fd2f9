#include <utility>

#include "common/net/exchange.h"
#include "common/net/http_server.h"
#include "glog/logging.h"

namespace mesos::net {

Responder::Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}

Responder& Responder::operator=(Responder&& other) noexcept {
  Responder dropped(std::exchange(exchange_, std::move(other.exchange_)));
  return *this;
}

Responder::~Responder() {
  if (exchange_ != nullptr) {
    Respond(HttpResponse::Text(500, "500 Internal Server Error. The request was not answered."));
  }
}

void Responder::Respond(HttpResponse response) {
  CHECK(exchange_ != nullptr) << "a request is answered once";
  std::exchange(exchange_, nullptr)->Respond(std::move(response));
}

void Responder::RespondFrom(Fields headers, std::unique_ptr<BodySource> body) {
  CHECK(exchange_ != nullptr) << "a request is answered once";
  std::exchange(exchange_, nullptr)->RespondFrom(std::move(headers), std::move(body));
}

std::unique_ptr<EventStream> Responder::StartStream(Fields headers,
                                                    absl::AnyInvocable<void(absl::Status)> closed) {
  CHECK(exchange_ != nullptr) << "a request is answered once";
  return std::exchange(exchange_, nullptr)->StartStream(std::move(headers), std::move(closed));
}

std::unique_ptr<PulledStreamHandle> Responder::StreamFrom(Fields headers,
                                                          std::shared_ptr<StreamSource> source) {
  CHECK(exchange_ != nullptr) << "a request is answered once";
  return std::exchange(exchange_, nullptr)->StreamFrom(std::move(headers), std::move(source));
}

}  // namespace mesos::net
