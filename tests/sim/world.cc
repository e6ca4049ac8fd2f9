#include "tests/sim/world.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/wire.h"

namespace mesos::sim {
namespace {

constexpr size_t kTailLines = 200;

}  // namespace

void Trace::Mix(absl::Time now, absl::string_view what, absl::string_view bytes) {
  auto mix = [this](absl::string_view part) {
    for (unsigned char byte : part) hash_ = (hash_ ^ byte) * 0x100000001b3;
  };
  const int64_t stamp = absl::ToUnixNanos(now);
  mix(absl::string_view(reinterpret_cast<const char*>(&stamp), sizeof(stamp)));
  mix(what);
  mix(bytes);
  ++lines_;
}

void Trace::Keep(absl::Time now, absl::string_view line) {
  tail_.push_back(absl::StrCat(absl::FormatTime("%H:%M:%E6S ", now, absl::UTCTimeZone()), line));
  if (keep_ == Lines::kPrint) std::printf("%s\n", tail_.back().c_str());
  if (tail_.size() > kTailLines) tail_.pop_front();
}

void Trace::Add(absl::Time now, absl::string_view line) {
  Mix(now, line, "");
  if (keep_ != Lines::kNone) Keep(now, line);
}

void Trace::AddMessage(absl::Time now, absl::string_view what, absl::string_view bytes,
                       const std::function<std::string()>& describe) {
  Mix(now, what, bytes);
  if (keep_ != Lines::kNone) Keep(now, absl::StrCat(what, " ", describe()));
}

World::World(uint64_t seed) : now_(absl::FromUnixSeconds(1'800'000'000)), random_(seed) {}

NodeId World::AddNode(const std::string& name) {
  nodes_.emplace_back().name = name;
  return NodeId(nodes_.size() - 1);
}

void World::Crash(NodeId node) {
  Node& state = nodes_[Position(node)];
  state.up = false;
  ++state.life;
  Note(node, "crash");
  // Soon, since a crash may come from within the node's own work.
  if (state.paused) AfterAlways(absl::ZeroDuration(), [this, node] { Resume(node); });
  state.paused_until = absl::InfinitePast();
}

void World::Restart(NodeId node) {
  nodes_[Position(node)].up = true;
  Note(node, "restart");
}

void World::Pause(NodeId node, absl::Duration duration) {
  Node& state = nodes_[Position(node)];
  if (!state.up) return;
  Note(node, "pause");
  state.paused = true;
  state.paused_until = std::max(state.paused_until, now_ + duration);
  AfterAlways(duration, [this, node] {
    if (now_ >= nodes_[Position(node)].paused_until) Resume(node);
  });
}

void World::Hold(NodeId node, Work work) {
  nodes_[Position(node)].held.push_back(Item{true, node, 0, std::move(work)});
}

bool World::Alive(const Item& item) const {
  const Node& node = nodes_[Position(item.node)];
  return item.always || (node.up && node.life == item.life);
}

void World::Resume(NodeId node) {
  if (!std::exchange(nodes_[Position(node)].paused, false)) return;
  Note(node, "goes on");
  for (const Item& item : std::exchange(nodes_[Position(node)].held, {})) {
    if (Alive(item)) item.work();
  }
}

void World::After(NodeId node, absl::Duration delay, Work work) {
  At(node, now_ + std::max(delay, absl::ZeroDuration()), std::move(work));
}

void World::At(NodeId node, absl::Time when, Work work) {
  if (!IsUp(node)) return;
  queue_.emplace(std::make_pair(std::max(when, now_), ++sequence_),
                 Item{false, node, nodes_[Position(node)].life, std::move(work)});
}

void World::AfterAlways(absl::Duration delay, Work work) {
  queue_.emplace(std::make_pair(now_ + std::max(delay, absl::ZeroDuration()), ++sequence_),
                 Item{true, NodeId(0), 0, std::move(work)});
}

void World::RunUntil(absl::Time deadline) {
  while (!queue_.empty() && queue_.begin()->first.first <= deadline) {
    auto item = queue_.extract(queue_.begin());
    now_ = item.key().first;
    Item& todo = item.mapped();
    if (!Alive(todo)) continue;
    if (!todo.always && Paused(todo.node)) {
      nodes_[Position(todo.node)].held.push_back(std::move(todo));
    } else {
      todo.work();
    }
  }
  now_ = std::max(now_, deadline);
}

void World::Note(NodeId node, absl::string_view line) {
  trace_.Add(now_, absl::StrCat(Name(node), " ", line));
}

void World::NoteMessage(NodeId node, absl::string_view what,
                        const google::protobuf::Message& message, absl::string_view bytes) {
  trace_.AddMessage(now_, absl::StrCat(Name(node), " ", what), bytes,
                    [&message] { return Describe(message); });
}

}  // namespace mesos::sim
