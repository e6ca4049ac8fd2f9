#pragma once

// Dials the services of proto/internal/services.proto. `target` is "host:port" or "unix:/path".
// A dial that cannot connect ends in closed(Unavailable) that names the target. See stream.h.

#include <memory>
#include <string>

#include "common/rpc/stream.h"
#include "common/runtime/executor.h"

namespace mesos::v1::scheduler {
class Call;
class Event;
}  // namespace mesos::v1::scheduler
namespace mesos::v1::executor {
class Call;
class Event;
}  // namespace mesos::v1::executor
namespace mesos::internal {
class AgentMessage;
class MasterMessage;
}  // namespace mesos::internal

namespace mesos::rpc {

std::unique_ptr<Stream<v1::scheduler::Call>> DialScheduler(
    const std::string& target, Executor& executor, StreamObserver<v1::scheduler::Event> observer);

std::unique_ptr<Stream<v1::executor::Call>> DialExecutor(
    const std::string& target, Executor& executor, StreamObserver<v1::executor::Event> observer);

std::unique_ptr<Stream<internal::AgentMessage>> DialAgentLink(
    const std::string& target, Executor& executor, StreamObserver<internal::MasterMessage> observer);

}  // namespace mesos::rpc
