#pragma once

// Virtual time and the machines of a simulated cluster: one queue of work, run in order of time.
//
//   World world(seed);
//   NodeId node = world.AddNode("agent-1");
//   world.After(node, absl::Milliseconds(3), [&] { ... });   // dropped if its process ends
//   world.RunUntil(world.now() + absl::Minutes(5));
//
// A node's process has a life: Crash ends it and drops what it had scheduled; Restart begins
// another. Pause stops it, as SIGSTOP does: what is due meanwhile, messages and timers alike, waits
// and comes at once, in order, when it goes on. Everything is one thread and one random stream, so
// a seed gives one history; Trace hashes it.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/runtime/random.h"
#include "google/protobuf/message.h"

namespace mesos::sim {

enum class NodeId : uint32_t {};

// What happened, as a running hash; as lines only where someone wants to read them (text costs more
// than all the rest of a run, so a failing seed is run again to be read).
class Trace {
 public:
  void Add(absl::Time now, absl::string_view line);

  // Hashes `bytes`; `describe` makes the line where lines are kept.
  void AddMessage(absl::Time now, absl::string_view what, absl::string_view bytes,
                  const std::function<std::string()>& describe);

  uint64_t hash() const { return hash_; }
  uint64_t lines() const { return lines_; }
  const std::deque<std::string>& tail() const { return tail_; }

  // kNone only hashes; kTail keeps the last lines; kPrint also writes each to standard output.
  enum class Lines { kNone, kTail, kPrint };
  void set_lines(Lines lines) { keep_ = lines; }

 private:
  void Mix(absl::Time now, absl::string_view what, absl::string_view bytes);
  void Keep(absl::Time now, absl::string_view line);

  uint64_t hash_ = 0xcbf29ce484222325;
  uint64_t lines_ = 0;
  std::deque<std::string> tail_;
  Lines keep_ = Lines::kNone;
};

class World {
 public:
  using Work = std::function<void()>;

  explicit World(uint64_t seed);

  absl::Time now() const { return now_; }
  Random& random() { return random_; }
  Trace& trace() { return trace_; }

  NodeId AddNode(const std::string& name);
  const std::string& Name(NodeId node) const { return nodes_[Position(node)].name; }
  bool IsUp(NodeId node) const { return nodes_[Position(node)].up; }

  // Ends the process: its scheduled work is dropped.
  void Crash(NodeId node);
  // Begins a new process; the caller builds what runs in it.
  void Restart(NodeId node);

  // The node does nothing for `duration`; a longer pause that runs already stands.
  void Pause(NodeId node, absl::Duration duration);
  bool Paused(NodeId node) const { return nodes_[Position(node)].paused; }
  // Runs `work` when the paused node goes on, or its process has ended.
  void Hold(NodeId node, Work work);

  // Work of the node's present process; nothing happens where the node is down.
  void After(NodeId node, absl::Duration delay, Work work);
  void At(NodeId node, absl::Time when, Work work);

  // Work that belongs to no process: faults, wires, containers.
  void AfterAlways(absl::Duration delay, Work work);

  // Runs what is due up to and including `deadline`, which becomes the time.
  void RunUntil(absl::Time deadline);

  // A line of the trace, with the node's name.
  void Note(NodeId node, absl::string_view line);

  // A message that the node sends, `what` says whither; `bytes` is its serialized form.
  void NoteMessage(NodeId node, absl::string_view what, const google::protobuf::Message& message,
                   absl::string_view bytes);

 private:
  struct Item {
    bool always;
    NodeId node;
    uint64_t life;
    Work work;
  };
  struct Node {
    std::string name;
    uint64_t life = 1;
    bool up = true;
    bool paused = false;
    absl::Time paused_until = absl::InfinitePast();
    std::deque<Item> held;  // empty unless paused
  };

  // Whether the process that the item belongs to is still there.
  bool Alive(const Item& item) const;
  void Resume(NodeId node);

  static size_t Position(NodeId node) { return static_cast<size_t>(node); }

  absl::Time now_;
  Random random_;
  Trace trace_;
  std::vector<Node> nodes_;
  // Invariant: nothing here is before now_. Ties run in order of scheduling.
  std::map<std::pair<absl::Time, uint64_t>, Item> queue_;
  uint64_t sequence_ = 0;
};

}  // namespace mesos::sim
