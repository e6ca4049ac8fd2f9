// Any bytes as a frame of a stream: decoded or refused, and what was decoded encodes to what
// decodes alike.

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>
#include <cstdint>

#include "common/rpc/batch_codec.h"
#include "common/rpc/stream_handle.h"
#include "glog/logging.h"
#include "internal/agent_link.pb.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using mesos::rpc::DecodeBatch;
  const auto factory = &mesos::rpc::NewMessage<mesos::internal::AgentMessage>;
  const grpc::Slice slice(data, size);
  const auto messages = DecodeBatch(grpc::ByteBuffer(&slice, 1), factory);
  if (!messages.ok()) return 0;
  size_t bytes = 0;
  for (const mesos::rpc::MessagePtr& message : *messages) {
    bytes += mesos::rpc::EncodedSize(*message);
  }
  const auto again = DecodeBatch(mesos::rpc::EncodeBatch(*messages, bytes), factory);
  CHECK(again.ok()) << again.status();
  CHECK_EQ(again->size(), messages->size());
  for (size_t i = 0; i < messages->size(); ++i) {
    CHECK_EQ((*again)[i]->SerializeAsString().size(), (*messages)[i]->SerializeAsString().size());
  }
  return 0;
}
