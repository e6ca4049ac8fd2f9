#include "master/allocator/scalar_names.h"

#include "common/resources/quantity.h"

namespace mesos::master {

size_t ScalarNames::IndexOf(const std::string& name) {
  if (name == "cpus") return 0;
  if (name == "mem") return 1;
  if (name == "disk") return 2;
  return indices_.emplace(name, indices_.size()).first->second;
}

void ScalarNames::AddEntry(const ResourceSet::Entry& entry, Scalars& to) {
  if (entry.value.type() != ResourceValue::Type::kScalar) return;
  size_t index = IndexOf(entry.identity->name());
  if (to.size() <= index) to.resize(index + 1, 0);
  const int64_t times = entry.identity->shared() ? 1 : entry.count;
  to[index] = WrappingAdd(to[index], WrappingMultiply(entry.value.scalar(), times));
}

Scalars ScalarNames::Of(const ResourceSet& resources, Shared shared) {
  Scalars amount;
  for (const ResourceSet::Entry& entry : resources.entries()) {
    if (shared == Shared::kNot && entry.identity->shared()) continue;
    AddEntry(entry, amount);
  }
  return amount;
}

Scalars ScalarNames::Of(const ResourceSet::Entry& entry) {
  Scalars amount;
  AddEntry(entry, amount);
  return amount;
}

}  // namespace mesos::master
