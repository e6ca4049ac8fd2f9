#include "common/rpc/channel_options.h"

#include <grpc/grpc.h>
#include <grpc/support/log.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "common/base/limits.h"
#include "common/rpc/server.h"
#include "glog/logging.h"

namespace mesos::rpc {
namespace {

// A frame is at most one message of the largest size with its tag and length around it.
constexpr int kMaxFrameBytes = static_cast<int>(limits::kMaxStreamMessageBytes) + 16;

// What a client may send of a stream ahead of what the server has taken.
constexpr int kStreamWindowBytes = 1 << 20;

std::vector<std::pair<std::string, int>> SharedOptions(const ServerOptions& options) {
  const auto milliseconds = [](absl::Duration duration) {
    return static_cast<int>(absl::ToInt64Milliseconds(duration));
  };
  return {
      {GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, kMaxFrameBytes},
      {GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, kMaxFrameBytes},
      {GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(options.keepalive_interval)},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(options.keepalive_timeout)},
      {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0},
  };
}

// What gRPC does for each connection beside serving it. Probing for the bandwidth takes a ping and
// its answer; the window below is enough without it.
void KeepConnectionsCheap(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kStreamWindowBytes);
}

}  // namespace

void SetClientOptions(grpc::ChannelArguments& arguments) {
  for (const auto& [name, value] : SharedOptions(ServerOptions())) arguments.SetInt(name, value);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);  // also the connect timeout
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
}

void PrepareGrpc() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function([](gpr_log_func_args* entry) {
    VLOG(1) << "grpc " << entry->file << ":" << entry->line << ": " << entry->message;
  });
}

void SetServerOptions(grpc::ServerBuilder& builder, const ServerOptions& options) {
  for (const auto& [name, value] : SharedOptions(options)) builder.AddChannelArgument(name, value);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  // A second daemon on the same port is refused by the kernel rather than given half the
  // connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  KeepConnectionsCheap(builder);
  grpc::ResourceQuota quota("mesos");
  quota.SetMaxThreads(4);
  builder.SetResourceQuota(quota);
}

}  // namespace mesos::rpc
