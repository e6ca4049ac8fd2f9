#pragma once

// The updates of every task on their way to a scheduler: in order, written before they are
// forwarded, and sent again until acknowledged.
//
//   streams.Open(key, meta::TaskUpdates(run, task_id));
//   streams.Add(now, key, update);                     // TASK_RUNNING
//   writes = streams.TakeWrites(token);                // write them, then
//   durable = streams.CheckpointDone(now, token, ok);  // these may be acknowledged to the executor
//   forwards = streams.TakeForwards();                 // send these to the master
//   streams.Acknowledge(now, key, uuid);               // the next one goes
//
// A stream:
//
//   open ──▶ first unacknowledged update in flight ──ack──▶ next ... ──ack of a terminal update──▶
//   closed
//                  ▲            │ no ack: retry, waits grow minimum..maximum
//                  └────────────┘
//
// A write that failed is tried again as a whole file, after a wait; until it works, what it held is
// neither forwarded nor acknowledged. Belongs to one core and is used on its thread only. Unknown
// keys, uuids and tokens are answered, never CHECKed.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "agent/checkpoint/checkpoint_write.h"
#include "agent/checkpoint/recovered_state.h"
#include "common/base/deadlines.h"
#include "common/messages/task_state.h"
#include "internal/agent_link.pb.h"

namespace mesos::agent {

struct TaskKey {
  std::string framework_id;
  std::string task_id;
  auto operator<=>(const TaskKey&) const = default;

  template <typename H>
  friend H AbslHashValue(H h, const TaskKey& key) {
    return H::combine(std::move(h), key.framework_id, key.task_id);
  }
};

using StatusUpdatePtr = std::shared_ptr<const internal::StatusUpdate>;

class StatusUpdateStreams {
 public:
  struct Options {
    absl::Duration retry_minimum = absl::Seconds(10);
    absl::Duration retry_maximum = absl::Minutes(10);
    absl::Duration rewrite_wait = absl::Seconds(1);
  };

  enum class Added {
    kNew,
    kDuplicate,      // an update with this uuid was taken before
    kAfterTerminal,  // the stream has its last update already
    kUnknown,        // no such stream
  };
  enum class Acknowledged {
    kUnexpected,  // no such stream, or not the update that is in flight
    kDone,
    kClosed,  // the terminal update was acknowledged: the stream is gone
  };

  explicit StatusUpdateStreams(Options options) : options_(options) {}

  // Without a path the stream is held in memory only. An open stream stays as it is.
  void Open(const TaskKey& key, std::string path);

  // As Open, with what a former process left. Updates that were acknowledged do not go again. False
  // where the terminal update was acknowledged: then no stream is opened.
  bool Restore(const TaskKey& key, std::string path, const RecoveredTask& task);

  // Forgets the stream with all that waits in it.
  void Drop(const TaskKey& key);

  // `update.status` has a uuid.
  Added Add(absl::Time now, const TaskKey& key, internal::StatusUpdate update);

  // Writes down that a kill was asked for.
  void RecordKill(const TaskKey& key);

  // What is to be written now; the caller writes it under `token`.
  std::vector<CheckpointWrite> TakeWrites(CheckpointToken token);

  // Gives the updates that became durable, in order. A token that is not known is ignored.
  std::vector<StatusUpdatePtr> CheckpointDone(absl::Time now, CheckpointToken token, bool ok);

  Acknowledged Acknowledge(absl::Time now, const TaskKey& key, const std::string& uuid);

  // The way to the master is there: every stream's first update goes at once. Or it is gone.
  void Resume(absl::Time now);
  void Pause() { connected_ = false; }

  // The framework's scheduler is there anew, and did not get what was sent while it was away: the
  // first update of each of its streams goes at once, however long the wait had become.
  void Resend(absl::Time now, const std::string& framework_id);

  // What is to be sent to the master now, in order.
  std::vector<StatusUpdatePtr> TakeForwards();

  // Retries what is due.
  void Tick(absl::Time now);
  absl::Time NextDeadline() const { return deadlines_.Next(); }

  // Whether the executor may add `status`: what it and all executors have waiting is bounded
  // (limits.h). What was taken before has room, and so has what is short and ends its task.
  bool HasRoom(const TaskKey& key, const std::string& executor_id,
               const v1::TaskStatus& status) const;

  // The update that the scheduler gets (or got) last of the stream; null where none went out yet.
  StatusUpdatePtr InFlight(const TaskKey& key) const;

  bool Has(const TaskKey& key) const { return streams_.count(key) > 0; }
  size_t size() const { return streams_.size(); }
  size_t pending() const { return pending_; }
  size_t pending(const TaskKey& key) const;  // of one stream
  size_t pending_bytes() const { return pending_bytes_; }
  size_t pending_bytes(const std::string& framework_id, const std::string& executor_id) const;

  // Empty where all invariants hold; else what is wrong.
  std::string CheckInvariants() const;

 private:
  struct Entry {
    StatusUpdatePtr update;
    size_t bytes = 0;
    CheckpointToken token = CheckpointToken::kNone;  // of the write that holds it
    bool durable = false;
  };

  struct Stream {
    std::string path;              // empty: memory only
    std::deque<Entry> entries;     // not acknowledged yet, in order
    StatusUpdatePtr acknowledged;  // the last one that was
    std::deque<std::string> recent_uuids;
    bool terminal = false;  // the last update that there will be was added
    bool kill_requested = false;
    bool file_started = false;
    bool in_flight = false;  // entries.front() was forwarded
    bool rewrite = false;    // the file is to be written as a whole before anything is appended
    // The last acknowledgement is not on disk yet: nothing goes out before it is.
    bool acknowledgement_waits = false;
    CheckpointToken acknowledgement_token =
        CheckpointToken::kNone;  // of the write that it waits for
    size_t records_in_file = 0;
    absl::Duration backoff;
    DeadlineId retry = DeadlineId::kNone;
    DeadlineId rewrite_at = DeadlineId::kNone;
  };

  struct Due {
    TaskKey key;
    bool rewrite = false;
  };

  // Books an update that waits from now on, or does not any more.
  Entry NewEntry(StatusUpdatePtr update, bool durable);
  void Forget(const Entry& entry);

  void AppendRecord(Stream& stream, std::string record, bool sync);
  void WriteWhole(const TaskKey& key, Stream& stream);
  void Remember(Stream& stream, const std::string& uuid);
  void Pump(absl::Time now, const TaskKey& key, Stream& stream);
  void Forward(absl::Time now, const TaskKey& key, Stream& stream);

  const Options options_;
  bool connected_ = false;

  // By framework and executor.
  using Owner = std::pair<std::string, std::string>;
  static Owner OwnerOf(const internal::StatusUpdate& update);

  // Invariants: pending_ and pending_bytes_ are sums over the entries, owner_bytes_ the same by
  // owner, without zeros; the retry deadline of a stream is armed exactly
  // while its first entry is in flight and the master is connected.
  absl::btree_map<TaskKey, Stream> streams_;
  size_t pending_ = 0;
  size_t pending_bytes_ = 0;
  absl::flat_hash_map<Owner, size_t> owner_bytes_;
  Deadlines<Due> deadlines_;

  // Gathered for TakeWrites; and the streams whose updates stand in the writes of a token.
  std::vector<CheckpointWrite> writes_;
  std::vector<TaskKey> written_;
  std::map<CheckpointToken, std::vector<TaskKey>> awaited_;

  std::vector<StatusUpdatePtr> forwards_;
};

}  // namespace mesos::agent
