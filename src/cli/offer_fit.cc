#include "cli/offer_fit.h"

#include <utility>

namespace mesos::cli {
namespace {

// A share of it is as good as another one.
bool IsPlain(const IdentityTraits& traits) {
  return !traits.whole && !traits.has_disk && !traits.revocable && !traits.provider_id.has_value();
}

// Moves what `from` has of `missing` to `taken`.
void Take(const ResourceSet& from, const IdentityTraits& wanted, ResourceValue* missing,
          ResourceSet* taken) {
  for (const ResourceSet::Entry& entry : from.entries()) {
    const IdentityTraits& traits = entry.identity->traits();
    if (traits.name != wanted.name || traits.type != wanted.type || !IsPlain(traits)) continue;
    ResourceValue rest = *missing;
    rest.Subtract(entry.value);
    ResourceValue part = *missing;
    part.Subtract(rest);
    taken->Add({entry.identity, std::move(part)});
    *missing = std::move(rest);
  }
}

}  // namespace

std::optional<ResourceSet> FitToOffer(const ResourceSet& wanted, const ResourceSet& free,
                                      absl::string_view role) {
  const ResourceSet reserved = free.ReservedTo(role);
  ResourceSet taken;
  for (const ResourceSet::Entry& entry : wanted.entries()) {
    const IdentityTraits& traits = entry.identity->traits();
    ResourceValue missing = entry.value;
    if (traits.reservations.empty() && IsPlain(traits)) {
      Take(reserved, traits, &missing, &taken);
    }
    taken.Add({entry.identity, std::move(missing), entry.count});
  }
  if (!free.Contains(taken)) return std::nullopt;
  return taken;
}

}  // namespace mesos::cli
