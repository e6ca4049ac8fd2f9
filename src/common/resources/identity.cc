#include "common/resources/identity.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/resources/print.h"
#include "glog/logging.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

// The weak table. An identity whose count fell to 0 may stand in it until its releaser has the
// lock; a look-up then puts a new one in its place, and the releaser takes out only itself.
class IdentityTable {
 public:
  // Never destroyed, so that refs in other statics may outlive main.
  static IdentityTable& Get() {
    static auto* const table = new IdentityTable;
    return *table;
  }

  IdentityRef FindBase(absl::string_view canonical) {
    MutexLock lock(mutex_);
    auto it = bases_.find(canonical);
    return it == bases_.end() ? IdentityRef() : TryRef(it->second);
  }

  // Gives the identity of `canonical`; made of `traits` and `key` where there is none yet.
  IdentityRef AddBase(std::string canonical, std::shared_ptr<const IdentityTraits> traits,
                      IdentityRef key) {
    auto* fresh = new ResourceIdentity;
    fresh->traits_ = std::move(traits);
    fresh->key_ = std::move(key);
    fresh->canonical_ = canonical;
    return Place(bases_, std::move(canonical), fresh);
  }

  IdentityRef Allocated(const ResourceIdentity& base, absl::string_view role) {
    {
      MutexLock lock(mutex_);
      auto it = base.allocations_.find(role);
      if (it != base.allocations_.end()) {
        if (IdentityRef found = TryRef(it->second)) return found;
      }
    }
    auto* fresh = new ResourceIdentity;
    fresh->traits_ = base.traits_;
    fresh->base_ = Ref(&base);
    if (base.key_) fresh->key_ = Allocated(*base.key_, role);
    fresh->allocation_role_ = std::string(role);
    return Place(base.allocations_, std::string(role), fresh);
  }

  static IdentityRef Ref(const ResourceIdentity* identity) {
    identity->references_.fetch_add(1, std::memory_order_relaxed);
    return IdentityRef(identity);
  }

  // The last ref of `identity` went.
  void Release(const ResourceIdentity* identity) {
    {
      MutexLock lock(mutex_);
      auto& map = identity->base_ ? identity->base_->allocations_ : bases_;
      auto it = map.find(identity->base_ ? identity->allocation_role_ : identity->canonical_);
      if (it != map.end() && it->second == identity) {
        map.erase(it);
        --size_;
      }
    }
    delete identity;  // may release its base and key in turn
  }

  size_t size() {
    MutexLock lock(mutex_);
    return size_;
  }

 private:
  using Map = absl::flat_hash_map<std::string, const ResourceIdentity*>;

  // A new ref unless `identity` is on its way out.
  static IdentityRef TryRef(const ResourceIdentity* identity) {
    int64_t count = identity->references_.load(std::memory_order_relaxed);
    while (count > 0) {
      if (identity->references_.compare_exchange_weak(count, count + 1,
                                                      std::memory_order_acquire)) {
        return IdentityRef(identity);
      }
    }
    return IdentityRef();
  }

  // Another thread may have been first; its identity is then taken and `fresh` dropped.
  IdentityRef Place(Map& map, std::string name, const ResourceIdentity* fresh) {
    IdentityRef first;
    {
      MutexLock lock(mutex_);
      auto [it, inserted] = map.try_emplace(std::move(name), fresh);
      if (inserted) {
        ++size_;
        return IdentityRef(fresh);
      }
      first = TryRef(it->second);
      if (!first) {
        it->second = fresh;
        return IdentityRef(fresh);
      }
    }
    delete fresh;
    return first;
  }

  Mutex mutex_;
  Map bases_ GUARDED_BY(mutex_);
  size_t size_ GUARDED_BY(mutex_) = 0;
};

IdentityRef::IdentityRef(const IdentityRef& other) : identity_(other.identity_) {
  if (identity_) identity_->references_.fetch_add(1, std::memory_order_relaxed);
}

IdentityRef& IdentityRef::operator=(const IdentityRef& other) {
  if (identity_ != other.identity_) *this = IdentityRef(other);
  return *this;
}

IdentityRef& IdentityRef::operator=(IdentityRef&& other) noexcept {
  IdentityRef old(std::move(*this));
  identity_ = std::exchange(other.identity_, nullptr);
  return *this;
}

