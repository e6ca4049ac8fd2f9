#include "tests/sim/sim_store.h"

namespace mesos::sim {
namespace {

absl::Status Unreachable() {
  return absl::UnavailableError("the registry's medium did not answer");
}

}  // namespace

SimDatabase::SimDatabase(World& world)
    : world_(world), node_(world.AddNode("database")), executor_(world, node_) {}

std::shared_ptr<store::Store> SimDatabase::Open() {
  return std::make_shared<store::MemoryStore>(executor_, medium_);
}

void SimDatabase::Steal() {
  world_.Note(node_, "is stolen");
  ++medium_.epoch;
  medium_.owner = "somebody else";
}

SimStore::SimStore(World& world, NodeId node, SimDatabase& database)
    : world_(world),
      node_(node),
      database_(database),
      remote_(database.Open()),
      self_(std::make_shared<SimStore*>(this)) {}

SimStore::Fate SimStore::DrawFate() {
  const StoreWeather& weather = database_.weather();
  const double lot = world_.random().Uniform();
  if (lot < weather.refuse) return Fate::kRefused;
  return lot < weather.refuse + weather.lose_answer ? Fate::kAnswerLost : Fate::kGood;
}

absl::Duration SimStore::DrawWay() {
  return world_.random().Jitter(database_.weather().longest_way);
}

void SimStore::Answer(uint64_t call, std::function<void(SimStore&)> work) {
  world_.After(node_, DrawWay(),
               [weak = std::weak_ptr<SimStore*>(self_), call, work = std::move(work)] {
                 auto self = weak.lock();
                 if (self != nullptr && (*self)->call_ == call) work(**self);
               });
}

void SimStore::Acquire(const std::string& owner,
                       absl::AnyInvocable<void(absl::StatusOr<store::Contents>)> callback) {
  applied_ = nullptr;
  acquired_ = std::move(callback);
  const uint64_t call = ++call_;
  const Fate fate = DrawFate();
  if (fate == Fate::kRefused) {
    return Answer(call, [](SimStore& self) { self.EndAcquire(Unreachable()); });
  }
  std::weak_ptr<SimStore*> weak = self_;
  world_.AfterAlways(DrawWay(), [remote = remote_, owner, fate, call, weak] {
    // `remote` is held until it has answered.
    remote->Acquire(owner, [remote, fate, call, weak](absl::StatusOr<store::Contents> contents) {
      auto self = weak.lock();
      if (self == nullptr) return;
      if (fate == Fate::kAnswerLost) contents = Unreachable();
      (*self)->Answer(call, [contents = std::move(contents)](SimStore& answered) {
        answered.EndAcquire(contents);
      });
    });
  });
}

void SimStore::Apply(std::vector<store::Change> changes,
                     absl::AnyInvocable<void(absl::Status)> done) {
  applied_ = std::move(done);
  const uint64_t call = ++call_;
  const Fate fate = DrawFate();
  if (fate == Fate::kRefused) {
    return Answer(call, [](SimStore& self) { self.EndApply(Unreachable()); });
  }
  std::weak_ptr<SimStore*> weak = self_;
  world_.AfterAlways(DrawWay(), [remote = remote_, changes = std::move(changes), fate, call, weak] {
    remote->Apply(changes, [remote, fate, call, weak](absl::Status status) {
      auto self = weak.lock();
      if (self == nullptr) return;
      if (fate == Fate::kAnswerLost) status = Unreachable();
      (*self)->Answer(call, [status](SimStore& answered) { answered.EndApply(status); });
    });
  });
}

void SimStore::EndAcquire(absl::StatusOr<store::Contents> contents) {
  std::exchange(acquired_, nullptr)(std::move(contents));
}

void SimStore::EndApply(const absl::Status& status) { std::exchange(applied_, nullptr)(status); }

}  // namespace mesos::sim
