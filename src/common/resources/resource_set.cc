#include "common/resources/resource_set.h"

#include <algorithm>
#include <compare>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/resources/quantity.h"
#include "common/resources/roles.h"

namespace mesos {
namespace {

using Entry = ResourceSet::Entry;

// Both stand at the same place of the order.
void Join(Entry& entry, const Entry& more) {
  if (entry.identity->whole()) {
    entry.count += more.count;
  } else {
    entry.value.Add(more.value);
  }
}

}  // namespace

std::strong_ordering ResourceSet::Entry::Order(const Entry& other) const {
  if (identity.get() != other.identity.get()) {
    const std::strong_ordering order = identity->Order(*other.identity);
    if (order != 0) return order;
  }
  if (!identity->whole() || value == other.value) return std::strong_ordering::equal;
  return value < other.value ? std::strong_ordering::less : std::strong_ordering::greater;
}

std::string ResourceSet::Entry::ToString() const {
  std::string text = absl::StrCat(identity->ToString(), ":", value.ToString());
  if (identity->shared()) absl::StrAppend(&text, "<", count, ">");
  return text;
}

bool ResourceSet::operator==(const ResourceSet& other) const {
  return std::equal(entries_.begin(), entries_.end(), other.entries_.begin(), other.entries_.end(),
                    [](const Entry& a, const Entry& b) {
                      return a.identity->SameAs(*b.identity) && a.count == b.count &&
                             a.value == b.value;
                    });
}

bool ResourceSet::Contains(const ResourceSet& other) const {
  auto a = entries_.begin();
  for (const Entry& wanted : other.entries_) {
    std::strong_ordering order = std::strong_ordering::less;
    while (a != entries_.end() && (order = a->Order(wanted)) < 0) ++a;
    if (a == entries_.end() || order > 0) return false;
    if (a->identity->whole() ? a->count < wanted.count : !a->value.Contains(wanted.value)) {
      return false;
    }
    ++a;
  }
  return true;
}

bool ResourceSet::AddsUpWith(const ResourceSet& other) const {
  auto a = entries_.begin();
  for (const Entry& added : other.entries_) {
    std::strong_ordering order = std::strong_ordering::less;
    while (a != entries_.end() && (order = a->Order(added)) < 0) ++a;
    if (a == entries_.end()) return true;
    if (order == 0 && !a->identity->whole() && a->value.Overlaps(added.value)) return false;
  }
  return true;
}

ResourceSet& ResourceSet::operator+=(const ResourceSet& other) {
  if (other.entries_.empty()) return *this;
  if (entries_.empty()) return *this = other;
  if (this == &other) return *this += ResourceSet(other);

  // Joins in place for as long as nothing is new, which is the common case and allocates nothing.
  auto a = entries_.begin();
  auto b = other.entries_.begin();
  for (; b != other.entries_.end(); ++b) {
    std::strong_ordering order = std::strong_ordering::less;
    while (a != entries_.end() && (order = a->Order(*b)) < 0) ++a;
    if (a == entries_.end() || order > 0) break;
    Join(*a, *b);
  }
  if (b == other.entries_.end()) return *this;

  Entries merged(std::make_move_iterator(entries_.begin()), std::make_move_iterator(a));
  merged.reserve(entries_.size() + (other.entries_.end() - b));
  while (a != entries_.end() || b != other.entries_.end()) {
    if (b == other.entries_.end()) {
      merged.push_back(std::move(*a++));
      continue;
    }
    const std::strong_ordering order =
        a == entries_.end() ? std::strong_ordering::greater : a->Order(*b);
    if (order > 0) {
      merged.push_back(*b++);
      continue;
    }
    if (order == 0) Join(*a, *b++);
    merged.push_back(std::move(*a++));
  }
  entries_ = std::move(merged);
  return *this;
}

ResourceSet& ResourceSet::operator-=(const ResourceSet& other) {
  if (this == &other) {
    entries_.clear();
    return *this;
  }
  auto a = entries_.begin();
  bool some_went = false;
  for (const Entry& less : other.entries_) {
    std::strong_ordering order = std::strong_ordering::less;
    while (a != entries_.end() && (order = a->Order(less)) < 0) ++a;
    if (a == entries_.end()) break;
    if (order > 0) continue;
    if (a->identity->whole()) {
      a->count = std::max(0, a->count - less.count);
    } else {
      a->value.Subtract(less.value);
    }
    some_went |= a->count == 0 || a->value.empty();
    ++a;
  }
  if (some_went) {
    entries_.erase(
        std::remove_if(entries_.begin(), entries_.end(),
                       [](const Entry& entry) { return entry.count == 0 || entry.value.empty(); }),
        entries_.end());
  }
  return *this;
}

void ResourceSet::Add(Entry entry) {
  if (entry.value.empty() || entry.count <= 0) return;
  auto it = std::lower_bound(entries_.begin(), entries_.end(), entry,
                             [](const Entry& a, const Entry& b) { return a.Order(b) < 0; });
  if (it != entries_.end() && it->Order(entry) == 0) {
    Join(*it, entry);
  } else {
    entries_.insert(it, std::move(entry));
  }
}

ResourceSet ResourceSet::AllocatedTo(absl::string_view role) const {
  ResourceSet result;
  bool sorted = true;
  for (const Entry& entry : entries_) sorted &= !entry.identity->allocated();
  for (const Entry& entry : entries_) {
    Entry allocated{entry.identity->AllocatedTo(role), entry.value, entry.count};
    // Entries that differ in their allocation only would now be one.
    if (sorted) {
      result.entries_.push_back(std::move(allocated));
    } else {
      result.Add(std::move(allocated));
    }
  }
  return result;
}

ResourceSet ResourceSet::Unallocated() const {
  ResourceSet result;
  for (const Entry& entry : entries_) {
    result.Add({entry.identity->Unallocated(), entry.value, entry.count});
  }
  return result;
}

ResourceSet ResourceSet::AvailableTo(absl::string_view role) const {
  return Filter([role](const Entry& entry) {
    if (!entry.identity->reserved()) return true;
    const absl::string_view owner = entry.identity->reservation_role();
    return owner == role || IsStrictSubroleOf(role, owner);
  });
}

ResourceSet ResourceSet::Unreserved() const {
  return Filter([](const Entry& entry) { return !entry.identity->reserved(); });
}

ResourceSet ResourceSet::ReservedTo(absl::string_view role) const {
  return Filter([role](const Entry& entry) {
    return entry.identity->reserved() && entry.identity->reservation_role() == role;
  });
}

ResourceSet ResourceSet::Revocable() const {
  return Filter([](const Entry& entry) { return entry.identity->revocable(); });
}

ResourceSet ResourceSet::NonRevocable() const {
  return Filter([](const Entry& entry) { return !entry.identity->revocable(); });
}

int64_t ResourceSet::Scalar(absl::string_view name) const {
  int64_t total = 0;
  for (const Entry& entry : entries_) {
    if (entry.value.type() == ResourceValue::Type::kScalar && entry.identity->name() == name) {
      for (int32_t i = 0; i < (entry.identity->shared() ? 1 : entry.count); ++i) {
        total = SaturatingAdd(total, entry.value.scalar());
      }
    }
  }
  return total;
}

namespace {

void AddQuantity(Quantities& totals, const Entry& entry) {
  const int32_t times = entry.identity->shared() ? 1 : entry.count;
  for (int32_t i = 0; i < times; ++i) totals.Add(entry.identity->name(), entry.value.Amount());
}

}  // namespace

Quantities ResourceSet::ToQuantities() const {
  Quantities totals;
  for (const Entry& entry : entries_) AddQuantity(totals, entry);
  return totals;
}

Quantities ResourceSet::ScalarQuantities() const {
  Quantities totals;
  for (const Entry& entry : entries_) {
    if (entry.value.type() == ResourceValue::Type::kScalar) AddQuantity(totals, entry);
  }
  return totals;
}

std::string ResourceSet::ToString() const {
  if (entries_.empty()) return "{}";
  return absl::StrJoin(entries_, "; ", [](std::string* out, const Entry& entry) {
    absl::StrAppend(out, entry.ToString());
  });
}

}  // namespace mesos
