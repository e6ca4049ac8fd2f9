#include "common/rpc/batch_codec.h"

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <string>
#include <vector>

#include "common/base/limits.h"
#include "common/rpc/stream_handle.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "internal/agent_link.pb.h"
#include "internal/services.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::rpc {
namespace {

using internal::AgentMessage;
using internal::AgentMessages;
using testing::HasSubstr;

// In pieces of at most `piece` bytes, as a network hands it over.
grpc::ByteBuffer Frame(const std::string& bytes, size_t piece = SIZE_MAX) {
  std::vector<grpc::Slice> slices;
  for (size_t start = 0; start < bytes.size(); start += std::min(piece, bytes.size() - start)) {
    slices.emplace_back(bytes.substr(start, piece));
  }
  return grpc::ByteBuffer(slices.data(), slices.size());
}

std::string Bytes(const grpc::ByteBuffer& frame) {
  grpc::Slice slice;
  EXPECT_TRUE(frame.DumpToSingleSlice(&slice).ok());
  return std::string(slice.begin(), slice.end());
}

AgentMessages Batch(int count) {
  AgentMessages batch;
  for (int i = 0; i < count; ++i) {
    internal::ExecutorToFramework* message = batch.add_messages()->mutable_executor_message();
    message->mutable_framework_id()->set_value("f");
    message->mutable_executor_id()->set_value("e");
    message->set_data(std::string(i * 7, 'x'));
  }
  return batch;
}

absl::StatusOr<std::vector<MessagePtr>> Decode(const grpc::ByteBuffer& frame) {
  return DecodeBatch(frame, &NewMessage<AgentMessage>);
}

TEST(BatchCodecTest, WritesWhatTheBatchMessageItselfWouldBe) {
  const AgentMessages batch = Batch(40);
  std::vector<MessagePtr> messages;
  size_t size = 0;
  for (const AgentMessage& message : batch.messages()) {
    messages.push_back(std::make_shared<AgentMessage>(message));
    size += EncodedSize(*messages.back());
  }
  const std::string bytes = Bytes(EncodeBatch(messages, size));
  EXPECT_EQ(bytes, batch.SerializeAsString());
  EXPECT_EQ(bytes.size(), size);
}

TEST(BatchCodecTest, ReadsWhatTheBatchMessageItselfIs) {
  const AgentMessages batch = Batch(40);
  for (size_t piece : {SIZE_MAX, size_t{1}, size_t{13}, size_t{4096}}) {
    const auto messages = Decode(Frame(batch.SerializeAsString(), piece));
    ASSERT_TRUE(messages.ok()) << messages.status();
    ASSERT_EQ(messages->size(), 40u);
    for (int i = 0; i < 40; ++i) {
      EXPECT_EQ((*messages)[i]->SerializeAsString(), batch.messages(i).SerializeAsString());
    }
  }
}

TEST(BatchCodecTest, AnEmptyFrameHasNoMessages) {
  const auto messages = Decode(grpc::ByteBuffer(nullptr, 0));
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_TRUE(messages->empty());
}

TEST(BatchCodecTest, AFrameOfTooManyMessagesIsRefused) {
  std::string bytes;
  for (size_t i = 0; i <= limits::kMaxMessagesPerFrame; ++i) bytes += std::string("\x0a\x00", 2);
  EXPECT_EQ(Decode(Frame(bytes)).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Decode(Frame(bytes.substr(2))).ok());
}

TEST(BatchCodecTest, MessagesOutliveTheirFrame) {
  auto messages = Decode(Frame(Batch(40).SerializeAsString()));
  ASSERT_TRUE(messages.ok());
  const MessagePtr last = messages->back();
  messages->clear();
  EXPECT_EQ(last->SerializeAsString(), Batch(40).messages(39).SerializeAsString());
}

TEST(BatchCodecTest, SkipsFieldsItDoesNotKnow) {
  // Field 15, a varint, before and after.
  const std::string bytes = "\x78\x05" + Batch(2).SerializeAsString() + "\x78\x05";
  const auto messages = Decode(Frame(bytes));
  ASSERT_TRUE(messages.ok()) << messages.status();
  EXPECT_EQ(messages->size(), 2u);
}

TEST(BatchCodecTest, EveryTruncationIsRefusedOrShorter) {
  const std::string bytes = Batch(3).SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto messages = Decode(Frame(bytes.substr(0, size)));
    if (messages.ok()) {
      EXPECT_LT(messages->size(), 3u);
      continue;
    }
    EXPECT_EQ(messages.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(messages.status().message()), HasSubstr("mesos.internal.AgentMessage"));
  }
}

TEST(BatchCodecTest, MalformedFramesAreNamed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"\x0a\xff\xff\xff\xff\x0f", "runs past the end"},
      {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "runs past the end"},
      {"\x0a", "runs past the end"},
      {"\x0a\x02\xff\xff", "not a protobuf message"},
      {"\x0b", "frame around it"},
      {std::string("\x00\x00", 2), "frame around it"},
      {"\xff\xff\xff\xff\xff\xff", "frame around it"}};
  for (const auto& [bytes, reason] : cases) {
    const auto messages = Decode(Frame(bytes));
    ASSERT_EQ(messages.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(messages.status().message()), HasSubstr(reason));
  }
}

TEST(BatchCodecTest, MissingRequiredFieldsAreNamed) {
  AgentMessage message;
  message.mutable_executor_message()->mutable_framework_id()->set_value("f");
  const std::string inner = message.SerializePartialAsString();
  const auto messages =
      Decode(Frame("\x0a" + std::string(1, static_cast<char>(inner.size())) + inner));
  ASSERT_EQ(messages.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(messages.status().message()), HasSubstr("executor_message.executor_id"));
}

TEST(BatchCodecTest, CarriesSingleMessages) {
  const AgentMessages batch = Batch(5);
  AgentMessages read;
  ASSERT_TRUE(DecodeMessage(EncodeMessage(batch), read).ok());
  EXPECT_EQ(read.SerializeAsString(), batch.SerializeAsString());
  EXPECT_EQ(DecodeMessage(Frame("\xff"), read).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mesos::rpc
