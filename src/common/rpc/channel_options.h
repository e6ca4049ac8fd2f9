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

// Before the first use of gRPC in a process, idempotent. Its own log goes to VLOG(1): what matters
// of it reaches callers as a status. Debian's Abseil searches every lock of gRPC for deadlocks,
// which costs some 5 % of a busy stream; that is turned off.
void PrepareGrpc();

void SetServerOptions(grpc::ServerBuilder& builder, const ServerOptions& options);

}  // namespace mesos::rpc
