#pragma once

// rpc::Stream over SimNet, so that production dialers and session tables run in the simulation.
//
//   auto stream = DialStream<internal::MasterMessage, internal::AgentMessage>(
//       {world, net, node, "10.0.0.1:5050/agents"}, observer);
//   ServerStream<internal::MasterMessage> answer({world, net, node, "-> agent"}, connection);
//
// Messages cross as the bytes of the production codec, and stand in the trace.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/stream.h"
#include "tests/sim/sim_net.h"
#include "tests/sim/wire.h"
#include "tests/sim/world.h"

namespace mesos::sim {

struct StreamPlace {
  World& world;
  SimNet& net;
  NodeId node;
  std::string label;  // the address that is dialed; of a server's stream, who is at the other end
};

template <typename In, typename Out>
class ClientStream final : public rpc::Stream<Out> {
 public:
  using Observer = rpc::StreamObserver<In>;

  ClientStream(StreamPlace place, Observer observer)
      : place_(std::move(place)), observer_(std::make_shared<Observer>(std::move(observer))) {
    // The observer may destroy this stream: it is held while it is called.
    Endpoint endpoint;
    endpoint.opened = [observer = observer_] { observer->opened(); };
    endpoint.message = [observer = observer_](const std::string& bytes) {
      observer->message(Parse<In>(bytes));
    };
    endpoint.closed = [observer = observer_](absl::Status status) {
      observer->closed(std::move(status));
    };
    connection_ = place_.net.Dial(place_.node, place_.label, std::move(endpoint));
  }

  ~ClientStream() override {
    place_.net.Close(connection_, Side::kClient, absl::CancelledError("abandoned"));
  }

  void Send(std::shared_ptr<const Out> message) override {
    std::string bytes = Serialize(*message);
    place_.world.NoteMessage(place_.node, absl::StrCat("-> ", place_.label), *message, bytes);
    place_.net.Send(connection_, Side::kClient, std::move(bytes));
  }

  void Close(absl::Status status) override {
    place_.net.Close(connection_, Side::kClient, status);
    place_.world.After(place_.node, absl::ZeroDuration(),
                       [weak = std::weak_ptr<Observer>(observer_), status] {
                         if (auto observer = weak.lock())
                           std::exchange(observer->closed, [](auto) {})(status);
                       });
  }

 private:
  const StreamPlace place_;
  const std::shared_ptr<Observer> observer_;
  ConnectionId connection_ = ConnectionId::kNone;
};

// A server's end; what it hears comes by the Endpoint that SimNet::Listen asked for.
template <typename Out>
class ServerStream final : public rpc::Stream<Out> {
 public:
  ServerStream(StreamPlace place, ConnectionId connection)
      : place_(std::move(place)), connection_(connection) {}

  ~ServerStream() override { Close(absl::CancelledError("the stream was dropped")); }

  void Send(std::shared_ptr<const Out> message) override {
    std::string bytes = Serialize(*message);
    place_.world.NoteMessage(place_.node, place_.label, *message, bytes);
    place_.net.Send(connection_, Side::kServer, std::move(bytes));
  }

  void Close(absl::Status status) override {
    place_.net.Close(connection_, Side::kServer, std::move(status));
  }

 private:
  const StreamPlace place_;
  const ConnectionId connection_;
};

}  // namespace mesos::sim