IdentityRef::~IdentityRef() {
  if (identity_ && identity_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    IdentityTable::Get().Release(identity_);
  }
}

IdentityTraits::IdentityTraits() = default;
IdentityTraits::~IdentityTraits() = default;

absl::string_view ResourceIdentity::reservation_role() const {
  if (!reserved()) return "*";
  return traits_->reservations.back().role;
}

std::strong_ordering ResourceIdentity::Order(const ResourceIdentity& other) const {
  const ResourceIdentity* a = key();
  const ResourceIdentity* b = other.key();
  if (a == b) return std::strong_ordering::equal;
  if (a->traits_ != b->traits_) {
    const int order = a->traits_->order.compare(b->traits_->order);
    if (order != 0) return order <=> 0;
  }
  if (a->allocated() != b->allocated()) return a->allocated() <=> b->allocated();
  return a->allocation_role_.compare(b->allocation_role_) <=> 0;
}

IdentityRef ResourceIdentity::AllocatedTo(absl::string_view role) const {
  if (allocated() && allocation_role_ == role) return IdentityTable::Ref(this);
  return IdentityTable::Get().Allocated(*base(), role);
}

IdentityRef ResourceIdentity::Unallocated() const { return IdentityTable::Ref(base()); }

std::string ResourceIdentity::ToString() const {
  if (!allocated()) return IdentityToString(*traits_->prototype);
  v1::Resource resource = *traits_->prototype;
  resource.mutable_allocation_info()->set_role(allocation_role_);
  return IdentityToString(resource);
}

