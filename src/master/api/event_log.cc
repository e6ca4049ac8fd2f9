#include "master/api/event_log.h"

#include <utility>

namespace mesos::master {
namespace {

// Of a record beside its text, in the log.
constexpr size_t kRecordOverhead = 96;

}  // namespace

size_t EventLog::Cost(const Record& record) { return record->size() + kRecordOverhead; }

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

bool EventLog::Append(Record record) {
  MutexLock lock(mutex_);
  if (positions_.empty()) return false;
  bytes_ += Cost(record);
  records_.push_back(std::move(record));
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

bool EventLog::Read(Reader reader, size_t max_records, size_t max_bytes, std::vector<Record>& out) {
  MutexLock lock(mutex_);
  auto it = positions_.find(reader);
  if (it == positions_.end()) return false;
  Position& position = it->second;
  by_position_.erase({position, reader});
  size_t bytes = 0;
  for (size_t i = 0; i < max_records && bytes < max_bytes; ++i) {
    if (position == first_ + records_.size()) break;
    out.push_back(records_[position - first_]);
    bytes += out.back()->size();
    ++position;
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
