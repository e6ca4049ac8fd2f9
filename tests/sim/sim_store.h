#pragma once

// A master's way to a registry that several masters share: slow, failing, and late, as the weather
// is. What was sent still arrives when its master has gone.
//
//   SimDatabase database(world);                       // on a node of its own; outlives masters
//   SimStore store(world, node, database);             // of one master's process
//   database.weather().refuse = 0.1;                   // some calls fail, and change nothing
//   database.Steal();                                  // somebody else acquires it
//
// Everything on the process' side in virtual time; destruction silences the store.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "common/store/memory_store.h"
#include "common/store/store.h"
#include "tests/sim/sim_executor.h"
#include "tests/sim/world.h"

namespace mesos::sim {

struct StoreWeather {
  absl::Duration longest_way = absl::Milliseconds(2);  // to the database, and back
  double refuse = 0;       // chance that a call fails and changes nothing
  double lose_answer = 0;  // chance that it succeeds and its caller hears Unavailable
};

class SimDatabase {
 public:
  explicit SimDatabase(World& world);

  StoreWeather& weather() { return weather_; }
  std::shared_ptr<store::Store> Open();

  // Acquires it for nobody in particular: its present owner's next write is refused.
  void Steal();
  // All entries are lost.
  void Forget() { medium_.entries.clear(); }

 private:
  World& world_;
  const NodeId node_;
  SimExecutor executor_;
  store::MemoryMedium medium_;
  StoreWeather weather_;
};

class SimStore final : public store::Store {
 public:
  SimStore(World& world, NodeId node, SimDatabase& database);

  void Acquire(const std::string& owner,
               absl::AnyInvocable<void(absl::StatusOr<store::Contents>)> callback) override;
  void Apply(std::vector<store::Change> changes,
             absl::AnyInvocable<void(absl::Status)> done) override;

 private:
  enum class Fate { kGood, kRefused, kAnswerLost };

  Fate DrawFate();
  absl::Duration DrawWay();
  // Runs `work` in the process once the answer has come back, if it is still waited for.
  void Answer(uint64_t call, std::function<void(SimStore&)> work);
  void EndAcquire(absl::StatusOr<store::Contents> contents);
  void EndApply(const absl::Status& status);

  World& world_;
  const NodeId node_;
  SimDatabase& database_;
  const std::shared_ptr<store::Store> remote_;
  const std::shared_ptr<SimStore*> self_;
  // The call under way: at most one of the two is set. Answers to a former one are not heard.
  uint64_t call_ = 0;
  absl::AnyInvocable<void(absl::StatusOr<store::Contents>)> acquired_;
  absl::AnyInvocable<void(absl::Status)> applied_;
};

}  // namespace mesos::sim
