#include "agent/core/core.h"

#include "agent/checkpoint/record_codec.h"

namespace mesos::agent {
namespace {

ConnectionKeeper::Options LinkOptions(const AgentOptions& options) {
  ConnectionKeeper::Options link;
  link.backoff_minimum = std::min(kFirstDialWait, options.registration_backoff_factor);
  link.backoff_maximum = std::max(absl::Minutes(1), options.registration_backoff_factor);
  link.unreachable_maximum = options.registration_backoff_factor;
  return link;
}

StatusUpdateStreams::Options StreamOptions(const AgentOptions& options) {
  StatusUpdateStreams::Options streams;
  streams.retry_minimum = options.status_update_retry_minimum;
  streams.retry_maximum = options.status_update_retry_maximum;
  return streams;
}

}  // namespace

Core::Core(AgentOptions agent_options, uint64_t seed)
    : options(std::move(agent_options)),
      random(seed),
      info(std::make_shared<const v1::AgentInfo>(options.info)),
      master(LinkOptions(options), random.Next()),
      updates(StreamOptions(options)),
      garbage(options.gc_delay) {
  stats.allowed_sandbox_age = AllowedAge(options.gc_delay, options.gc_disk_headroom, /*usage=*/0);
}

void Core::WriteMessage(std::string path, const google::protobuf::MessageLite& message) {
  Write({CheckpointWrite::Kind::kReplace, std::move(path),
         EncodeHeader() + EncodeRecord(message.SerializeAsString())});
}

void Core::SendToMaster(internal::AgentMessage message) {
  if (!registered) return;
  Push(agent::SendToMaster{master.session(),
                           std::make_shared<const internal::AgentMessage>(std::move(message))});
}

Effects Core::Finish() {
  std::vector<CheckpointWrite> of_updates = updates.TakeWrites(next_token);
  writes.insert(writes.end(), std::make_move_iterator(of_updates.begin()),
                std::make_move_iterator(of_updates.end()));
  if (!writes.empty()) {
    Push(Checkpoint{next_token, std::exchange(writes, {})});
    next_token = CheckpointToken{static_cast<uint64_t>(next_token) + 1};
    ++stats.checkpoints;
  }
  for (const StatusUpdatePtr& update : updates.TakeForwards()) {
    internal::AgentMessage message;
    *message.mutable_status_update() = *update;
    SendToMaster(std::move(message));
    ++stats.updates_sent;
  }
  return std::exchange(effects, {});
}

RunId Core::Run(const Executor& executor) const {
  return {agent_id(), executor.framework_id, executor.id, executor.container_id};
}

}  // namespace mesos::agent
