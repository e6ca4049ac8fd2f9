#include "agent/status_updates/status_update_streams.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/record_codec.h"
#include "common/base/limits.h"
#include "internal/checkpoint.pb.h"

namespace mesos::agent {
namespace {

// How many uuids a stream remembers to know a duplicate.
constexpr size_t kRecentUuids = 128;

// A file of more records than this is written anew with what still counts.
constexpr size_t kCompactRecords = 1000;

std::string UpdateRecord(const internal::StatusUpdate& update) {
  internal::StatusUpdateRecord record;
  *record.mutable_update() = update;
  return EncodeRecord(record.SerializeAsString());
}

std::string AcknowledgementRecord(const std::string& uuid) {
  internal::StatusUpdateRecord record;
  record.set_acknowledged_uuid(uuid);
  return EncodeRecord(record.SerializeAsString());
}

std::string KillRecord() {
  internal::StatusUpdateRecord record;
  record.set_kill_requested(true);
  return EncodeRecord(record.SerializeAsString());
}

// Nobody asks for the data of what was acknowledged, and it may be large.
StatusUpdatePtr WithoutData(StatusUpdatePtr update) {
  if (!update->status().has_data()) return update;
  auto slim = std::make_shared<internal::StatusUpdate>();
  *slim->mutable_framework_id() = update->framework_id();
  v1::TaskStatus& status = *slim->mutable_status();
  status = update->status();
  status.clear_data();
  return slim;
}

}  // namespace

void StatusUpdateStreams::Open(const TaskKey& key, std::string path) {
  auto [it, is_new] = streams_.try_emplace(key);
  if (is_new) it->second.path = std::move(path);
}

bool StatusUpdateStreams::Restore(const TaskKey& key, std::string path, const RecoveredTask& task) {
  Stream stream;
  stream.path = std::move(path);
  stream.kill_requested = task.kill_requested;
  stream.records_in_file =
      task.updates.size() + task.acknowledged_uuids.size() + (task.kill_requested ? 1 : 0);
  stream.file_started = stream.records_in_file > 0;
  for (const internal::StatusUpdate& update : task.updates) {
    // A former version took it from the executor; no master would ever have it acknowledged.
    if (!MayComeFromAgent(update.status().state())) continue;
    const std::string& uuid = update.status().uuid();
    if (std::count(stream.recent_uuids.begin(), stream.recent_uuids.end(), uuid) > 0) continue;
    Remember(stream, uuid);
    auto shared = std::make_shared<const internal::StatusUpdate>(update);
    const bool acknowledged =
        std::count(task.acknowledged_uuids.begin(), task.acknowledged_uuids.end(), uuid) > 0;
    if (acknowledged) {
      stream.acknowledged = WithoutData(std::move(shared));
    } else {
      stream.entries.push_back({std::move(shared), 0, CheckpointToken::kNone, /*durable=*/true});
    }
    if (IsTerminal(update.status().state())) {
      if (acknowledged) return false;
      stream.terminal = true;
      break;  // nothing that counts stands behind it
    }
  }
  for (Entry& entry : stream.entries) entry = NewEntry(std::move(entry.update), true);
  streams_.insert_or_assign(key, std::move(stream));
  return true;
}

void StatusUpdateStreams::Drop(const TaskKey& key) {
  auto it = streams_.find(key);
  if (it == streams_.end()) return;
  for (const Entry& entry : it->second.entries) Forget(entry);
  deadlines_.Cancel(it->second.retry);
  deadlines_.Cancel(it->second.rewrite_at);
  streams_.erase(it);
}

StatusUpdateStreams::Added StatusUpdateStreams::Add(absl::Time now, const TaskKey& key,
                                                    internal::StatusUpdate update) {
  auto it = streams_.find(key);
  if (it == streams_.end()) return Added::kUnknown;
  Stream& stream = it->second;
  const std::string& uuid = update.status().uuid();
  if (std::count(stream.recent_uuids.begin(), stream.recent_uuids.end(), uuid) > 0) {
    return Added::kDuplicate;
  }
  if (stream.terminal) return Added::kAfterTerminal;
  Remember(stream, uuid);
  stream.terminal = IsTerminal(update.status().state());
  auto shared = std::make_shared<const internal::StatusUpdate>(std::move(update));
  const bool in_memory = stream.path.empty();
  stream.entries.push_back(NewEntry(shared, /*durable=*/in_memory));
  if (in_memory) {
    Pump(now, key, stream);
    return Added::kNew;
  }
  if (!stream.rewrite) AppendRecord(stream, UpdateRecord(*shared), true);
  written_.push_back(key);
  return Added::kNew;
}

bool StatusUpdateStreams::HasRoom(const TaskKey& key, const std::string& executor_id,
                                  const v1::TaskStatus& status) const {
  const size_t bytes = status.ByteSizeLong();
  if (bytes <= limits::kSmallUpdateBytes && IsTerminal(status.state())) return true;
  auto it = streams_.find(key);
  if (it != streams_.end()) {
    const std::deque<std::string>& taken = it->second.recent_uuids;
    if (it->second.terminal || std::count(taken.begin(), taken.end(), status.uuid()) > 0) {
      return true;
    }
  }
  const size_t of_executor = pending_bytes(key.framework_id, executor_id) + bytes;
  if (of_executor <= limits::kReservedUpdateBytes) return true;
  return of_executor <= limits::kMaxExecutorUpdateBytes &&
         pending_bytes_ + bytes <= limits::kMaxAgentUpdateBytes;
}

void StatusUpdateStreams::RecordKill(const TaskKey& key) {
  auto it = streams_.find(key);
  if (it == streams_.end() || it->second.kill_requested) return;
  it->second.kill_requested = true;
  if (!it->second.path.empty() && !it->second.rewrite) {
    AppendRecord(it->second, KillRecord(), false);
  }
}

std::vector<CheckpointWrite> StatusUpdateStreams::TakeWrites(CheckpointToken token) {
  std::sort(written_.begin(), written_.end());
  written_.erase(std::unique(written_.begin(), written_.end()), written_.end());
  std::vector<TaskKey> awaited;
  for (const TaskKey& key : written_) {
    auto it = streams_.find(key);
    if (it == streams_.end() || it->second.rewrite) continue;  // a rewrite comes by itself
    Stream& stream = it->second;
    bool waits = false;
    if (stream.acknowledgement_waits && stream.acknowledgement_token == CheckpointToken::kNone) {
      stream.acknowledgement_token = token;
      waits = true;
    }
    for (Entry& entry : stream.entries) {
      if (entry.durable || entry.token != CheckpointToken::kNone) continue;
      entry.token = token;
      waits = true;
    }
    if (waits) awaited.push_back(key);
  }
  written_.clear();
  if (!awaited.empty()) awaited_[token] = std::move(awaited);
  return std::exchange(writes_, {});
}

std::vector<StatusUpdatePtr> StatusUpdateStreams::CheckpointDone(absl::Time now,
                                                                 CheckpointToken token, bool ok) {
  std::vector<StatusUpdatePtr> durable;
  auto awaited = awaited_.extract(token);
  if (awaited.empty()) return durable;
  for (const TaskKey& key : awaited.mapped()) {
    auto it = streams_.find(key);
    if (it == streams_.end()) continue;
    Stream& stream = it->second;
    const bool failed = !ok;
    if (stream.acknowledgement_token == token) {
      stream.acknowledgement_token = CheckpointToken::kNone;
      stream.acknowledgement_waits = failed;
    }
    for (Entry& entry : stream.entries) {
      if (entry.token != token || entry.durable) continue;
      if (failed) {
        entry.token = CheckpointToken::kNone;
      } else {
        entry.durable = true;
        durable.push_back(entry.update);
      }
    }
    if (failed) {
      stream.rewrite = true;
      deadlines_.Cancel(stream.rewrite_at);
      stream.rewrite_at = deadlines_.Arm(now + options_.rewrite_wait, Due{key, /*rewrite=*/true});
    }
    Pump(now, key, stream);
  }
  return durable;
}

StatusUpdateStreams::Acknowledged StatusUpdateStreams::Acknowledge(absl::Time now,
                                                                   const TaskKey& key,
                                                                   const std::string& uuid) {
  auto it = streams_.find(key);
  if (it == streams_.end()) return Acknowledged::kUnexpected;
  Stream& stream = it->second;
  // After a restart an acknowledgement may answer what a former process forwarded.
  if (stream.entries.empty() || !stream.entries.front().durable ||
      stream.entries.front().update->status().uuid() != uuid) {
    return Acknowledged::kUnexpected;
  }
  Forget(stream.entries.front());
  stream.acknowledged = WithoutData(std::move(stream.entries.front().update));
  stream.entries.pop_front();
  stream.in_flight = false;
  deadlines_.Cancel(stream.retry);
  stream.retry = DeadlineId::kNone;
  if (!stream.path.empty()) {
    // What stands behind in the file goes out once this is durable; else a restart would repeat the
    // acknowledged one after it.
    if (!stream.rewrite) {
      AppendRecord(stream, AcknowledgementRecord(uuid), !stream.entries.empty());
    }
    stream.acknowledgement_waits = true;
    stream.acknowledgement_token = CheckpointToken::kNone;
    written_.push_back(key);
  }
  if (IsTerminal(stream.acknowledged->status().state())) {
    Drop(key);
    return Acknowledged::kClosed;
  }
  if (stream.records_in_file > kCompactRecords && !stream.rewrite) WriteWhole(key, stream);
  Pump(now, key, stream);
  return Acknowledged::kDone;
}

void StatusUpdateStreams::Resume(absl::Time now) {
  connected_ = true;
  for (auto& [key, stream] : streams_) {
    stream.in_flight = false;
    Pump(now, key, stream);
  }
}

void StatusUpdateStreams::Resend(absl::Time now, const std::string& framework_id) {
  for (auto it = streams_.lower_bound(TaskKey{framework_id, ""});
       it != streams_.end() && it->first.framework_id == framework_id; ++it) {
    it->second.in_flight = false;
    Pump(now, it->first, it->second);
  }
}

std::vector<StatusUpdatePtr> StatusUpdateStreams::TakeForwards() {
  return std::exchange(forwards_, {});
}

void StatusUpdateStreams::Tick(absl::Time now) {
  while (std::optional<Due> due = deadlines_.PopDue(now)) {
    auto it = streams_.find(due->key);
    if (it == streams_.end()) continue;
    Stream& stream = it->second;
    if (due->rewrite) {
      stream.rewrite_at = DeadlineId::kNone;
      stream.rewrite = false;
      WriteWhole(due->key, stream);
      continue;
    }
    stream.retry = DeadlineId::kNone;
    if (!connected_ || !stream.in_flight) continue;
    stream.backoff = std::min(stream.backoff * 2, options_.retry_maximum);
    Forward(now, due->key, stream);
  }
}

size_t StatusUpdateStreams::pending(const TaskKey& key) const {
  auto it = streams_.find(key);
  return it == streams_.end() ? 0 : it->second.entries.size();
}

StatusUpdatePtr StatusUpdateStreams::InFlight(const TaskKey& key) const {
  auto it = streams_.find(key);
  if (it == streams_.end()) return nullptr;
  const Stream& stream = it->second;
  // While the acknowledgement is not on disk the next update does not go out: a crash now would
  // send the acknowledged one again.
  if (!stream.acknowledgement_waits && !stream.entries.empty() && stream.entries.front().durable) {
    return stream.entries.front().update;
  }
  return stream.acknowledged;
}

size_t StatusUpdateStreams::pending_bytes(const std::string& framework_id,
                                          const std::string& executor_id) const {
  auto it = owner_bytes_.find(Owner(framework_id, executor_id));
  return it == owner_bytes_.end() ? 0 : it->second;
}

StatusUpdateStreams::Owner StatusUpdateStreams::OwnerOf(const internal::StatusUpdate& update) {
  return {update.framework_id().value(), update.status().executor_id().value()};
}

StatusUpdateStreams::Entry StatusUpdateStreams::NewEntry(StatusUpdatePtr update, bool durable) {
  const size_t bytes = update->ByteSizeLong();
  ++pending_;
  pending_bytes_ += bytes;
  owner_bytes_[OwnerOf(*update)] += bytes;
  return {std::move(update), bytes, CheckpointToken::kNone, durable};
}

void StatusUpdateStreams::Forget(const Entry& entry) {
  --pending_;
  pending_bytes_ -= entry.bytes;
  auto owner = owner_bytes_.find(OwnerOf(*entry.update));
  owner->second -= entry.bytes;
  if (owner->second == 0) owner_bytes_.erase(owner);
}

std::string StatusUpdateStreams::CheckInvariants() const {
  size_t pending = 0;
  size_t bytes = 0;
  absl::flat_hash_map<Owner, size_t> by_owner;
  for (const auto& [key, stream] : streams_) {
    pending += stream.entries.size();
    for (const Entry& entry : stream.entries) {
      bytes += entry.bytes;
      by_owner[OwnerOf(*entry.update)] += entry.bytes;
    }
    auto wrong = [&key = key](absl::string_view what) {
      return absl::StrCat("update stream of task '", key.task_id, "': ", what);
    };
    if (stream.in_flight && (stream.entries.empty() || !stream.entries.front().durable)) {
      return wrong("an update is in flight that was not written");
    }
    if (stream.in_flight && connected_ && stream.retry == DeadlineId::kNone) {
      return wrong("an update is in flight that is never sent again");
    }
    if (!stream.in_flight && !stream.acknowledgement_waits && connected_ &&
        !stream.entries.empty() && stream.entries.front().durable) {
      return wrong("its first update is written and does not go");
    }
    for (size_t i = 0; i + 1 < stream.entries.size(); ++i) {
      if (IsTerminal(stream.entries[i].update->status().state())) {
        return wrong("an update stands behind the terminal one");
      }
    }
  }
  if (bytes != pending_bytes_ || by_owner != owner_bytes_) {
    return "the count of bytes of pending updates is wrong";
  }
  return pending == pending_ ? "" : "the count of pending updates is wrong";
}

void StatusUpdateStreams::AppendRecord(Stream& stream, std::string record, bool sync) {
  std::string bytes = stream.file_started ? "" : EncodeHeader();
  bytes += record;
  stream.file_started = true;
  ++stream.records_in_file;
  if (!writes_.empty() && writes_.back().kind == CheckpointWrite::Kind::kAppend &&
      writes_.back().path == stream.path) {
    writes_.back().bytes += bytes;
    writes_.back().sync = writes_.back().sync || sync;
    return;
  }
  writes_.push_back({CheckpointWrite::Kind::kAppend, stream.path, std::move(bytes), sync});
}

void StatusUpdateStreams::WriteWhole(const TaskKey& key, Stream& stream) {
  std::string bytes = EncodeHeader();
  stream.records_in_file = 0;
  auto add = [&](const std::string& record) {
    bytes += record;
    ++stream.records_in_file;
  };
  if (stream.kill_requested) add(KillRecord());
  if (stream.acknowledged != nullptr) {
    add(UpdateRecord(*stream.acknowledged));
    add(AcknowledgementRecord(stream.acknowledged->status().uuid()));
  }
  for (const Entry& entry : stream.entries) add(UpdateRecord(*entry.update));
  stream.file_started = true;
  writes_.push_back({CheckpointWrite::Kind::kReplace, stream.path, std::move(bytes), true});
  written_.push_back(key);
}

void StatusUpdateStreams::Remember(Stream& stream, const std::string& uuid) {
  stream.recent_uuids.push_back(uuid);
  if (stream.recent_uuids.size() > kRecentUuids) stream.recent_uuids.pop_front();
}

void StatusUpdateStreams::Pump(absl::Time now, const TaskKey& key, Stream& stream) {
  if (!connected_ || stream.in_flight || stream.acknowledgement_waits || stream.entries.empty() ||
      !stream.entries.front().durable) {
    return;
  }
  stream.in_flight = true;
  stream.backoff = options_.retry_minimum;
  Forward(now, key, stream);
}

void StatusUpdateStreams::Forward(absl::Time now, const TaskKey& key, Stream& stream) {
  internal::StatusUpdate update = *stream.entries.front().update;
  const v1::TaskStatus& latest = stream.entries.back().update->status();
  update.set_latest_state(latest.state());
  update.set_latest_uuid(latest.uuid());
  forwards_.push_back(std::make_shared<const internal::StatusUpdate>(std::move(update)));
  deadlines_.Cancel(stream.retry);
  stream.retry = deadlines_.Arm(now + stream.backoff, Due{key, /*rewrite=*/false});
}

}  // namespace mesos::agent
