#pragma once

// An exchange without a connection: keeps what the handler answers.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/net/exchange.h"

namespace mesos::net {

class RecordedExchange : public Responder::Exchange {
 public:
  void Respond(HttpResponse given) override { response = std::move(given); }
  void RespondFrom(Fields headers, std::unique_ptr<BodySource> body) override {
    response = HttpResponse{200, std::move(headers), ""};
    while (body->Next(response->body)) {
    }
  }
  std::unique_ptr<EventStream> StartStream(Fields headers,
                                           absl::AnyInvocable<void(absl::Status)>) override {
    response = HttpResponse{200, std::move(headers), ""};
    return std::make_unique<Stream>(this);
  }

  // Of a stream: the records one after the other, as long as the stream's owner and this live.
  std::optional<HttpResponse> response;

 private:
  class Stream : public EventStream {
   public:
    explicit Stream(RecordedExchange* exchange) : exchange_(exchange) {}
    void Send(std::shared_ptr<const std::string> record) override {
      exchange_->response->body += *record;
    }
    void WhenWritten(absl::AnyInvocable<void()> written) override { written(); }
    void Close() override {}

   private:
    RecordedExchange* const exchange_;
  };
};

}  // namespace mesos::net
