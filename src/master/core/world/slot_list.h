#pragma once

// A list of pointers with constant-time insert and erase, whose order depends on its history alone,
// so that walking it is deterministic (a hash set's order is not).
//
//   struct Task { size_t agent_slot; ... };
//   SlotList<Task, &Task::agent_slot> tasks;
//   tasks.Insert(task); tasks.Erase(task);
//
// The element keeps its own place; it stands in one list per slot member. Erasing moves the last
// element into the gap, so a walk that erases goes over Copy(). Core-thread-only; owns nothing.

#include <cstddef>
#include <vector>

#include "glog/logging.h"

namespace mesos::master {

template <typename T, size_t T::*slot>
class SlotList {
 public:
  void Insert(T* element) {
    element->*slot = elements_.size();
    elements_.push_back(element);
  }

  void Erase(T* element) {
    const size_t place = element->*slot;
    DCHECK_LT(place, elements_.size());
    DCHECK_EQ(elements_[place], element);
    elements_[place] = elements_.back();
    elements_[place]->*slot = place;
    elements_.pop_back();
  }

  std::vector<T*> Copy() const { return elements_; }
  size_t size() const { return elements_.size(); }
  bool empty() const { return elements_.empty(); }
  auto begin() const { return elements_.begin(); }
  auto end() const { return elements_.end(); }

 private:
  // Invariant: elements_[i]->*slot == i.
  std::vector<T*> elements_;
};

}  // namespace mesos::master
