#pragma once

// Where the driver's stream to an agent comes from. grpc_dial.cc defines it for every program; a
// test that links no gRPC defines its own.

#include <memory>
#include <string>

#include "common/rpc/stream.h"
#include "common/runtime/executor.h"
#include "mesos/v1/executor/executor.pb.h"

namespace mesos::executor_driver {

// As rpc::DialExecutor (common/rpc/dial.h).
std::unique_ptr<rpc::Stream<v1::executor::Call>> DialAgent(
    const std::string& target, Executor& executor,
    rpc::StreamObserver<v1::executor::Event> observer, const std::string& token);

}  // namespace mesos::executor_driver
