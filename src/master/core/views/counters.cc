#include "master/core/views/counters.h"

namespace mesos::master {
namespace {

// Calls count(sum, thousandths) for each scalar that is summed.
template <typename Count>
void ForEach(ScalarTotals& totals, const ResourceSet& resources, Count count) {
  for (const ResourceSet::Entry& entry : resources.entries()) {
    if (entry.value.type() != ResourceValue::Type::kScalar) continue;
    for (size_t i = 0; i < ScalarTotals::kNames.size(); ++i) {
      if (entry.identity->name() != ScalarTotals::kNames[i]) continue;
      const uint64_t times = entry.identity->shared() ? 1 : static_cast<uint64_t>(entry.count);
      count(entry.identity->revocable() ? totals.revocable[i] : totals.regular[i],
            static_cast<uint64_t>(entry.value.scalar()) * times);
    }
  }
}

}  // namespace

void ScalarTotals::Add(const ResourceSet& resources) {
  ForEach(*this, resources, [](uint64_t& sum, uint64_t amount) { sum += amount; });
}

void ScalarTotals::Subtract(const ResourceSet& resources) {
  ForEach(*this, resources, [](uint64_t& sum, uint64_t amount) { sum -= amount; });
}

}  // namespace mesos::master
