#include "tests/sim/sim_net.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::sim {
namespace {

std::pair<NodeId, NodeId> Ordered(NodeId a, NodeId b) {
  return a < b ? std::make_pair(a, b) : std::make_pair(b, a);
}

}  // namespace

void SimNet::Listen(NodeId node, const std::string& address, Accept accept) {
  listeners_[address] = {node, std::move(accept)};
}

ConnectionId SimNet::Dial(NodeId from, const std::string& address, Endpoint endpoint) {
  const ConnectionId id{++last_id_};
  Connection& connection = connections_[id];
  connection.client = Half{from, std::move(endpoint)};
  connection.server = Half{from, Endpoint{}};
  connection.server.alive = false;
  auto listener = listeners_.find(address);
  const bool cut = listener != listeners_.end() && Partitioned(from, listener->second.first);
  if (listener == listeners_.end() || cut || !world_.IsUp(listener->second.first)) {
    // A dead host refuses at once; one behind a partition is given up after a while.
    const absl::Duration wait = cut ? absl::Seconds(3) : delays_.maximum;
    world_.AfterAlways(wait, [this, id, address] {
      HearClosed(id, Side::kClient, absl::UnavailableError(absl::StrCat("cannot reach ", address)));
    });
    return id;
  }
  connection.server.node = listener->second.first;
  Deliver(id, Side::kServer, [this, id, from, address] {
    auto it = connections_.find(id);
    auto listening = listeners_.find(address);
    if (it == connections_.end() || !it->second.client.alive) return;
    if (listening == listeners_.end() || !world_.IsUp(listening->second.first)) {
      HearClosed(id, Side::kClient, absl::UnavailableError(absl::StrCat(address, " is down")));
      return;
    }
    it->second.accepted = true;
    it->second.server.alive = true;
    Endpoint accepted = listening->second.second(id, from);
    it = connections_.find(id);
    if (it == connections_.end()) return;
    it->second.server.endpoint = std::move(accepted);
    Deliver(id, Side::kClient, [this, id] {
      auto opened = connections_.find(id);
      if (opened == connections_.end()) return;
      // A copy, since the handler may close the connection.
      auto handler = opened->second.client.endpoint.opened;
      if (handler) handler();
    });
  });
  return id;
}

void SimNet::Send(ConnectionId id, Side from, std::string bytes) {
  const Side to = Other(from);
  SendWork(id, from, [this, id, to, bytes = std::move(bytes)] {
    auto found = connections_.find(id);
    if (found == connections_.end()) return;
    // A copy, since the handler may close the connection.
    auto handler = At(found->second, to).endpoint.message;
    if (handler) handler(bytes);
  });
  auto it = connections_.find(id);
  if (it == connections_.end()) return;
  const Half& half = At(it->second, to);
  if (half.alive && half.coming + half.inbox.size() > longest_queue_) {
    ++queues_overrun_;
    Reset(id);
  }
}

void SimNet::SendWork(ConnectionId id, Side from, std::function<void()> arrived) {
  auto it = connections_.find(id);
  if (it == connections_.end() || !At(it->second, from).alive) return;
  Deliver(id, Other(from), std::move(arrived));
}

void SimNet::Close(ConnectionId id, Side from, absl::Status status) {
  auto it = connections_.find(id);
  if (it == connections_.end() || !At(it->second, from).alive) return;
  At(it->second, from).alive = false;
  const Side to = Other(from);
  if (!it->second.accepted && from == Side::kClient) {
    connections_.erase(it);
    return;
  }
  Deliver(id, to, [this, id, to, status] { HearClosed(id, to, status); });
}

void SimNet::Reset(ConnectionId id) {
  HalfOpen(id, Side::kClient);
  HalfOpen(id, Side::kServer);
}

void SimNet::HalfOpen(ConnectionId id, Side dead) {
  world_.AfterAlways(delays_.minimum, [this, id, dead] {
    HearClosed(id, dead, absl::UnavailableError("connection reset"));
  });
}

void SimNet::NodeDown(NodeId node, bool polite) {
  for (ConnectionId id : Connections()) {
    auto it = connections_.find(id);
    for (Side side : {Side::kClient, Side::kServer}) {
      Half& half = At(it->second, side);
      if (half.node != node || !half.alive) continue;
      half.alive = false;
      if (polite) {
        const Side other = Other(side);
        Deliver(id, other,
                [this, id, other] { HearClosed(id, other, absl::UnavailableError("peer ended")); });
      }
    }
    DropIfDead(id);
  }
}

void SimNet::Partition(NodeId a, NodeId b) { partitions_.insert(Ordered(a, b)); }

void SimNet::Heal(NodeId a, NodeId b) {
  partitions_.erase(Ordered(a, b));
  HearAll();
}

void SimNet::Heal() {
  partitions_.clear();
  HearAll();
}

void SimNet::HearAll() {
  for (ConnectionId id : Connections()) {
    for (Side side : {Side::kClient, Side::kServer}) Hear(id, side);
  }
}

bool SimNet::Partitioned(NodeId a, NodeId b) const { return partitions_.count(Ordered(a, b)) > 0; }

std::vector<ConnectionId> SimNet::Connections() const {
  std::vector<ConnectionId> ids;
  for (const auto& [id, connection] : connections_) ids.push_back(id);
  return ids;
}

void SimNet::Deliver(ConnectionId id, Side to, std::function<void()> work) {
  auto it = connections_.find(id);
  if (it == connections_.end()) return;
  Half& half = At(it->second, to);
  const absl::Duration delay =
      delays_.minimum + world_.random().Jitter(delays_.maximum - delays_.minimum);
  const absl::Time arrival = std::max(world_.now() + delay, half.last_arrival);
  half.last_arrival = arrival;
  ++half.coming;
  world_.AfterAlways(arrival - world_.now(), [this, id, to, work = std::move(work)]() mutable {
    Arrive(id, to, std::move(work));
  });
}

void SimNet::Arrive(ConnectionId id, Side to, std::function<void()> work) {
  auto it = connections_.find(id);
  if (it == connections_.end()) return;
  --At(it->second, to).coming;
  At(it->second, to).inbox.push_back(std::move(work));
  Hear(id, to);
}

void SimNet::Hear(ConnectionId id, Side side) {
  for (;;) {
    auto it = connections_.find(id);
    if (it == connections_.end()) return;
    Connection& connection = it->second;
    Half& half = At(connection, side);
    const bool opening = side == Side::kServer && !connection.accepted;
    if (!half.alive && !opening) half.inbox.clear();
    if (half.inbox.empty()) return;
    if (Partitioned(connection.client.node, connection.server.node)) return;
    if (world_.Paused(half.node)) {
      world_.Hold(half.node, [this, id, side] { Hear(id, side); });
      return;
    }
    const std::function<void()> work = std::move(half.inbox.front());
    half.inbox.pop_front();
    work();
  }
}

void SimNet::HearClosed(ConnectionId id, Side side, absl::Status status) {
  auto it = connections_.find(id);
  if (it == connections_.end() || !At(it->second, side).alive) return;
  if (const NodeId node = At(it->second, side).node; world_.Paused(node)) {
    world_.Hold(node, [this, id, side, status] { HearClosed(id, side, status); });
    return;
  }
  At(it->second, side).alive = false;
  auto handler = std::move(At(it->second, side).endpoint.closed);
  DropIfDead(id);
  if (handler) handler(std::move(status));
}

void SimNet::DropIfDead(ConnectionId id) {
  auto it = connections_.find(id);
  if (it == connections_.end() || it->second.client.alive || it->second.server.alive) return;
  connections_.erase(it);
}

}  // namespace mesos::sim
