#include "master/allocator/share_tree.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "common/resources/quantity.h"

namespace mesos::master {
namespace {

constexpr absl::string_view kVirtualLeaf = ".";

// Wraps around where a thousand agents claim as much as a number holds: what was added can be taken
// away again.
void Add(Scalars& to, const Scalars& amount, int sign) {
  if (to.size() < amount.size()) to.resize(amount.size(), 0);
  for (size_t i = 0; i < amount.size(); ++i) {
    to[i] = WrappingAdd(to[i], sign < 0 ? WrappingMultiply(amount[i], -1) : amount[i]);
  }
}

RoleRank WholeRank(ShareRole& role) {
  return {role.whole.share, role.whole.count, role.name, &role};
}

RoleRank OwnRank(ShareRole& role) { return {role.own.share, role.own.count, kVirtualLeaf, &role}; }

ClientRank RankOf(ShareClient& client) {
  return {client.standing.share, client.standing.count, &client};
}

// The place under `ancestor` of the child that leads to `role`: its virtual leaf where they are
// one.
RoleRank RankUnder(const ShareRole& ancestor, const ShareRole& role) {
  ShareRole* node = const_cast<ShareRole*>(&role);
  if (node == &ancestor) return OwnRank(*node);
  while (node->parent != &ancestor) node = node->parent;
  return WholeRank(*node);
}

const ShareRole& CommonAncestor(const ShareRole& a, const ShareRole& b) {
  const ShareRole* left = &a;
  const ShareRole* right = &b;
  while (left->depth > right->depth) left = left->parent;
  while (right->depth > left->depth) right = right->parent;
  while (left != right) {
    left = left->parent;
    right = right->parent;
  }
  return *left;
}

// Rewrites the shares of `order` in place and sorts it again only where that broke the order.
template <typename Rank, typename Share>
void RefreshOrder(absl::btree_set<Rank>& order, Share share_of) {
  bool sorted = true;
  const Rank* previous = nullptr;
  for (const Rank& rank : order) {
    rank.share = share_of(rank);
    if (previous != nullptr && !(*previous < rank)) sorted = false;
    previous = &rank;
  }
  if (sorted) return;
  std::vector<Rank> ranks(order.begin(), order.end());
  std::sort(ranks.begin(), ranks.end());
  order.clear();
  order.insert(ranks.begin(), ranks.end());
}

// Puts `now` where `old` stood, or where it belongs.
template <typename Rank>
void Rearrange(absl::btree_set<Rank>& order, const Rank& old, const Rank& now) {
  auto it = order.find(old);
  bool after_previous = it == order.begin() || *std::prev(it) < now;
  if (after_previous && (std::next(it) == order.end() || now < *std::next(it))) {
    it->share = now.share;
    it->count = now.count;
    return;
  }
  order.erase(it);
  order.insert(now);
}

}  // namespace

bool IsAtOrUnder(const ShareRole& role, const ShareRole& ancestor) {
  const ShareRole* node = &role;
  while (node->depth > ancestor.depth) node = node->parent;
  return node == &ancestor;
}

ShareTree::ShareTree(const std::map<std::string, double>& weights)
    : root_(std::make_unique<ShareRole>()) {
  for (const auto& [role, weight] : weights) SetWeight(role, weight);
}

ShareClient& ShareTree::Track(FrameworkIdx framework, absl::string_view role) {
  ShareRole& node = RoleAt(role);
  std::unique_ptr<ShareClient>& client = node.clients[framework];
  if (client != nullptr) return *client;
  client = std::make_unique<ShareClient>();
  client->framework = framework;
  client->role = &node;
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(clients_.size()));
    clients_.push_back(nullptr);
  }
  client->index = ClientIdx(free_.back());
  free_.pop_back();
  clients_[client->index.value()] = client.get();
  return *client;
}

ShareClient* ShareTree::Find(FrameworkIdx framework, absl::string_view role) const {
  const ShareRole* node = FindRole(role);
  if (node == nullptr) return nullptr;
  auto it = node->clients.find(framework);
  return it == node->clients.end() ? nullptr : it->second.get();
}

