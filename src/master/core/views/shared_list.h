#pragma once

// A list whose copies are cheap: chunks of elements, shared with the copies until either changes.
//
//   SharedList<TaskRecord> tasks;
//   tasks.PushBack(record);
//   SharedList<TaskRecord> then = tasks.Share();     // copies one pointer for each 64 elements
//   tasks.Set(0, changed);                           // clones one chunk; `then` stays as it was
//
// The list that is shared knows which of its chunks are, so nothing looks at reference counts and a
// shared chunk is never written. The list belongs to one thread; what Share gives is only read, on
// any thread.

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "glog/logging.h"

namespace mesos::master {

template <typename T>
class SharedList {
 public:
  static constexpr size_t kChunkElements = 64;

  SharedList() = default;
  SharedList(SharedList&&) noexcept = default;
  SharedList& operator=(SharedList&&) noexcept = default;

  // The elements of now.
  SharedList Share() {
    SharedList copy;
    copy.chunks_ = chunks_;
    copy.begin_ = begin_;
    copy.end_ = end_;
    shared_.assign(chunks_.size(), true);
    return copy;
  }

  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  const T& operator[](size_t index) const {
    DCHECK_LT(index, size());
    const size_t place = begin_ + index;
    return (*chunks_[place / kChunkElements])[place % kChunkElements];
  }

  // Walking chunk by chunk, in order.
  size_t chunks() const { return chunks_.size(); }
  absl::Span<const T> chunk(size_t number) const {
    const size_t first = number == 0 ? begin_ : 0;
    const size_t last = std::min(kChunkElements, end_ - number * kChunkElements);
    return absl::MakeConstSpan(*chunks_[number]).subspan(first, last - first);
  }

  void PushBack(T value) {
    if (end_ % kChunkElements == 0) {
      chunks_.push_back(std::make_shared<Chunk>());
      shared_.push_back(false);
    }
    ++end_;
    Set(size() - 1, std::move(value));
  }

  void Set(size_t index, T value) {
    DCHECK_LT(index, size());
    const size_t place = begin_ + index;
    Own(place / kChunkElements)[place % kChunkElements] = std::move(value);
  }

  void PopBack() {
    DCHECK(!empty());
    --end_;
    Release(end_);
    if (end_ % kChunkElements != 0 && end_ != begin_) return;
    if (end_ == begin_) {
      *this = SharedList();
      return;
    }
    chunks_.pop_back();
    shared_.pop_back();
  }

  void PopFront() {
    DCHECK(!empty());
    Release(begin_);
    ++begin_;
    if (begin_ == end_) {
      *this = SharedList();
    } else if (begin_ == kChunkElements) {
      chunks_.erase(chunks_.begin());
      shared_.erase(shared_.begin());
      begin_ = 0;
      end_ -= kChunkElements;
    }
  }

  // The last element moves into the gap.
  void EraseBySwap(size_t index) {
    if (index + 1 != size()) Set(index, (*this)[size() - 1]);
    PopBack();
  }

  bool operator==(const SharedList& other) const {
    if (size() != other.size()) return false;
    for (size_t i = 0; i < size(); ++i) {
      if (!((*this)[i] == other[i])) return false;
    }
    return true;
  }

 private:
  using Chunk = std::array<T, kChunkElements>;

  Chunk& Own(size_t number) {
    if (shared_[number]) {
      auto clone = std::make_shared<Chunk>();
      const absl::Span<const T> elements = chunk(number);
      std::copy(elements.begin(), elements.end(), clone->begin() + (number == 0 ? begin_ : 0));
      chunks_[number] = std::move(clone);
      shared_[number] = false;
    }
    return *chunks_[number];
  }

  // Lets go of an element that is gone. In a shared chunk it stays as long as the chunk.
  void Release(size_t place) {
    if (!shared_[place / kChunkElements]) {
      (*chunks_[place / kChunkElements])[place % kChunkElements] = T();
    }
  }

  // Invariant: the elements stand at the places [begin_, end_) of the chunks; begin_ is in the
  // first chunk, end_ - 1 in the last. shared_[i]: chunk i may be read through a copy.
  std::vector<std::shared_ptr<Chunk>> chunks_;
  std::vector<bool> shared_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace mesos::master
