#include "master/api/event_log.h"

#include <utility>

namespace mesos::master {
namespace {

// Of a record beside its text, in the log.
constexpr size_t kRecordOverhead = 96;

}  // namespace

size_t EventLog::Cost(const Entry& entry) { return entry.record->size() + kRecordOverhead; }

EventLog::Reader EventLog::Join() {
  MutexLock lock(mutex_);
  const Reader reader{++last_reader_};
  const Position end = first_ + records_.size();
  positions_[reader] = end;
  by_position_.emplace(end, reader);
  return reader;
}

void EventLog::Leave(Reader reader) {
  MutexLock lock(mutex_);
  auto it = positions_.find(reader);
  if (it == positions_.end()) return;
  by_position_.erase({it->second, reader});
  positions_.erase(it);
  Trim();
}

bool EventLog::HasReaders() const {
  MutexLock lock(mutex_);
  return !positions_.empty();
}

bool EventLog::Append(Record record, Subject about) {
  MutexLock lock(mutex_);
  if (positions_.empty()) return false;
  records_.push_back({std::move(record), std::move(about)});
  bytes_ += Cost(records_.back());
  bool lost = false;
  while (bytes_ > max_bytes_ && records_.size() > 1) {
    DropFront();
    while (!by_position_.empty() && by_position_.begin()->first < first_) {
      positions_.erase(by_position_.begin()->second);
      by_position_.erase(by_position_.begin());
      lost = true;
    }
    Trim();
  }
  return lost;
}

bool EventLog::Read(Reader reader, size_t max_records, size_t max_bytes, std::vector<Record>& out,
                    const auth::Visibility& visibility) {
  MutexLock lock(mutex_);
  auto it = positions_.find(reader);
  if (it == positions_.end()) return false;
  Position& position = it->second;
  by_position_.erase({position, reader});
  size_t bytes = 0;
  size_t count = 0;
  while (count < max_records && bytes < max_bytes && position < first_ + records_.size()) {
    const Entry& entry = records_[position++ - first_];
    if (!IsVisible(entry.about, visibility)) continue;
    out.push_back(entry.record);
    bytes += entry.record->size();
    ++count;
  }
  by_position_.emplace(position, reader);
  Trim();
  return true;
}

bool EventLog::Lost(Reader reader) const {
  MutexLock lock(mutex_);
  return positions_.count(reader) == 0;
}

size_t EventLog::bytes() const {
  MutexLock lock(mutex_);
  return bytes_;
}

void EventLog::DropFront() {
  bytes_ -= Cost(records_.front());
  records_.pop_front();
  ++first_;
}

void EventLog::Trim() {
  while (!records_.empty() && (by_position_.empty() || by_position_.begin()->first > first_)) {
    DropFront();
  }
}

}  // namespace mesos::master