ShareRole* ShareTree::FindRole(absl::string_view role) const {
  auto it = roles_.find(role);
  return it == roles_.end() ? nullptr : it->second.get();
}

ShareRole& ShareTree::RoleAt(absl::string_view path) {
  auto it = roles_.find(path);
  if (it != roles_.end()) return *it->second;
  ShareRole* node = root_.get();
  for (size_t start = 0, end = 0; end != absl::string_view::npos; start = end + 1) {
    end = path.find('/', start);
    absl::string_view prefix = path.substr(0, end);
    std::unique_ptr<ShareRole>& child = roles_[std::string(prefix)];
    if (child == nullptr) {
      child = std::make_unique<ShareRole>();
      child->path = std::string(prefix);
      child->name = child->path;
      child->name.remove_prefix(node == root_.get() ? 0 : node->path.size() + 1);
      child->parent = node;
      child->depth = node->depth + 1;
      child->whole.weight = Weight(prefix);
      ++node->child_roles;
    }
    node = child.get();
  }
  return *node;
}

void ShareTree::Forget(ShareClient& client) {
  SetActive(client, false);
  ShareRole* role = client.role;
  clients_[client.index.value()] = nullptr;
  free_.push_back(client.index.value());
  role->clients.erase(FrameworkIdx(client.framework));
  // Mesos starts a role anew when its last framework has left it.
  if (role->clients.empty()) MoveOwn(*role, [](Standing& own) { own.count = 0; });
  RemoveIfUnused(role);
}

void ShareTree::RemoveIfUnused(ShareRole* role) {
  while (role != root_.get() && role->clients.empty() && role->child_roles == 0) {
    ShareRole* parent = role->parent;
    // A role that lost its last child is a leaf again, and keeps the count of all that was below
    // it.
    if (--parent->child_roles == 0 && parent != root_.get()) {
      MoveOwn(*parent, [&](Standing& own) { own.count = parent->whole.count; });
    }
    roles_.erase(std::string(role->path));
    role = parent;
  }
}

void ShareTree::SetActive(ShareClient& client, bool active) {
  if (client.active == active) return;
  client.active = active;
  if (active) {
    EnterOrders(*client.role, client);
  } else {
    LeaveOrders(*client.role, client);
  }
}

void ShareTree::EnterOrders(ShareRole& role, ShareClient& client) {
  client.standing.share = ShareOf(client.standing);
  bool first = role.order.empty();
  role.order.insert(RankOf(client));
  if (!first) return;
  bool first_child = role.children.empty();
  role.own.share = ShareOf(role.own);
  role.children.insert(OwnRank(role));
  for (ShareRole* node = &role; first_child && node != root_.get(); node = node->parent) {
    first_child = node->parent->children.empty();
    node->whole.share = ShareOf(node->whole);
    node->parent->children.insert(WholeRank(*node));
  }
}

void ShareTree::LeaveOrders(ShareRole& role, ShareClient& client) {
  role.order.erase(RankOf(client));
  if (!role.order.empty()) return;
  role.children.erase(OwnRank(role));
  for (ShareRole* node = &role; node != root_.get() && node->children.empty();
       node = node->parent) {
    node->parent->children.erase(WholeRank(*node));
  }
}

double ShareTree::ShareOf(const Standing& standing) const {
  double share = 0;
  size_t names = std::min(standing.allocated.size(), total_.size());
  for (size_t i = 0; i < names; ++i) {
    if (total_[i] <= 0) continue;
    share = std::max(share,
                     static_cast<double>(standing.allocated[i]) / static_cast<double>(total_[i]));
  }
  return share / standing.weight;
}

template <typename Change>
void ShareTree::Move(ShareClient& client, Change change) {
  ClientRank old = RankOf(client);
  change(client.standing);
  client.standing.share = ShareOf(client.standing);
  if (client.active) Rearrange(client.role->order, old, RankOf(client));
}

