#pragma once

// Where the driver's stream to a master comes from. grpc_dial.cc defines it for every program; a
// test that links no gRPC defines its own.

#include <functional>
#include <memory>
#include <string>

#include "common/rpc/stream.h"
#include "common/runtime/executor.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::scheduler_driver {

// As rpc::DialScheduler (common/rpc/dial.h).
std::unique_ptr<rpc::Stream<v1::scheduler::Call>> DialMaster(
    const std::string& target, Executor& executor,
    rpc::StreamObserver<v1::scheduler::Event> observer);

// Dials the master that leads; `master` and the environment as FindMaster takes them (where it does
// not, there is nothing to dial, and the driver's core does not ask).
std::function<std::unique_ptr<rpc::Stream<v1::scheduler::Call>>(
    Executor&, rpc::StreamObserver<v1::scheduler::Event>)>
DialLeader(const std::string& master);

}  // namespace mesos::scheduler_driver
