#pragma once

// What stands behind a Responder: a connection of the server, or a test's recorder. Each exchange
// is answered by exactly one of these calls, which may come from any thread.

#include <memory>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/net/http_message.h"
#include "common/net/http_server.h"

namespace mesos::net {

class Responder::Exchange {
 public:
  virtual ~Exchange() = default;

  virtual void Respond(HttpResponse response) = 0;
  virtual void RespondFrom(Fields headers, std::unique_ptr<BodySource> body) = 0;
  virtual std::unique_ptr<EventStream> StartStream(
      Fields headers, absl::AnyInvocable<void(absl::Status)> closed) = 0;
  virtual std::unique_ptr<PulledStreamHandle> StreamFrom(Fields headers,
                                                         std::shared_ptr<StreamSource> source) = 0;
};

}  // namespace mesos::net
