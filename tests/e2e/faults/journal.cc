#include "tests/e2e/faults/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace mesos::e2e {

Journal::Journal(const std::string& path)
    : fd_(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
  if (fd_ < 0) {
    std::perror(path.c_str());
    std::exit(2);
  }
  // A line that was not written to its end goes.
  off_t size = lseek(fd_, 0, SEEK_END);
  char last = '\n';
  while (size > 0 && pread(fd_, &last, 1, size - 1) == 1 && last != '\n') --size;
  if (ftruncate(fd_, size) != 0) std::perror(path.c_str());
}

Journal::~Journal() { close(fd_); }

void Journal::Write(const Entry& entry) {
  std::string line;
  for (const std::string& word : entry) {
    if (!line.empty()) line += ' ';
    if (word.empty()) line += '-';
    for (const char c : word) line += c == ' ' || c == '\n' ? '_' : c;
  }
  line += '\n';
  if (write(fd_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    std::perror("journal");
    std::exit(2);
  }
}

std::vector<Journal::Entry> Journal::Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return Parse(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::vector<Journal::Entry> Journal::Parse(const std::string& text) {
  std::vector<Entry> entries;
  size_t begin = 0;
  for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    std::istringstream line(text.substr(begin, end - begin));
    Entry entry{std::istream_iterator<std::string>(line), {}};
    if (!entry.empty()) entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace mesos::e2e
