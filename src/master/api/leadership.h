#pragma once

// Which master leads, as far as this one knows, and what a master that does not lead answers.
//
//   if (std::optional<net::HttpResponse> redirect = RedirectToLeader(leadership, request)) ...
//
// Pure.

#include <optional>
#include <string>

#include "common/net/http_message.h"
#include "master/reign/leader_host.h"

namespace mesos::master {

struct Leadership {
  bool leading = false;                 // this master leads
  std::optional<LeaderAddress> leader;  // this master or another; nullopt where none is known
};

// Nullopt where this master leads, and so answers itself. Otherwise 307 to the same path, under
// /master, of the leader; 503 where none is known.
std::optional<net::HttpResponse> RedirectToLeader(const Leadership& leadership,
                                                  const net::HttpRequest& request);

// What /redirect answers: 307 to the leader's root; 503 where none is known.
net::HttpResponse ToLeader(const Leadership& leadership);

}  // namespace mesos::master
