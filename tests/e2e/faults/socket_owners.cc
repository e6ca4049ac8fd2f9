#include "tests/e2e/faults/socket_owners.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mesos::e2e {
namespace {

// Whether `text`, as the kernel writes an address, is 127.0.0.1:port. An IPv4 address within IPv6
// ends with the same text.
bool IsLoopback(const std::string& text, int port) {
  return absl::EndsWith(text, absl::StrFormat("0100007F:%04X", port));
}

// The inode of the socket of that connection; empty where there is none.
std::string InodeOf(const std::string& table, int local_port, int remote_port) {
  std::ifstream file(table);
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    std::string slot, local, remote, skipped, inode;
    fields >> slot >> local >> remote;
    if (!IsLoopback(local, local_port) || !IsLoopback(remote, remote_port)) continue;
    for (int i = 0; i < 6; ++i) fields >> skipped;
    fields >> inode;
    if (inode != "0") return inode;
  }
  return "";
}

bool Holds(pid_t pid, const std::string& link) {
  std::error_code error;
  const std::string directory = absl::StrCat("/proc/", pid, "/fd");
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;
    if (std::filesystem::read_symlink(it->path(), gone) == link) return true;
  }
  return false;
}

}  // namespace

void SocketOwners::Set(const std::string& name, pid_t pid) {
  MutexLock lock(mutex_);
  pids_[name] = pid;
}

std::string SocketOwners::OwnerOf(int local_port, int remote_port) const {
  std::string inode = InodeOf("/proc/net/tcp", local_port, remote_port);
  if (inode.empty()) inode = InodeOf("/proc/net/tcp6", local_port, remote_port);
  if (inode.empty()) return "";
  const std::string link = absl::StrCat("socket:[", inode, "]");
  MutexLock lock(mutex_);
  for (const auto& [name, pid] : pids_) {
    if (Holds(pid, link)) return name;
  }
  return "";
}

}  // namespace mesos::e2e
