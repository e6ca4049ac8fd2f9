#pragma once

// What a framework did and heard, in a file that outlives it: one line an entry, written before
// what follows from it is sent. Another instance goes on from it, and the test reads it.
//
//   Journal journal(path);                        // keeps what is there
//   journal.Write({"launch", task_id, agent_id});
//   for (const Journal::Entry& entry : Journal::Read(path)) ...
//
// Entries are words without spaces; an empty one is written as "-". A line that was not written to
// its end, as after kill -9, is left out. Not thread-safe; plain C++, for frameworks link nothing
// else.

#include <string>
#include <vector>

namespace mesos::e2e {

class Journal {
 public:
  using Entry = std::vector<std::string>;

  explicit Journal(const std::string& path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Handed to the kernel when it returns: the end of this process loses nothing.
  void Write(const Entry& entry);

  static std::vector<Entry> Read(const std::string& path);
  static std::vector<Entry> Parse(const std::string& text);

 private:
  int fd_;
};

}  // namespace mesos::e2e
