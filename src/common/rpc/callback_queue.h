#pragma once

// Keeps gRPC's queue of callbacks alive for as long as the process.
//
// grpc++ 1.51 shares one such queue between all channels and servers, ends it with the last of them
// and makes a new one for the next; ending it races with its own threads, and the process aborts in
// grpc_cq_internal_unref. So a channel that is never let go holds it. Call before the first stream
// or server; idempotent and thread-safe.

namespace mesos::rpc {

void PinCallbackQueue();

}  // namespace mesos::rpc
