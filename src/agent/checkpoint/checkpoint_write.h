#pragma once

// One change of the checkpoint tree, as data: the core says what to write, its host writes it.

#include <cstdint>
#include <string>

namespace mesos::agent {

enum class CheckpointToken : uint64_t { kNone = 0 };

// Paths are relative to the meta directory; missing directories are made.
struct CheckpointWrite {
  enum class Kind {
    kReplace,  // the file as a whole: after a crash it is the old one or the new one
    kAppend,   // to its end; a write that failed leaves the file as it was before
    kSymlink,
    kRemove,  // a file, link or tree
  };
  Kind kind;
  std::string path;
  std::string bytes;  // kSymlink: the target

  // False where nothing waits for this to be durable: it must be written, in order, but a crash of
  // the machine may lose it. A crash of the agent alone never does, once CheckpointDone was said.
  bool sync = true;
};

}  // namespace mesos::agent
