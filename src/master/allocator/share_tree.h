#pragma once

// The order in which roles and frameworks are offered resources: hierarchical dominant-resource
// fairness, as Mesos' DRF sorter has it (Ghodsi et al., "Dominant Resource Fairness", NSDI 2011).
//
//   ShareTree tree(weights);
//   ShareClient& web = tree.Track(framework, "eng/web");
//   tree.SetActive(web, true);
//   tree.AddTotal(agent);
//   tree.Allocated(web, {1000, 512'000});
//   tree.Walk(tree.root(), [&](const ShareRole& role) { ...role.order... ; return true; });
//
// A role node stands among its siblings by the share of all that is allocated below it; a role with
// frameworks of its own competes with its child roles as one more child, named "." (Mesos' virtual
// leaf):
//
//   root ── eng (whole) ── "." (own) ── frameworks of eng
//        │              └─ web ── "." ── frameworks of eng/web
//        └─ ops ── "." ── frameworks of ops
//
// Order is share, then allocation count, then name. share = max over scalar names of allocated /
// total, divided by the weight of the role's path. A change to one client moves only the nodes on
// its path, each in O(log siblings); a change of the total is taken up lazily by Refresh.
//
// Core-thread-only. The tree owns roles and clients; a client lives until Forget. What has no
// active framework below it is not in any order, so a walk never meets it.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "common/base/ids.h"

namespace mesos::master {

struct ClientTag;
using ClientIdx = Index<ClientTag>;

// Scalar quantities in thousandths, by the index of their name in ScalarNames.
using Scalars = absl::InlinedVector<int64_t, 4>;

struct ShareRole;
int DepthOf(const ShareRole& role);

// What decides a place among siblings.
struct Standing {
  Scalars allocated;
  double weight = 1;
  double share = 0;
  uint64_t count = 0;  // allocations ever made
};

// One framework in one role.
struct ShareClient {
  FrameworkIdx framework;
  ShareRole* role = nullptr;
  ClientIdx index;
  Standing standing;
  bool active = false;       // may be offered resources
  uint8_t capabilities = 0;  // for the owner: what its framework takes
};

// A place in the order of child roles. What a change that keeps the order rewrites in place is
// mutable.
struct RoleRank {
  mutable double share;
  mutable uint64_t count;
  absl::string_view name;
  ShareRole* role;  // the parent itself for its virtual leaf

  bool operator<(const RoleRank& other) const {
    if (share != other.share) return share < other.share;
    if (count != other.count) return count < other.count;
    if (name != other.name) return name < other.name;
    return DepthOf(*role) < DepthOf(*other.role);  // a child that is named as the virtual leaf
  }
};

struct ClientRank {
  mutable double share;
  mutable uint64_t count;
  ShareClient* client;

  bool operator<(const ClientRank& other) const {
    if (share != other.share) return share < other.share;
    if (count != other.count) return count < other.count;
    return client->framework < other.client->framework;
  }
};

struct ShareRole {
  std::string path;
  absl::string_view name;  // the last component of `path`
  ShareRole* parent = nullptr;
  int depth = 0;
  int child_roles = 0;
  Standing whole;  // with all roles below
  Standing own;    // its own frameworks only
  absl::flat_hash_map<FrameworkIdx, std::unique_ptr<ShareClient>> clients;

  // Invariants: `order` has the active clients; `children` has each child role whose own orders are
  // not empty, and this role itself (its virtual leaf) where `order` is not empty.
  absl::btree_set<ClientRank> order;
  absl::btree_set<RoleRank> children;
};

bool IsAtOrUnder(const ShareRole& role, const ShareRole& ancestor);

inline int DepthOf(const ShareRole& role) { return role.depth; }

class ShareTree {
 public:
  // Weights by role path; 1 where absent. Values that are not positive and finite are ignored.
  explicit ShareTree(const std::map<std::string, double>& weights);

  // The client of `framework` in `role`, new (and inactive) where there is none.
  ShareClient& Track(FrameworkIdx framework, absl::string_view role);
  ShareClient* Find(FrameworkIdx framework, absl::string_view role) const;
  ShareRole* FindRole(absl::string_view role) const;

  // Ends `client`, to which nothing is allocated any more.
  void Forget(ShareClient& client);

  void SetActive(ShareClient& client, bool active);

  // What is allocated counts once more for the order, as in Mesos; what is freed does not.
  void Allocated(ShareClient& client, const Scalars& amount);
  void Freed(ShareClient& client, const Scalars& amount);

  // Quantities that count for some nodes of the path only (shared resources, which count once a
  // node).
  void AdjustOwn(ShareClient& client, const Scalars& amount, int sign);
  void AdjustRoleOwn(ShareRole& role, const Scalars& amount, int sign);
  void AdjustWhole(ShareRole& role, const Scalars& amount, int sign);

  void AddTotal(const Scalars& amount);
  void RemoveTotal(const Scalars& amount);
  const Scalars& total() const { return total_; }

  void SetWeight(const std::string& role, double weight);
  double Weight(absl::string_view role) const;

  // Of the role with all below it, by the present total; 0 where it has no clients.
  double DominantShare(absl::string_view role) const;

  // Brings every share up to the present total. Call before walking.
  void Refresh();

  ShareRole& root() { return *root_; }

  // The role's clients by index; an index may be used again after Forget.
  ShareClient* ClientAt(ClientIdx index) const { return clients_[index.value()]; }

  // Calls visit(ShareRole&) for each role at or below `role` that has active clients, in order,
  // until it returns false. The tree must not change meanwhile. False where the visit ended it.
  template <typename Visit>
  static bool Walk(ShareRole& role, Visit& visit) {
    for (const RoleRank& child : role.children) {
      if (child.role == &role) {
        if (!visit(role)) return false;
      } else if (!Walk(*child.role, visit)) {
        return false;
      }
    }
    return true;
  }

  // Whether a walk meets `a` before `b`. For roles: neither is above the other.
  static bool Before(const ShareClient& a, const ShareClient& b);
  static bool Before(const ShareRole& a, const ShareRole& b);

 private:
  ShareRole& RoleAt(absl::string_view path);
  void RemoveIfUnused(ShareRole* role);
  double ShareOf(const Standing& standing) const;

  // Run `change` on a standing while it is out of its order.
  template <typename Change>
  void Move(ShareClient& client, Change change);
  template <typename Change>
  void MoveOwn(ShareRole& role, Change change);
  template <typename Change>
  void MoveWhole(ShareRole& role, Change change);

  void EnterOrders(ShareRole& role, ShareClient& client);
  void LeaveOrders(ShareRole& role, ShareClient& client);
  void RefreshRole(ShareRole& role);

  absl::flat_hash_map<std::string, double> weights_;
  absl::flat_hash_map<std::string, std::unique_ptr<ShareRole>> roles_;  // by path, without the root
  std::unique_ptr<ShareRole> root_;

  // Invariant: clients_[c.index] == &c for every client; free_ lists the null places.
  std::vector<ShareClient*> clients_;
  std::vector<uint32_t> free_;

  Scalars total_;
  bool stale_ = false;  // shares are older than total_
};

}  // namespace mesos::master
