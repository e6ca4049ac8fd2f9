#pragma once

// A network that loses no byte within a connection and keeps its order, as TCP, and loses
// connections.
//
//   net.Listen(master, "master:5050", [&](ConnectionId id, NodeId peer) { return Endpoint{...}; });
//   ConnectionId link = net.Dial(agent, "master:5050", Endpoint{opened, message, closed});
//   net.Send(link, Side::kClient, bytes);
//
// Faults: Reset breaks a connection for both sides at once; HalfOpen lets one side believe it still
// stands; Partition holds what crosses it until Heal (so that timeouts decide), and dials across it
// fail late; a node that crashes resets its connections, a machine that vanishes leaves them half
// open; what reaches a paused node waits until it goes on.

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tests/sim/world.h"

namespace mesos::sim {

enum class ConnectionId : uint64_t { kNone = 0 };
enum class Side { kClient, kServer };

// One side of a connection. `opened` comes on the client's side only; `closed` at most once and
// last.
struct Endpoint {
  std::function<void()> opened;
  std::function<void(const std::string&)> message;
  std::function<void(absl::Status)> closed;
};

// How long a message takes: between `minimum` and `maximum`.
struct NetDelays {
  absl::Duration minimum = absl::Microseconds(50);
  absl::Duration maximum = absl::Milliseconds(5);
};

class SimNet {
 public:
  using Accept = std::function<Endpoint(ConnectionId, NodeId peer)>;

  explicit SimNet(World& world) : world_(world) {}

  void set_delays(NetDelays delays) { delays_ = delays; }

  // A connection on which more messages than this are on their way in one direction, or wait to be
  // heard there, is broken, as one whose peer does not read.
  void set_longest_queue(size_t messages) { longest_queue_ = messages; }
  // How many were broken for that.
  uint64_t queues_overrun() const { return queues_overrun_; }

  // The node's present process accepts at `address`.
  void Listen(NodeId node, const std::string& address, Accept accept);

  ConnectionId Dial(NodeId from, const std::string& address, Endpoint endpoint);

  // Queues bytes towards the other side. A connection that is gone swallows them.
  void Send(ConnectionId id, Side from, std::string bytes);
  // The same for a message whose form on the wire is of no interest: `arrived` runs at the other
  // side.
  void SendWork(ConnectionId id, Side from, std::function<void()> arrived);

  // The side leaves; the other hears `closed` with the status after what was sent before. The
  // leaving side hears nothing more.
  void Close(ConnectionId id, Side from, absl::Status status);

  // Breaks the connection: both sides hear Unavailable.
  void Reset(ConnectionId id);

  // The `dead` side hears Unavailable; the other believes that the connection stands until it is
  // closed.
  void HalfOpen(ConnectionId id, Side dead);

  // The process of the node ended: peers hear it at once (`polite`), or never (the machine
  // vanished).
  void NodeDown(NodeId node, bool polite);

  void Partition(NodeId a, NodeId b);
  void Heal(NodeId a, NodeId b);
  void Heal();  // every partition
  bool Partitioned(NodeId a, NodeId b) const;

  std::vector<ConnectionId> Connections() const;

 private:
  struct Half {
    NodeId node;
    Endpoint endpoint;
    bool alive = true;  // still hears
    absl::Time last_arrival = absl::InfinitePast();
    // What has arrived and not been heard, in order: the node is paused, or it is cut off.
    std::deque<std::function<void()>> inbox = {};
    size_t coming = 0;  // that have not arrived yet
  };
  struct Connection {
    Half client;
    Half server;
    bool accepted = false;
  };

  static Half& At(Connection& connection, Side side) {
    return side == Side::kClient ? connection.client : connection.server;
  }
  static Side Other(Side side) { return side == Side::kClient ? Side::kServer : Side::kClient; }

  // Runs `work` on the receiving side after a delay that keeps the order of its direction.
  void Deliver(ConnectionId id, Side to, std::function<void()> work);
  void Arrive(ConnectionId id, Side to, std::function<void()> work);
  // The side hears what has arrived, unless its node is paused or cut off.
  void Hear(ConnectionId id, Side side);
  // After a partition has ended.
  void HearAll();
  void HearClosed(ConnectionId id, Side side, absl::Status status);
  void DropIfDead(ConnectionId id);

  World& world_;
  NetDelays delays_;
  size_t longest_queue_ = std::numeric_limits<size_t>::max();
  uint64_t queues_overrun_ = 0;
  std::map<std::string, std::pair<NodeId, Accept>> listeners_;
  std::map<ConnectionId, Connection> connections_;
  std::set<std::pair<NodeId, NodeId>> partitions_;  // each pair with the smaller first
  uint64_t last_id_ = 0;
};

}  // namespace mesos::sim
