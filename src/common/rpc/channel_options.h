#pragma once

// The gRPC options that every client and every server of the project shares. Thread-safe: no state.

namespace grpc {
class ChannelArguments;
class ServerBuilder;
}  // namespace grpc

namespace mesos::rpc {

struct ServerOptions;

// A metadata key that every server of this project sends at the start of a stream, so that a client
// can tell an accepted stream from a call that failed at once.
inline constexpr char kAcceptedKey[] = "mesos-accepted";

// Each dial has a connection of its own, with no memory of earlier failures: backing off is the
// caller's decision, and one broken connection breaks one stream.
void SetClientOptions(grpc::ChannelArguments& arguments);

// gRPC's own log goes to VLOG(1): what matters of it reaches callers as a status. Idempotent.
void RouteGrpcLog();

void SetServerOptions(grpc::ServerBuilder& builder, const ServerOptions& options);

}  // namespace mesos::rpc
