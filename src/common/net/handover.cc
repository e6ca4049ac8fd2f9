#include "common/net/handover.h"

#include <poll.h>
#include <unistd.h>

#include <utility>

#include "common/net/admission.h"
#include "glog/logging.h"

namespace mesos::net {
namespace {

constexpr absl::Duration kWarningInterval = absl::Seconds(30);

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

void TurnAway(ServerContext& context, const std::string& peer_ip, const char* why) {
  ++context.counters.turned_away;
  const absl::Time now = context.loop.Now();
  if (now - context.turned_away_warning < kWarningInterval) return;
  context.turned_away_warning = now;
  LOG(WARNING) << "Turning connections away, now that of " << peer_ip << ": " << why;
}

}  // namespace

bool HasFinishedSending(int fd) {
  pollfd entry = {fd, POLLRDHUP, 0};
  return poll(&entry, 1, 0) == 1;
}

void HandOverHttp2(ServerContext& context, int fd, const std::string& peer_ip) {
  Descriptor descriptor(fd);
  if (context.take_http2 == nullptr) return;
  if (fd > context.max_handed_over_descriptor) {
    TurnAway(context, peer_ip,
             "the process has no descriptors left for connections of this kind; raise its limit");
    return;
  }
  // One that is turned away is counted before it is closed, so that whoever sees the end sees the
  // count.
  Admission::Work work = [&context, descriptor = std::move(descriptor),
                          peer_ip](Admission::Ticket ticket) mutable {
    context.counters.waiting = context.admission.waiting();
    // It may have given up while it waited.
    if (HasFinishedSending(descriptor.get())) return false;
    ++context.counters.handed_over;
    context.take_http2(descriptor.Release(), peer_ip, std::move(ticket));
    return true;
  };
  const bool enters = context.admission.Enter(std::move(work));
  context.counters.waiting = context.admission.waiting();
  if (!enters) TurnAway(context, peer_ip, "too many wait for their turn");
}

}  // namespace mesos::net
