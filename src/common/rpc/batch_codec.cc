#include "common/rpc/batch_codec.h"

#include <google/protobuf/arena.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/message_lite.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpc/slice.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/base/status_macros.h"

namespace mesos::rpc {
namespace {

using google::protobuf::Arena;
using google::protobuf::ArenaOptions;
using google::protobuf::MessageLite;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr uint32_t kItemTag = WireFormatLite::MakeTag(1, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);

grpc::ByteBuffer FromSlice(grpc_slice raw) {
  grpc::Slice slice(raw, grpc::Slice::STEAL_REF);
  return grpc::ByteBuffer(&slice, 1);
}

absl::Status Malformed(const MessageLite& message, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("malformed ", message.GetTypeName(), " on the stream: ", problem));
}

absl::Status MalformedFrame(MessageFactory factory) {
  Arena arena;
  return Malformed(*factory(&arena), "the frame around it is not a protobuf message");
}

// Parsed messages take some three times their bytes; a frame of a small one then has one block.
std::shared_ptr<Arena> NewArena(size_t frame_bytes) {
  constexpr size_t kSmallestBlock = 512;
  constexpr size_t kLargestBlock = 32 << 10;
  ArenaOptions options;
  options.start_block_size = std::clamp(3 * frame_bytes, kSmallestBlock, kLargestBlock);
  options.max_block_size = kLargestBlock;
  return std::make_shared<Arena>(options);
}

// Parsing is partial first, so that a missing field can be told from broken bytes.
absl::Status CheckParsed(const MessageLite& message, bool parsed) {
  if (!parsed) return Malformed(message, "the bytes are not a protobuf message of this type");
  if (!message.IsInitialized()) {
    return Malformed(message, absl::StrCat("required fields are missing: ",
                                           message.InitializationErrorString()));
  }
  return absl::OkStatus();
}

// The frame in one piece; copies only where it arrived in several.
absl::StatusOr<grpc::Slice> InOnePiece(const grpc::ByteBuffer& frame) {
  grpc::Slice slice;
  if (frame.TrySingleSlice(&slice).ok()) return slice;
  const grpc::Status status = frame.DumpToSingleSlice(&slice);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("a frame of the stream cannot be read: ", status.error_message()));
  }
  return slice;
}

}  // namespace

size_t EncodedSize(const MessageLite& message) {
  const size_t size = message.ByteSizeLong();
  return 1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
}

grpc::ByteBuffer EncodeBatch(const std::vector<MessagePtr>& messages, size_t bytes) {
  grpc_slice slice = grpc_slice_malloc(bytes);
  uint8_t* out = GRPC_SLICE_START_PTR(slice);
  for (const MessagePtr& message : messages) {
    out = CodedOutputStream::WriteTagToArray(kItemTag, out);
    out = CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(message->GetCachedSize()),
                                                  out);
    out = message->SerializeWithCachedSizesToArray(out);
  }
  return FromSlice(slice);
}

absl::StatusOr<std::vector<MessagePtr>> DecodeBatch(const grpc::ByteBuffer& frame,
                                                    MessageFactory factory) {
  ASSIGN_OR_RETURN(const grpc::Slice slice, InOnePiece(frame));
  const int size = static_cast<int>(slice.size());
  CodedInputStream input(slice.begin(), size);
  const std::shared_ptr<Arena> arena = NewArena(slice.size());
  std::vector<MessagePtr> messages;
  while (const uint32_t tag = input.ReadTag()) {
    if (tag != kItemTag) {
      if (WireFormatLite::SkipField(&input, tag)) continue;
      return MalformedFrame(factory);
    }
    // An empty message is two bytes here and a hundred in memory.
    if (messages.size() == limits::kMaxMessagesPerFrame) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a frame carries more than ", limits::kMaxMessagesPerFrame, " messages"));
    }
    MessageLite* message = factory(arena.get());
    uint32_t length = 0;
    if (!input.ReadVarint32(&length) ||
        length > static_cast<uint32_t>(size - input.CurrentPosition())) {
      return Malformed(*message, "its length runs past the end of the frame");
    }
    const uint8_t* bytes = slice.begin() + input.CurrentPosition();
    RETURN_IF_ERROR(
        CheckParsed(*message, message->ParsePartialFromArray(bytes, static_cast<int>(length))));
    input.Skip(static_cast<int>(length));
    messages.push_back(MessagePtr(arena, message));
  }
  if (input.CurrentPosition() != size || !input.ConsumedEntireMessage()) {
    return MalformedFrame(factory);
  }
  return messages;
}

grpc::ByteBuffer EncodeMessage(const MessageLite& message) {
  grpc_slice slice = grpc_slice_malloc(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(GRPC_SLICE_START_PTR(slice));
  return FromSlice(slice);
}

absl::Status DecodeMessage(const grpc::ByteBuffer& frame, MessageLite& message) {
  ASSIGN_OR_RETURN(const grpc::Slice slice, InOnePiece(frame));
  return CheckParsed(message,
                     message.ParsePartialFromArray(slice.begin(), static_cast<int>(slice.size())));
}

}  // namespace mesos::rpc
