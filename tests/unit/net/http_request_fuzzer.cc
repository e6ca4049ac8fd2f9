// HTTP requests into the router: whatever the bytes and the pieces in which they come, each request
// is answered once, and what is refused names a reason.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "common/net/request_parser.h"
#include "common/net/router.h"
#include "tests/unit/net/recorded_exchange.h"

namespace {

using mesos::net::HttpRequest;
using mesos::net::HttpResponse;
using mesos::net::RecordedExchange;
using mesos::net::RequestParser;
using mesos::net::Responder;
using mesos::net::Router;

const Router& TestRouter() {
  static const Router* const router = [] {
    auto* made = new Router({"/master", "/slave(1)"}, mesos::auth::OpenGate());
    for (const char* path : {"/", "/state", "/api/v1", "/api/v1/scheduler", "/files/read"}) {
      made->Add(path, {"GET", "POST"}, mesos::auth::Action::kViewState,
                [](const HttpRequest& request, const std::string& rest, Responder responder) {
                  responder.Respond(HttpResponse::Text(200, request.body + rest));
                });
    }
    return made;
  }();
  return *router;
}

void Check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

// The first byte says in pieces of which size the rest comes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t piece = data[0] == 0 ? size : data[0];
  absl::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  while (!rest.empty()) {
    RequestParser parser;
    while (!rest.empty() && parser.state() == RequestParser::State::kNeedsMore) {
      const size_t taken = parser.Feed(rest.substr(0, piece));
      Check(taken > 0 || parser.state() != RequestParser::State::kNeedsMore);
      Check(taken <= rest.size());
      rest.remove_prefix(taken);
    }
    if (parser.state() == RequestParser::State::kRefused) {
      const HttpResponse refusal = parser.TakeRefusal();
      Check(refusal.status >= 400 && !refusal.body.empty());
      if (!parser.keep_alive()) return 0;
    } else if (parser.state() == RequestParser::State::kDone) {
      auto exchange = std::make_shared<RecordedExchange>();
      TestRouter().Handle(parser.TakeRequest(), Responder(exchange));
      Check(exchange->response.has_value());
    }
  }
  return 0;
}
