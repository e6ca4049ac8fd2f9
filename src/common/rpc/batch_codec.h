#pragma once

// One stream frame is a batch message of proto/internal/services.proto: a repeated message field 1
// and nothing else. The codec writes and reads that form without building the batch message itself,
// so that every message is serialised once into the frame, and parsed once into an object of its
// own.
//
//   grpc::ByteBuffer frame = EncodeBatch(messages);
//   StatusOr<std::vector<MessagePtr>> messages = DecodeBatch(frame, factory);
//
// The messages of a frame share one arena, which is what makes them cheap to parse and to free; it
// lives until the last of them goes. Whoever keeps a part of a message for long copies it.
//
// Thread-safe: no state. Failures: DecodeBatch gives InvalidArgument that names the message type.

#include <memory>
#include <vector>

#include "absl/status/statusor.h"

namespace google::protobuf {
class Arena;
class MessageLite;
}  // namespace google::protobuf

namespace grpc {
class ByteBuffer;
}  // namespace grpc

namespace mesos::rpc {

using MessagePtr = std::shared_ptr<const google::protobuf::MessageLite>;
using MessageFactory = google::protobuf::MessageLite* (*)(google::protobuf::Arena*);

// What the message takes in a frame, tag and length included.
size_t EncodedSize(const google::protobuf::MessageLite& message);

// Each message was measured by EncodedSize before and has not changed since; `bytes` is the sum.
grpc::ByteBuffer EncodeBatch(const std::vector<MessagePtr>& messages, size_t bytes);

absl::StatusOr<std::vector<MessagePtr>> DecodeBatch(const grpc::ByteBuffer& frame,
                                                    MessageFactory factory);

// A single message that is a whole frame, as unary calls have it.
grpc::ByteBuffer EncodeMessage(const google::protobuf::MessageLite& message);
absl::Status DecodeMessage(const grpc::ByteBuffer& frame, google::protobuf::MessageLite& message);

}  // namespace mesos::rpc
