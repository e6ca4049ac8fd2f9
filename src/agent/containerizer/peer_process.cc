#include "agent/containerizer/peer_process.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "agent/launcher/container_files.h"

namespace mesos::agent {
namespace {

// No chain of parents is longer, and no loop is walked for ever.
constexpr int kMaxAncestors = 1'000;
constexpr size_t kMaxProcesses = 100'000;

std::optional<std::string> ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::optional<int32_t> LauncherOf(const std::string& container_directory) {
  const auto bytes = ReadAll(absl::StrCat(container_directory, "/", launcher::kPidFile));
  if (!bytes.has_value()) return std::nullopt;
  const auto identity = launcher::ParsePidFile(*bytes);
  if (!identity.has_value()) return std::nullopt;
  const auto stat = launcher::ReadProcessStat(identity->pid);
  if (!stat.has_value() || stat->start_time != identity->start_time) return std::nullopt;
  return identity->pid;
}

bool IsBelow(int32_t process, int32_t ancestor) {
  for (int i = 0; i < kMaxAncestors && process > 1; ++i) {
    if (process == ancestor) return true;
    const auto stat = launcher::ReadProcessStat(process);
    if (!stat.has_value()) return false;
    process = stat->parent;
  }
  return false;
}

// Calls `visit` with the name of each entry, until it returns true; whether it did.
template <typename Visit>
bool AnyEntry(const std::string& directory, Visit visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(directory.c_str()), &closedir);
  if (entries == nullptr) return false;
  while (const dirent* entry = readdir(entries.get())) {
    if (entry->d_name[0] != '.' && visit(std::string(entry->d_name))) return true;
  }
  return false;
}

// The process and all below it.
std::vector<int32_t> ProcessesBelow(int32_t root) {
  std::multimap<int32_t, int32_t> children;  // by parent
  AnyEntry("/proc", [&](const std::string& name) {
    int32_t pid = 0;
    if (!absl::SimpleAtoi(name, &pid)) return false;
    const auto stat = launcher::ReadProcessStat(pid);
    if (stat.has_value()) children.emplace(stat->parent, pid);
    return false;
  });
  std::vector<int32_t> found = {root};
  for (size_t i = 0; i < found.size() && found.size() < kMaxProcesses; ++i) {
    const auto [begin, end] = children.equal_range(found[i]);
    for (auto child = begin; child != end; ++child) found.push_back(child->second);
  }
  return found;
}

// An end of a connection as /proc/net/tcp6 (and, of IPv4, /proc/net/tcp) writes it: the address'
// words in the machine's order, and the port.
std::string ProcAddress(const unsigned char* bytes, size_t size, int port) {
  std::string text;
  for (size_t i = 0; i < size; i += sizeof(uint32_t)) {
    uint32_t word = 0;
    std::memcpy(&word, bytes + i, sizeof(word));
    absl::StrAppendFormat(&text, "%08X", word);
  }
  return absl::StrCat(text, ":", absl::StrFormat("%04X", port));
}

struct ProcTable {
  const char* path;
  std::string client;
  std::string server;
};

// Where the client's socket may stand: of IPv4, as one of IPv6 too.
std::vector<ProcTable> TablesOf(const auth::Peer& peer) {
  in_addr client4 = {};
  in_addr server4 = {};
  in6_addr client6 = {};
  in6_addr server6 = {};
  std::vector<ProcTable> tables;
  const auto bytes = [](const auto& address) {
    return reinterpret_cast<const unsigned char*>(&address);
  };
  const bool is_ipv4 = inet_pton(AF_INET, peer.ip.c_str(), &client4) == 1 &&
                       inet_pton(AF_INET, peer.own_ip.c_str(), &server4) == 1;
  if (is_ipv4) {
    tables.push_back({"/proc/net/tcp", ProcAddress(bytes(client4), sizeof(client4), peer.port),
                      ProcAddress(bytes(server4), sizeof(server4), peer.own_port)});
  }
  const std::string prefix = is_ipv4 ? "::ffff:" : "";
  if (inet_pton(AF_INET6, absl::StrCat(prefix, peer.ip).c_str(), &client6) == 1 &&
      inet_pton(AF_INET6, absl::StrCat(prefix, peer.own_ip).c_str(), &server6) == 1) {
    tables.push_back({"/proc/net/tcp6", ProcAddress(bytes(client6), sizeof(client6), peer.port),
                      ProcAddress(bytes(server6), sizeof(server6), peer.own_port)});
  }
  return tables;
}

// The inode of the client's socket; empty where it is not one of this machine's.
std::string SocketOf(const auth::Peer& peer) {
  for (const ProcTable& table : TablesOf(peer)) {
    std::ifstream file(table.path);
    std::string line;
    while (std::getline(file, line)) {
      // sl local_address rem_address st queues timer retransmits uid timeout inode ...
      const std::vector<absl::string_view> fields =
          absl::StrSplit(line, absl::ByAnyChar(" "), absl::SkipEmpty());
      constexpr size_t kInode = 9;
      if (fields.size() > kInode && fields[1] == table.client && fields[2] == table.server &&
          fields[kInode] != "0") {
        return std::string(fields[kInode]);
      }
    }
  }
  return "";
}

bool HoldsOpen(int32_t process, const std::string& target) {
  const std::string directory = absl::StrCat("/proc/", process, "/fd");
  return AnyEntry(directory, [&](const std::string& name) {
    char link[64];
    const ssize_t size = readlink(absl::StrCat(directory, "/", name).c_str(), link, sizeof(link));
    return size > 0 && target == absl::string_view(link, static_cast<size_t>(size));
  });
}

}  // namespace

bool ConnectsFromContainer(const std::string& container_directory, const auth::Peer& peer) {
  const std::optional<int32_t> launcher = LauncherOf(container_directory);
  if (!launcher.has_value()) return false;
  if (peer.local()) return peer.pid > 0 && IsBelow(peer.pid, *launcher);
  const std::string inode = SocketOf(peer);
  if (inode.empty()) return false;
  const std::string target = absl::StrCat("socket:[", inode, "]");
  for (int32_t process : ProcessesBelow(*launcher)) {
    if (HoldsOpen(process, target)) return true;
  }
  return false;
}

}  // namespace mesos::agent