template <typename Change>
void ShareTree::MoveOwn(ShareRole& role, Change change) {
  RoleRank old = OwnRank(role);
  change(role.own);
  role.own.share = ShareOf(role.own);
  if (!role.order.empty()) Rearrange(role.children, old, OwnRank(role));
}

template <typename Change>
void ShareTree::MoveWhole(ShareRole& role, Change change) {
  RoleRank old = WholeRank(role);
  change(role.whole);
  role.whole.share = ShareOf(role.whole);
  if (!role.children.empty()) Rearrange(role.parent->children, old, WholeRank(role));
}

void ShareTree::Allocated(ShareClient& client, const Scalars& amount) {
  auto change = [&](Standing& standing) {
    Add(standing.allocated, amount, 1);
    ++standing.count;
  };
  Move(client, change);
  MoveOwn(*client.role, change);
  for (ShareRole* node = client.role; node != root_.get(); node = node->parent) {
    MoveWhole(*node, change);
  }
}

void ShareTree::Freed(ShareClient& client, const Scalars& amount) {
  AdjustOwn(client, amount, -1);
  AdjustRoleOwn(*client.role, amount, -1);
  for (ShareRole* node = client.role; node != root_.get(); node = node->parent) {
    AdjustWhole(*node, amount, -1);
  }
}

void ShareTree::AdjustOwn(ShareClient& client, const Scalars& amount, int sign) {
  Move(client, [&](Standing& standing) { Add(standing.allocated, amount, sign); });
}

void ShareTree::AdjustRoleOwn(ShareRole& role, const Scalars& amount, int sign) {
  MoveOwn(role, [&](Standing& standing) { Add(standing.allocated, amount, sign); });
}

void ShareTree::AdjustWhole(ShareRole& role, const Scalars& amount, int sign) {
  MoveWhole(role, [&](Standing& standing) { Add(standing.allocated, amount, sign); });
}

void ShareTree::AddTotal(const Scalars& amount) {
  Add(total_, amount, 1);
  stale_ = true;
}

void ShareTree::RemoveTotal(const Scalars& amount) {
  Add(total_, amount, -1);
  stale_ = true;
}

void ShareTree::SetWeight(const std::string& role, double weight) {
  if (!std::isfinite(weight) || weight <= 0) return;
  weights_[role] = weight;
  auto it = roles_.find(role);
  if (it == roles_.end()) return;
  MoveWhole(*it->second, [&](Standing& whole) { whole.weight = weight; });
}

double ShareTree::DominantShare(absl::string_view path) const {
  const ShareRole* role = FindRole(path);
  return role == nullptr ? 0 : ShareOf(role->whole);
}

double ShareTree::Weight(absl::string_view role) const {
  auto it = weights_.find(role);
  return it == weights_.end() ? 1.0 : it->second;
}

void ShareTree::Refresh() {
  if (!stale_) return;
  stale_ = false;
  RefreshRole(*root_);
}

void ShareTree::RefreshRole(ShareRole& role) {
  RefreshOrder(role.order, [&](const ClientRank& rank) {
    Standing& standing = rank.client->standing;
    return standing.share = ShareOf(standing);
  });
  RefreshOrder(role.children, [&](const RoleRank& rank) {
    Standing& standing = rank.role == &role ? role.own : rank.role->whole;
    return standing.share = ShareOf(standing);
  });
  for (const RoleRank& rank : role.children) {
    if (rank.role != &role) RefreshRole(*rank.role);
  }
}

bool ShareTree::Before(const ShareClient& a, const ShareClient& b) {
  if (a.role == b.role) {
    return RankOf(const_cast<ShareClient&>(a)) < RankOf(const_cast<ShareClient&>(b));
  }
  return Before(*a.role, *b.role);
}

bool ShareTree::Before(const ShareRole& a, const ShareRole& b) {
  const ShareRole& common = CommonAncestor(a, b);
  return RankUnder(common, a) < RankUnder(common, b);
}

}  // namespace mesos::master
