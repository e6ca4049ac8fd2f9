// The laws of the algebra, against a naive model: a map from identity to units, exploded one by
// one.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/resources/parse.h"
#include "common/resources/print.h"
#include "common/runtime/random.h"
#include "gtest/gtest.h"
#include "tests/unit/resources/builders.h"

namespace mesos {
namespace {

constexpr uint64_t kSeeds = 400;

// By identity, then by unit: a scalar has one unit that holds its thousandths, ranges and sets have
// one a number or item, and what is whole has one for each value, which counts how often it stands.
struct Model {
  std::map<std::string, std::map<std::string, int64_t>> units;

  bool operator==(const Model&) const = default;
};

bool IsWhole(const v1::Resource& resource) {
  const auto& disk = resource.disk();
  return disk.has_persistence() || disk.source().type() == v1::Resource::DiskInfo::Source::MOUNT;
}

std::string Key(v1::Resource resource) {
  const std::string kind = IsWhole(resource) ? "whole " : v1::Value::Type_Name(resource.type());
  resource.clear_scalar();
  resource.clear_ranges();
  resource.clear_set();
  if (resource.has_disk()) resource.mutable_disk()->clear_volume();
  return absl::StrCat(kind, " ", resource.ShortDebugString());
}

void AddTo(Model& model, const v1::Resource& resource) {
  auto& units = model.units[Key(resource)];
  if (IsWhole(resource)) {
    ++units[absl::StrCat(resource.scalar().value())];
    return;
  }
  if (resource.has_scalar()) units[""] += std::llround(resource.scalar().value() * 1000);
  for (const auto& range : resource.ranges().range()) {
    for (uint64_t i = range.begin(); i <= range.end(); ++i) units[absl::StrCat(i)] = 1;
  }
  for (const auto& item : resource.set().item()) units[item] = 1;
}

Model Explode(const ResourceSet& set) {
  Protos protos;
  set.ToProto(&protos);
  Model model;
  for (const v1::Resource& resource : protos) AddTo(model, resource);
  return model;
}

bool Sums(const std::string& key) {
  return key.rfind("whole", 0) == 0 || key.rfind("SCALAR", 0) == 0;
}

Model Plus(Model a, const Model& b) {
  for (const auto& [key, units] : b.units) {
    for (const auto& [unit, amount] : units) {
      int64_t& mine = a.units[key][unit];
      mine = Sums(key) ? mine + amount : 1;
    }
  }
  return a;
}

Model Minus(const Model& a, const Model& b) {
  Model left;
  for (const auto& [key, units] : a.units) {
    for (const auto& [unit, amount] : units) {
      int64_t taken = 0;
      if (auto it = b.units.find(key); it != b.units.end() && it->second.contains(unit)) {
        taken = it->second.at(unit);
      }
      if (amount > taken) left.units[key][unit] = amount - taken;
    }
  }
  return left;
}

bool Contains(const Model& a, const Model& b) { return Minus(b, a).units.empty(); }

// What the generator draws from: every field that makes an identity, each a few times.
const std::vector<std::string>& Identities() {
  static const auto* const identities = new std::vector<std::string>{
      "name: 'cpus' type: SCALAR",
      "name: 'mem' type: SCALAR",
      "name: 'gpus' type: SCALAR",
      "name: 'ports' type: RANGES",
      "name: 'disks' type: SET",
      "name: 'cpus' type: SCALAR revocable {}",
      "name: 'cpus' type: SCALAR allocation_info { role: 'a' }",
      "name: 'ports' type: RANGES allocation_info { role: 'a/b' }",
      "name: 'cpus' type: SCALAR reservations { type: STATIC role: 'a' }",
      "name: 'cpus' type: SCALAR reservations { type: DYNAMIC role: 'a' principal: 'p' }",
      "name: 'cpus' type: SCALAR reservations { type: STATIC role: 'a' } reservations { type: "
      "DYNAMIC role: 'a/b' "
      "labels { labels { key: 'k' } labels { key: 'k' value: 'v' } } }",
      "name: 'disk' type: SCALAR",
      "name: 'disk' type: SCALAR provider_id { value: 'lvm' }",
      "name: 'disk' type: SCALAR disk { source { type: PATH path { root: '/a' } } }",
      "name: 'disk' type: SCALAR disk { source { type: MOUNT mount { root: '/m' } } }",
      "name: 'disk' type: SCALAR disk { source { type: RAW profile: 'fast' } }",
      "name: 'disk' type: SCALAR reservations { type: STATIC role: 'a' } disk { persistence { id: "
      "'v' } volume { "
      "container_path: 'x' mode: RW } }",
      "name: 'disk' type: SCALAR reservations { type: STATIC role: 'a' } disk { persistence { id: "
      "'s' } } shared {}",
  };
  return *identities;
}

enum class Domain {
  kAny,
  kLow,
  kHigh
};  // of range numbers and set items; low and high have none in common

v1::Resource Draw(Random& random, const std::string& identity, Domain domain) {
  v1::Resource resource;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(identity, &resource)) << identity;
  const uint64_t base = domain == Domain::kHigh ? 40 : 0;
  const uint64_t width = domain == Domain::kAny ? 60 : 30;
  switch (resource.type()) {
    case v1::Value::SCALAR:
      resource.mutable_scalar()->set_value(IsWhole(resource)
                                               ? static_cast<double>(1 + random.Below(2))
                                               : static_cast<double>(random.Below(4000)) / 1000.0);
      break;
    case v1::Value::RANGES:
      resource.mutable_ranges();
      for (uint64_t at = base + random.Below(8); at < base + width; at += 1 + random.Below(8)) {
        v1::Value::Range* range = resource.mutable_ranges()->add_range();
        range->set_begin(at);
        at += random.Below(6);
        range->set_end(std::min(at, base + width - 1));
      }
      break;
    case v1::Value::SET:
      resource.mutable_set();
      for (uint64_t i = base; i < base + width; ++i) {
        if (random.Below(8) == 0) resource.mutable_set()->add_item(absl::StrCat("i", i));
      }
      break;
    case v1::Value::TEXT:
      ADD_FAILURE();
  }
  return resource;
}

Protos DrawProtos(Random& random, Domain domain = Domain::kAny, size_t pool = SIZE_MAX) {
  pool = std::min(pool, Identities().size());
  Protos protos;
  for (uint64_t n = random.Below(9); n > 0; --n) {
    *protos.Add() = Draw(random, Identities()[random.Below(pool)], domain);
  }
  return protos;
}

ResourceSet Set(const Protos& protos) {
  auto set = ResourceSet::FromProto(protos);
  EXPECT_TRUE(set.ok()) << set.status();
  return set.value_or(ResourceSet());
}

ResourceSet DrawSet(Random& random, Domain domain = Domain::kAny) {
  return Set(DrawProtos(random, domain));
}

template <typename Body>
void ForEachSeed(Body body) {
  for (uint64_t seed = 1; seed <= kSeeds && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Random random(seed);
    body(random);
  }
}

// Entries stand in order, none twice, none empty.
void ExpectSound(const ResourceSet& set) {
  for (size_t i = 0; i < set.entries().size(); ++i) {
    EXPECT_FALSE(set.entries()[i].value.empty());
    EXPECT_GT(set.entries()[i].count, 0);
    if (i > 0) {
      EXPECT_TRUE(set.entries()[i - 1].Order(set.entries()[i]) < 0) << set.ToString();
    }
  }
}

TEST(ResourceSetPropertyTest, AddsSubtractsAndContainsAsTheModelDoes) {
  ForEachSeed([](Random& random) {
    const ResourceSet a = DrawSet(random);
    const ResourceSet b = DrawSet(random);
    SCOPED_TRACE(absl::StrCat("a = ", a.ToString(), "  b = ", b.ToString()));
    EXPECT_EQ(Explode(a + b), Plus(Explode(a), Explode(b)));
    EXPECT_EQ(Explode(a - b), Minus(Explode(a), Explode(b)));
    EXPECT_EQ(a.Contains(b), Contains(Explode(a), Explode(b)));
    ExpectSound(a);
    ExpectSound(a + b);
    ExpectSound(a - b);
  });
}

TEST(ResourceSetPropertyTest, AdditionCommutesAndAssociates) {
  ForEachSeed([](Random& random) {
    const ResourceSet a = DrawSet(random);
    const ResourceSet b = DrawSet(random);
    const ResourceSet c = DrawSet(random);
    EXPECT_EQ(a + b, b + a);
    EXPECT_EQ((a + b) + c, a + (b + c));
    EXPECT_EQ(a + ResourceSet(), a);
    EXPECT_TRUE((a + b).Contains(a));
    EXPECT_TRUE((a + b).Contains(b));
  });
}

TEST(ResourceSetPropertyTest, SubtractionUndoesAdditionWhereNothingOverlaps) {
  ForEachSeed([](Random& random) {
    const ResourceSet a = DrawSet(random, Domain::kLow);
    const ResourceSet b = DrawSet(random, Domain::kHigh);
    EXPECT_EQ((a + b) - b, a);
    EXPECT_EQ((a + b) - a, b);
    EXPECT_TRUE(((a + b) - a - b).empty());
  });
}

TEST(ResourceSetPropertyTest, WhatIsContainedCanBeTakenAndGivenBack) {
  ForEachSeed([](Random& random) {
    const ResourceSet total = DrawSet(random);
    // Some part of the total.
    ResourceSet part = total - DrawSet(random);
    part = part.Filter([&random](const ResourceSet::Entry&) { return random.Below(3) > 0; });
    EXPECT_TRUE(total.Contains(part));
    EXPECT_EQ((total - part) + part, total);
  });
}

TEST(ResourceSetPropertyTest, AllocationRoundTrip) {
  ForEachSeed([](Random& random) {
    const ResourceSet free = DrawSet(random).Unallocated();
    const ResourceSet mine = free.AllocatedTo("x/y");
    ExpectSound(mine);
    EXPECT_EQ(mine.Unallocated(), free);
    EXPECT_EQ(mine.AllocatedTo("z").AllocatedTo("x/y"), mine);
    EXPECT_EQ(mine.ToQuantities(), free.ToQuantities());
    if (!free.empty()) {
      EXPECT_FALSE(free.Contains(mine));
    }
    // Allocations to several roles fold into one set again.
    const ResourceSet mixed = DrawSet(random) + mine;
    ExpectSound(mixed.Unallocated());
    ExpectSound(mixed.AllocatedTo("q"));
    EXPECT_EQ(mixed.AllocatedTo("q").Unallocated(), mixed.Unallocated());
  });
}

TEST(ResourceSetPropertyTest, WireRoundTripInEveryForm) {
  ForEachSeed([](Random& random) {
    const ResourceSet set = DrawSet(random);
    for (auto form : {ResourceSet::WireForm::kPostRefinement, ResourceSet::WireForm::kPreRefinement,
                      ResourceSet::WireForm::kEndpoint}) {
      Protos protos;
      set.ToProto(&protos, form);
      EXPECT_EQ(Set(protos), set);
      v1::Request request;
      *request.mutable_resources() = protos;
      v1::Request back;
      EXPECT_TRUE(back.ParseFromString(request.SerializeAsString()));
      EXPECT_EQ(Set(back.resources()).ToString(), set.ToString());
    }
  });
}

TEST(ResourceSetPropertyTest, OrderOnTheWireDoesNotMatter) {
  ForEachSeed([](Random& random) {
    Protos protos = DrawProtos(random);
    const ResourceSet set = Set(protos);
    for (int i = protos.size(); i > 1; --i) {
      protos.SwapElements(i - 1, static_cast<int>(random.Below(i)));
    }
    EXPECT_EQ(Set(protos), set);
    EXPECT_EQ(Set(protos).ToString(), set.ToString());
  });
}

TEST(ResourceSetPropertyTest, TextRoundTripOfWhatTextCanSay) {
  ForEachSeed([](Random& random) {
    const ResourceSet set = Set(DrawProtos(random, Domain::kAny, 5));
    const auto parsed = ParseResources(set.empty() ? "" : set.ToString());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    EXPECT_EQ(*parsed, set);
  });
}

TEST(ResourceSetPropertyTest, QuantitiesAddUp) {
  ForEachSeed([](Random& random) {
    const ResourceSet a = DrawSet(random, Domain::kLow);
    const ResourceSet b = DrawSet(random, Domain::kHigh);
    // A shared volume that stands in both counts once.
    const auto unshared = [](const ResourceSet::Entry& entry) { return !entry.identity->shared(); };
    const ResourceSet c = a.Filter(unshared);
    const ResourceSet d = b.Filter(unshared);
    EXPECT_EQ((c + d).ToQuantities(), c.ToQuantities() + d.ToQuantities());
    EXPECT_EQ((c + d).ToQuantities() - d.ToQuantities(), c.ToQuantities());
    EXPECT_TRUE((c + d).ToQuantities().Contains(c.ToQuantities()));
  });
}

}  // namespace
}  // namespace mesos
