#pragma once

// The answers of the agent's v1 API as the JSON that Mesos writes.
//
//   responder.RespondFrom({{"Content-Type", "application/json"}}, JsonBody(std::move(response)));

#include <memory>

#include "common/net/http_server.h"
#include "mesos/v1/agent/agent.pb.h"

namespace mesos::agent {

// Piece by piece. The lists of GET_STATE, GET_TASKS, GET_EXECUTORS and GET_FRAMEWORKS stand also
// where they are empty, everything else that is absent is left out.
std::unique_ptr<net::BodySource> JsonBody(v1::agent::Response response);

}  // namespace mesos::agent
