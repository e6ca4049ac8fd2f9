#include "common/rpc/peer.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace mesos::rpc {

std::string PeerIp(absl::string_view peer) {
  if (!absl::ConsumePrefix(&peer, "ipv4:") && !absl::ConsumePrefix(&peer, "ipv6:")) return "";
  const std::string decoded = absl::StrReplaceAll(
      peer, {{"%5B", "["}, {"%5b", "["}, {"%5D", "]"}, {"%5d", "]"}, {"%25", "%"}});
  absl::string_view host(decoded);
  const size_t colon = host.rfind(':');
  if (colon == absl::string_view::npos) return "";
  host = host.substr(0, colon);
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  if (absl::StrContains(host, '.')) absl::ConsumePrefix(&host, "::ffff:");
  return std::string(host);
}

void HandedOverPeers::Add(int fd, const std::string& ip, std::shared_ptr<void> ticket) {
  // What the descriptor's former connection left is dropped after the lock is.
  Peer peer{ip, std::move(ticket)};
  MutexLock lock(mutex_);
  const auto index = static_cast<size_t>(fd);
  if (peers_.size() <= index) peers_.resize(index + 1);
  std::swap(peers_[index], peer);
}

std::shared_ptr<void> HandedOverPeers::TakeTicket(absl::string_view peer) {
  size_t fd = 0;
  if (!absl::ConsumePrefix(&peer, "fd:") || !absl::SimpleAtoi(peer, &fd)) return nullptr;
  MutexLock lock(mutex_);
  return fd < peers_.size() ? std::move(peers_[fd].ticket) : nullptr;
}

std::string HandedOverPeers::Ip(absl::string_view peer) const {
  size_t fd = 0;
  if (!absl::ConsumePrefix(&peer, "fd:")) return PeerIp(peer);
  if (!absl::SimpleAtoi(peer, &fd)) return "";
  MutexLock lock(mutex_);
  return fd < peers_.size() ? peers_[fd].ip : "";
}

}  // namespace mesos::rpc
