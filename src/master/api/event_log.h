#pragma once

// The events that some reader has still to take, each held once however many wait for it.
//
//   EventLog log(limits::kMaxEventLogBytes);
//   const EventLog::Reader reader = log.Join();       // hears of what is appended from now on
//   if (log.Append(record)) ...                       // some readers were too far behind: lost
//   if (!log.Read(reader, 80, 256 << 10, records)) ...  // this one was
//   log.Leave(reader);
//
// Beyond the bound the oldest record goes, and with it every reader that has not taken it.
// Thread-safe.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/auth/visibility.h"
#include "common/base/mutex.h"
#include "master/reads/visible.h"

namespace mesos::master {

class EventLog {
 public:
  using Record = std::shared_ptr<const std::string>;
  enum class Reader : uint64_t { kNone = 0 };

  explicit EventLog(size_t max_bytes) : max_bytes_(max_bytes) {}

  Reader Join();
  // Idempotent.
  void Leave(Reader reader);
  bool HasReaders() const;

  // Whether readers were lost for it. Nothing is kept where nobody reads.
  bool Append(Record record, Subject about = {});

  // Gives what comes next for the reader and may be seen: at most so many records, and no further
  // one behind so many bytes. False where it is lost or has left.
  bool Read(Reader reader, size_t max_records, size_t max_bytes, std::vector<Record>& out,
            const auth::Visibility& visibility = auth::Visibility::All());

  bool Lost(Reader reader) const;

  // What the records take that are held.
  size_t bytes() const;

 private:
  using Position = uint64_t;
  struct Entry {
    Record record;
    Subject about;
  };

  static size_t Cost(const Entry& entry);
  void DropFront() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Trim() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_bytes_;

  // Invariants: records_ are those from first_ on; bytes_ is what they cost; every reader stands in
  // both maps, at first_ or behind it, and the first of them at first_ while there are records.
  mutable Mutex mutex_;
  std::deque<Entry> records_ ABSL_GUARDED_BY(mutex_);
  Position first_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<Reader, Position> positions_ ABSL_GUARDED_BY(mutex_);
  std::set<std::pair<Position, Reader>> by_position_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_reader_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace mesos::master
