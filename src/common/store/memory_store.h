#pragma once

// A store that ends with the process: for a master that need not remember, for tests and for the
// simulation, where several owners share one medium.
//
//   MemoryMedium medium;
//   MemoryStore store(executor, medium);
//
// Executor's thread only; the medium outlives its stores.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/runtime/executor.h"
#include "common/store/store.h"

namespace mesos::store {

struct MemoryMedium {
  uint64_t epoch = 0;
  std::string owner;
  std::map<std::string, std::string> entries;
};

class MemoryStore : public Store {
 public:
  MemoryStore(Executor& executor, MemoryMedium& medium) : executor_(executor), medium_(medium) {}
  ~MemoryStore() override { *alive_ = false; }

  void Acquire(const std::string& owner,
               absl::AnyInvocable<void(absl::StatusOr<Contents>)> callback) override {
    epoch_ = ++medium_.epoch;
    medium_.owner = owner;
    Answer(
        [callback = std::move(callback), contents = Contents{*epoch_, medium_.entries}]() mutable {
          callback(std::move(contents));
        });
  }

  void Apply(std::vector<Change> changes, absl::AnyInvocable<void(absl::Status)> done) override {
    absl::Status status;
    if (!epoch_) {
      status = absl::FailedPreconditionError("the store was not acquired");
    } else if (*epoch_ != medium_.epoch) {
      status = absl::AbortedError("the store belongs to " + medium_.owner + " now");
    } else {
      for (Change& change : changes) {
        if (change.value) {
          medium_.entries[change.name] = *std::move(change.value);
        } else {
          medium_.entries.erase(change.name);
        }
      }
    }
    Answer([done = std::move(done), status]() mutable { done(status); });
  }

 private:
  void Answer(Executor::Work work) {
    executor_.Post("store_answer", [alive = alive_, work = std::move(work)]() mutable {
      if (*alive) work();
    });
  }

  Executor& executor_;
  MemoryMedium& medium_;
  std::optional<uint64_t> epoch_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace mesos::store
