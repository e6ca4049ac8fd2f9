#pragma once

// An exchange without a connection: keeps what the handler answers.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

  std::unique_ptr<PulledStreamHandle> StreamFrom(Fields headers,
                                                 std::shared_ptr<StreamSource> given) override {
    response = HttpResponse{200, std::move(headers), ""};
    source = std::move(given);
    return std::make_unique<Handle>(this);
  }

  // Takes from the source until it waits or ends, and says which.
  StreamSource::Step Pull() {
    Sink sink(response->body, chunks);
    StreamSource::Step step = StreamSource::Step::kMore;
    while (step == StreamSource::Step::kMore) step = source->Next(sink);
    return step;
  }

  // Of StreamFrom. `chunks` are the records, each as it was given: by its address where it was
  // whole.
  std::shared_ptr<StreamSource> source;
  std::vector<const std::string*> chunks;
  int wakes = 0;
  absl::Status cut;

  // Of a stream: the records one after the other, as long as the stream's owner and this live.
  std::optional<HttpResponse> response;

 private:
  class Handle : public PulledStreamHandle {
   public:
    explicit Handle(RecordedExchange* exchange) : exchange_(exchange) {}
    void Wake() override { ++exchange_->wakes; }
    void End() override { ++exchange_->wakes; }
    void Cut(absl::Status why) override { exchange_->cut = std::move(why); }

   private:
    RecordedExchange* const exchange_;
  };

  class Sink : public RecordSink {
   public:
    Sink(std::string& out, std::vector<const std::string*>& chunks) : out_(out), chunks_(chunks) {}
    void Add(std::shared_ptr<const std::string> record) override {
      out_ += *record;
      chunks_.push_back(record.get());
    }
    void Begin(size_t) override { chunks_.push_back(nullptr); }
    bool Part(std::string bytes) override {
      out_ += bytes;
      return true;
    }

   private:
    std::string& out_;
    std::vector<const std::string*>& chunks_;
  };

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
