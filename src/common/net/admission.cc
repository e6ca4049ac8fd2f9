#include "common/net/admission.h"

#include <utility>

namespace mesos::net {

Admission::Admission(IoLoop& loop, const Limits& limits)
    : loop_(loop), limits_(limits), link_(std::make_shared<Link>()) {
  link_->admission = this;
  MutexLock lock(link_->mutex);
  link_->loop = &loop;
}

bool Admission::Enter(Work&& work) {
  if (stopped_) return false;
  if (entering_.size() < limits_.entering) {
    Begin(work);
    return true;
  }
  if (waiting_.size() >= limits_.waiting) return false;
  waiting_.push_back(std::move(work));
  return true;
}

void Admission::Stop() {
  stopped_ = true;
  link_->admission = nullptr;
  {
    MutexLock lock(link_->mutex);
    link_->loop = nullptr;
  }
  waiting_.clear();
}

void Admission::Begin(Work& work) {
  const Number number{++last_number_};
  entering_[number] = loop_.Arm(loop_.Now() + limits_.timeout, [this, number] { Leave(number); });
  const bool taken = work(Ticket(nullptr, [link = link_, number](void*) {
    MutexLock lock(link->mutex);
    if (link->loop == nullptr) return;
    link->loop->Post([link, number] {
      if (link->admission != nullptr) link->admission->Leave(number);
    });
  }));
  if (taken) return;
  loop_.Cancel(entering_[number]);
  entering_.erase(number);
}

void Admission::Leave(Number number) {
  auto it = entering_.find(number);
  if (it == entering_.end()) return;  // its time was over before
  loop_.Cancel(it->second);
  entering_.erase(it);
  LetNextEnter();
}

void Admission::LetNextEnter() {
  while (!stopped_ && !waiting_.empty() && entering_.size() < limits_.entering) {
    Work work = std::move(waiting_.front());
    waiting_.pop_front();
    Begin(work);
  }
}

}  // namespace mesos::net
