#pragma once

// Everything of a resource but its value: name, type, reservations, disk, revocable, shared,
// provider, and the role it is allocated to. Interned, so that comparing two is comparing pointers.
//
//   IdentityRef cpus = InternIdentity(resource);  // valid, with its reservations normalized
//   IdentityRef mine = cpus->AllocatedTo("web");
//   if (mine->SameAs(*other)) ...
//
// An identity is immutable and shared; a ref counts it, and the last ref takes it out of the table.
// Refs and the table are thread-safe. Order is by canonical value, never by address, so it is the
// same in every run. As in Mesos, SameAs leaves out how a volume is mounted (`disk.volume`) and who
// made it (`disk.persistence.principal`): a task may use an offered volume at a path of its own.

#include <atomic>
#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "common/resources/value.h"

namespace mesos::v1 {
class Resource;
}  // namespace mesos::v1

namespace mesos {

class ResourceIdentity;

// Counted; null only where it was default-made or moved from.
class IdentityRef {
 public:
  IdentityRef() = default;
  IdentityRef(const IdentityRef& other);
  IdentityRef(IdentityRef&& other) noexcept : identity_(std::exchange(other.identity_, nullptr)) {}
  IdentityRef& operator=(const IdentityRef& other);
  IdentityRef& operator=(IdentityRef&& other) noexcept;
  ~IdentityRef();

  const ResourceIdentity& operator*() const { return *identity_; }
  const ResourceIdentity* operator->() const { return identity_; }
  const ResourceIdentity* get() const { return identity_; }
  explicit operator bool() const { return identity_ != nullptr; }

 private:
  friend class IdentityTable;
  explicit IdentityRef(const ResourceIdentity* adopted) : identity_(adopted) {}

  const ResourceIdentity* identity_ = nullptr;
};

struct Label {
  std::string key;
  std::optional<std::string> value;
  auto operator<=>(const Label&) const = default;
};

struct Reservation {
  enum class Type : uint8_t { kStatic, kDynamic };

  Type type = Type::kStatic;
  std::string role;
  std::optional<std::string> principal;
  std::optional<std::vector<Label>> labels;  // sorted
  auto operator<=>(const Reservation&) const = default;
};

enum class DiskSource : uint8_t { kNone, kPath, kMount, kBlock, kRaw };

// What does not depend on the allocation; one is shared by an identity and all its allocated forms.
struct IdentityTraits {
  std::string name;
  ResourceValue::Type type = ResourceValue::Type::kScalar;
  std::vector<Reservation> reservations;  // the outermost first; empty where unreserved
  bool has_disk = false;
  DiskSource disk_source = DiskSource::kNone;
  std::optional<std::string> persistence_id;
  bool revocable = false;
  bool shared = false;
  std::optional<std::string> provider_id;
  // Whether it stands as a whole: a shared resource, a persistent volume, a MOUNT or BLOCK disk, a
  // RAW disk with an id. Such entries are counted and never joined or split.
  bool whole = false;
  std::string order;                        // canonical bytes; what SameAs leaves out is not in it
  std::unique_ptr<v1::Resource> prototype;  // with `reservations`; no value and no allocation

  IdentityTraits();
  ~IdentityTraits();
};

class ResourceIdentity {
 public:
  const IdentityTraits& traits() const { return *traits_; }
  const std::string& name() const { return traits_->name; }
  ResourceValue::Type type() const { return traits_->type; }
  bool revocable() const { return traits_->revocable; }
  bool shared() const { return traits_->shared; }
  bool whole() const { return traits_->whole; }

  bool reserved() const { return !traits_->reservations.empty(); }
  bool dynamically_reserved() const {
    return reserved() && traits_->reservations.back().type == Reservation::Type::kDynamic;
  }
  // The role of the innermost reservation; "*" where unreserved.
  absl::string_view reservation_role() const;

  bool allocated() const { return static_cast<bool>(base_); }
  const std::string& allocation_role() const { return allocation_role_; }  // empty unless allocated

  bool SameAs(const ResourceIdentity& other) const { return key() == other.key(); }

  // By name (cpus, gpus, mem, disk, ports, then the others), then the rest, then the allocation.
  std::strong_ordering Order(const ResourceIdentity& other) const;

  // This identity allocated to `role` and to no role. Thread-safe.
  IdentityRef AllocatedTo(absl::string_view role) const;
  IdentityRef Unallocated() const;

  // What stands before the colon in Mesos' log form.
  std::string ToString() const;

 private:
  friend class IdentityRef;
  friend class IdentityTable;

  ResourceIdentity() = default;
  ~ResourceIdentity() = default;

  const ResourceIdentity* key() const { return key_ ? key_.get() : this; }
  const ResourceIdentity* base() const { return base_ ? base_.get() : this; }

  mutable std::atomic<int64_t> references_{1};

  // Immutable once made. traits_ is that of base().
  std::shared_ptr<const IdentityTraits> traits_;
  IdentityRef base_;  // the unallocated form; null where this is one
  IdentityRef key_;   // the form that SameAs compares; null where this is it
  std::string allocation_role_;
  std::string canonical_;  // where the table has it; empty where allocated

  // The allocated forms by role, not counted. Guarded by the table's mutex.
  mutable absl::flat_hash_map<std::string, const ResourceIdentity*> allocations_;
};

// `resource` has passed ValidateResource and NormalizeReservations; its value is not looked at.
IdentityRef InternIdentity(const v1::Resource& resource);

// How many identities live now: for tests and metrics.
size_t InternedIdentities();

}  // namespace mesos
