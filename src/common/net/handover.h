#pragma once

// Gives connections of HTTP/2, of which nothing was read yet, to the server behind this one: each
// when its turn has come (admission.h). I/O thread only.

#include <string>

#include "common/net/server_context.h"

namespace mesos::net {

// Owns `fd`. Where there is no server behind, or too many connections are there, it is closed.
void HandOverHttp2(ServerContext& context, int fd, const std::string& peer_ip);

// Whether the client will send nothing any more; what it has sent may be unread.
bool HasFinishedSending(int fd);

}  // namespace mesos::net
