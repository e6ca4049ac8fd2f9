#pragma once

// absl::Status to grpc::Status and back. The codes are the same by number; a message that is too
// long for the trailers of a call is cut. Thread-safe: no state.

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"

namespace mesos::rpc {

// Trailers share gRPC's bound on metadata (8 KiB for all of a call).
inline constexpr size_t kMaxStatusMessageBytes = 4096;

inline grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()),
                      std::string(status.message().substr(0, kMaxStatusMessageBytes)));
}

inline absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

}  // namespace mesos::rpc
