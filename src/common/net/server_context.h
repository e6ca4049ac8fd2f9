#pragma once

// What every connection of one server shares. Held by connections too, so that a Responder that
// outlives the server finds it shut down rather than gone.

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "common/net/admission.h"
#include "common/net/http_server.h"
#include "common/net/io_loop.h"
#include "common/net/read_pool.h"
#include "common/net/response_head.h"
#include "common/net/site_guard.h"

namespace mesos::net {

class Connection;

inline int MaxHandedOverDescriptor(const HttpServerOptions& options) {
  if (options.max_handed_over_descriptor != 0) return options.max_handed_over_descriptor;
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t most = std::min<rlim_t>(limit.rlim_cur, INT_MAX);
  // A process that may have hardly any keeps half of them.
  return static_cast<int>(most - std::min<rlim_t>(most / 2, limits::kReservedDescriptors));
}

struct ServerContext {
  ServerContext(const HttpServerOptions& given, HttpHandler given_handler)
      : options(given),
        guard(given.site),
        handler(std::move(given_handler)),
        loop(given.thread_name),
        pool(given.thread_name, given.read_threads),
        admission(loop, {.entering = given.max_entering,
                         .waiting = given.max_waiting,
                         .timeout = given.entering_timeout}) {}

  const HttpServerOptions options;
  const SiteGuard guard;
  HttpHandler handler;
  HttpServer::TakeHttp2 take_http2;

  // Of the I/O thread only. One buffer serves every read, since what is read is used up at once.
  absl::flat_hash_set<std::shared_ptr<Connection>> connections;
  bool shutting_down = false;
  size_t body_bytes = 0;  // of requests that are not whole yet
  std::vector<char> scratch = std::vector<char>(64 << 10);
  // Called when a connection has gone.
  std::function<void()> has_room;

  // The highest descriptor that is handed over; the system gives the lowest that is free.
  const int max_handed_over_descriptor = MaxHandedOverDescriptor(options);
  absl::Time turned_away_warning = absl::InfinitePast();

  // Now, as the Date header has it. I/O thread.
  const std::string& Date() {
    const absl::Time now = absl::Now();
    if (now >= date_until_) {
      date_ = HttpDate(now);
      date_until_ = absl::FromUnixSeconds(absl::ToUnixSeconds(now) + 1);
    }
    return date_;
  }

  struct Counters {
    std::atomic<size_t> connections{0};
    std::atomic<size_t> streams{0};
    std::atomic<uint64_t> stalled_streams{0};
    std::array<std::atomic<uint64_t>, 6> answers{};  // by the status' first digit
    std::atomic<uint64_t> bytes_out{0};
    std::atomic<uint64_t> handed_over{0};
    std::atomic<size_t> waiting{0};
    std::atomic<uint64_t> turned_away{0};
    std::atomic<uint64_t> refused_pages{0};
    std::atomic<uint64_t> refused{0};
  } counters;

  IoLoop loop;
  ReadPool pool;
  Admission admission;  // of the I/O thread

 private:
  std::string date_;
  absl::Time date_until_ = absl::InfinitePast();
};

}  // namespace mesos::net
