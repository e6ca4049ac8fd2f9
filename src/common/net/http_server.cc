#include "common/net/http_server.h"

#include <future>
#include <utility>
#include <vector>

#include "common/base/status_macros.h"
#include "common/net/connection.h"
#include "common/net/listener.h"
#include "common/net/server_context.h"
#include "glog/logging.h"

namespace mesos::net {

class HttpServer::Impl {
 public:
  Impl(const HttpServerOptions& options, HttpHandler handler)
      : context_(std::make_shared<ServerContext>(options, std::move(handler))) {
    context_->has_room = [this] {
      for (const auto& listener : listeners_) listener->Start();
    };
  }

  ServerContext& context() const { return *context_; }

  absl::Status Listen(const std::string& address) {
    ASSIGN_OR_RETURN(BoundSocket socket, BindListener(address));
    if (port_ == 0) port_ = socket.port;
    context_->loop.Post([this, socket] {
      listeners_.push_back(std::make_shared<Listener>(context_, socket));
      listeners_.back()->Start();
    });
    return absl::OkStatus();
  }

  int port() const { return port_; }

  void Shutdown() {
    if (std::exchange(shut_down_, true)) return;
    std::promise<void> closed;
    context_->loop.Post([this, &closed] {
      CloseAll();
      closed.set_value();
    });
    closed.get_future().wait();
    context_->pool.Stop();
    context_->loop.Stop();
    context_->handler = nullptr;
    context_->take_http2 = nullptr;
  }

 private:
  void CloseAll() {
    context_->shutting_down = true;
    context_->has_room = nullptr;
    context_->admission.Stop();
    for (const auto& listener : listeners_) listener->Close();
    listeners_.clear();
    const std::vector<std::shared_ptr<Connection>> connections(context_->connections.begin(),
                                                               context_->connections.end());
    for (const auto& connection : connections) {
      connection->Close(absl::CancelledError("the server shuts down"));
    }
  }

  const std::shared_ptr<ServerContext> context_;
  int port_ = 0;
  bool shut_down_ = false;
  std::vector<std::shared_ptr<Listener>> listeners_;  // of the I/O thread
};

HttpServer::HttpServer(const HttpServerOptions& options, HttpHandler handler)
    : impl_(std::make_unique<Impl>(options, std::move(handler))) {}

HttpServer::~HttpServer() { Shutdown(); }

void HttpServer::HandOverHttp2(TakeHttp2 take) { impl_->context().take_http2 = std::move(take); }

absl::Status HttpServer::Listen(const std::string& address) { return impl_->Listen(address); }

HttpServerStats HttpServer::Stats() const {
  const ServerContext::Counters& counters = impl_->context().counters;
  HttpServerStats stats;
  stats.connections = counters.connections;
  stats.streams = counters.streams;
  for (size_t i = 0; i < stats.responses.size(); ++i) stats.responses[i] = counters.answers[i];
  stats.bytes_out = counters.bytes_out;
  stats.handed_over_connections = counters.handed_over;
  stats.stalled_streams = counters.stalled_streams;
  stats.waiting_connections = counters.waiting;
  stats.turned_away_connections = counters.turned_away;
  stats.refused_pages = counters.refused_pages;
  stats.refused_connections = counters.refused;
  return stats;
}

int HttpServer::port() const { return impl_->port(); }

void HttpServer::RunOnReadPool(absl::AnyInvocable<void()> work) {
  impl_->context().pool.Run(std::move(work));
}

void HttpServer::Shutdown() { impl_->Shutdown(); }

}  // namespace mesos::net
