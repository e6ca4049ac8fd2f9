#include "common/resources/quantities.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/resources/quantity.h"

namespace mesos {
namespace {

bool NameBefore(const Quantities::Entry& entry, absl::string_view name) {
  return entry.first < name;
}

}  // namespace

int64_t Quantities::Get(absl::string_view name) const {
  auto it = std::lower_bound(entries_.begin(), entries_.end(), name, NameBefore);
  return it != entries_.end() && it->first == name ? it->second : 0;
}

void Quantities::Add(absl::string_view name, int64_t thousandths) {
  auto it = std::lower_bound(entries_.begin(), entries_.end(), name, NameBefore);
  if (it == entries_.end() || it->first != name) {
    if (thousandths > 0) entries_.emplace(it, std::string(name), thousandths);
    return;
  }
  it->second = SaturatingAdd(it->second, thousandths);
  if (it->second <= 0) entries_.erase(it);
}

Quantities& Quantities::operator+=(const Quantities& other) {
  if (this == &other) return *this += Quantities(other);
  for (const auto& [name, thousandths] : other.entries_) Add(name, thousandths);
  return *this;
}

Quantities& Quantities::operator-=(const Quantities& other) {
  if (this == &other) {
    entries_.clear();
    return *this;
  }
  for (const auto& [name, thousandths] : other.entries_) Add(name, -thousandths);
  return *this;
}

bool Quantities::Contains(const Quantities& other) const {
  return std::all_of(other.entries_.begin(), other.entries_.end(),
                     [this](const Entry& entry) { return Get(entry.first) >= entry.second; });
}

std::string Quantities::ToString() const {
  if (entries_.empty()) return "{}";
  return absl::StrJoin(entries_, "; ", [](std::string* out, const Entry& entry) {
    absl::StrAppend(out, entry.first, ":", FormatThousandths(entry.second));
  });
}

}  // namespace mesos