namespace {

// The names that everybody has come first, in the order in which Mesos detects them.
constexpr std::array<absl::string_view, 5> kFirstNames = {"cpus", "gpus", "mem", "disk", "ports"};

std::string OrderOfName(const v1::Resource& resource) {
  const auto* place = std::find(kFirstNames.begin(), kFirstNames.end(), resource.name());
  const char rank = static_cast<char>('0' + std::distance(kFirstNames.begin(), place));
  const char type = static_cast<char>('0' + resource.type());
  std::string order;
  order.reserve(resource.name().size() + 3);
  order.push_back(rank);
  for (const char c : resource.name()) {
    order.push_back(c);
    // No name may read as another one with its type and all that follows.
    if (c == '\0') order.push_back('\xff');
  }
  order.push_back('\0');
  order.push_back(type);
  return order;
}

bool IsPlain(const v1::Resource& resource) {
  return resource.reservations_size() == 0 && !resource.has_disk() && !resource.has_revocable() &&
         !resource.has_shared() && !resource.has_provider_id();
}

// Labels have no order; what is compared and printed is sorted.
void SortLabels(v1::Labels& labels) {
  std::sort(labels.mutable_labels()->begin(), labels.mutable_labels()->end(),
            [](const v1::Label& a, const v1::Label& b) {
              if (a.key() != b.key()) return a.key() < b.key();
              if (a.has_value() != b.has_value()) return b.has_value();
              return a.value() < b.value();
            });
}

v1::Resource PrototypeOf(const v1::Resource& resource) {
  v1::Resource prototype;
  prototype.set_name(resource.name());
  prototype.set_type(resource.type());
  *prototype.mutable_reservations() = resource.reservations();
  for (auto& reservation : *prototype.mutable_reservations()) {
    if (reservation.has_labels()) SortLabels(*reservation.mutable_labels());
  }
  if (resource.has_disk()) {
    *prototype.mutable_disk() = resource.disk();
    if (prototype.disk().source().has_metadata()) {
      SortLabels(*prototype.mutable_disk()->mutable_source()->mutable_metadata());
    }
  }
  if (resource.has_revocable()) prototype.mutable_revocable();
  if (resource.has_shared()) prototype.mutable_shared();
  if (resource.has_provider_id()) *prototype.mutable_provider_id() = resource.provider_id();
  prototype.DiscardUnknownFields();
  return prototype;
}

std::string CanonicalBytes(const v1::Resource& prototype) {
  std::string bytes = OrderOfName(prototype);
  if (IsPlain(prototype)) return bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  // A StringOutputStream over a string that is not empty appends.
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  prototype.SerializePartialToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

ResourceValue::Type ToValueType(v1::Value::Type type) {
  switch (type) {
    case v1::Value::SCALAR:
      return ResourceValue::Type::kScalar;
    case v1::Value::RANGES:
      return ResourceValue::Type::kRanges;
    case v1::Value::SET:
      return ResourceValue::Type::kSet;
    case v1::Value::TEXT:
      break;
  }
  LOG(FATAL) << "Interning a resource that was not validated: type " << type;
  return ResourceValue::Type::kScalar;
}

Reservation ToReservation(const v1::Resource::ReservationInfo& info) {
  Reservation reservation;
  reservation.type = info.type() == v1::Resource::ReservationInfo::STATIC
                         ? Reservation::Type::kStatic
                         : Reservation::Type::kDynamic;
  reservation.role = info.role();
  if (info.has_principal()) reservation.principal = info.principal();
  if (info.has_labels()) {
    reservation.labels.emplace();
    for (const v1::Label& label : info.labels().labels()) {
      reservation.labels->push_back({label.key(), label.has_value()
                                                      ? std::optional<std::string>(label.value())
                                                      : std::nullopt});
    }
  }
  return reservation;
}

DiskSource ToDiskSource(const v1::Resource::DiskInfo& disk) {
  using Source = v1::Resource::DiskInfo::Source;
  if (!disk.has_source()) return DiskSource::kNone;
  switch (disk.source().type()) {
    case Source::PATH:
      return DiskSource::kPath;
    case Source::MOUNT:
      return DiskSource::kMount;
    case Source::BLOCK:
      return DiskSource::kBlock;
    case Source::RAW:
      return DiskSource::kRaw;
    case Source::UNKNOWN:
      break;
  }
  return DiskSource::kNone;
}

std::shared_ptr<const IdentityTraits> MakeTraits(v1::Resource prototype, std::string order) {
  auto traits = std::make_shared<IdentityTraits>();
  traits->name = prototype.name();
  traits->type = ToValueType(prototype.type());
  for (const auto& info : prototype.reservations()) {
    traits->reservations.push_back(ToReservation(info));
  }
  const v1::Resource::DiskInfo& disk = prototype.disk();
  traits->has_disk = prototype.has_disk();
  traits->disk_source = ToDiskSource(disk);
  if (disk.has_persistence()) traits->persistence_id = disk.persistence().id();
  traits->revocable = prototype.has_revocable();
  traits->shared = prototype.has_shared();
  if (prototype.has_provider_id()) traits->provider_id = prototype.provider_id().value();
  traits->whole = traits->shared || traits->persistence_id.has_value() ||
                  traits->disk_source == DiskSource::kMount ||
                  traits->disk_source == DiskSource::kBlock ||
                  (traits->disk_source == DiskSource::kRaw && disk.source().has_id());
  traits->order = std::move(order);
  traits->prototype = std::make_unique<v1::Resource>(std::move(prototype));
  return traits;
}

IdentityRef InternBase(const v1::Resource& resource) {
  IdentityTable& table = IdentityTable::Get();
  if (IsPlain(resource)) {
    // The common case needs no copy of the protobuf to be found.
    std::string canonical = OrderOfName(resource);
    if (IdentityRef found = table.FindBase(canonical)) return found;
    auto traits = MakeTraits(PrototypeOf(resource), canonical);
    return table.AddBase(std::move(canonical), std::move(traits), IdentityRef());
  }
  v1::Resource prototype = PrototypeOf(resource);
  std::string canonical = CanonicalBytes(prototype);
  if (IdentityRef found = table.FindBase(canonical)) return found;

  IdentityRef key;
  std::string order = canonical;
  if (prototype.disk().has_volume() || prototype.disk().persistence().has_principal()) {
    v1::Resource bare = prototype;
    bare.mutable_disk()->clear_volume();
    if (bare.disk().has_persistence()) {
      bare.mutable_disk()->mutable_persistence()->clear_principal();
    }
    key = InternBase(bare);
    order = key->traits().order;
  }
  auto traits = MakeTraits(std::move(prototype), std::move(order));
  return table.AddBase(std::move(canonical), std::move(traits), std::move(key));
}

}  // namespace

IdentityRef InternIdentity(const v1::Resource& resource) {
  IdentityRef base = InternBase(resource);
  if (!resource.has_allocation_info() || !resource.allocation_info().has_role()) return base;
  return base->AllocatedTo(resource.allocation_info().role());
}

size_t InternedIdentities() { return IdentityTable::Get().size(); }

}  // namespace mesos
