#pragma once

// Dials the services of proto/internal/services.proto. `target` is "host:port" or "unix:/path".
// A dial that cannot connect ends in closed(Unavailable) that names the target. See stream.h.
//
//   auto stream = DialScheduler("127.0.0.1:5050", executor, {opened, message, closed});
//   CallMaster("127.0.0.1:5050", executor, call, absl::Seconds(10), [](auto status, auto response)
//   {});
//
// From the executor's thread, which observers and answers are called on.

#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
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
namespace mesos::v1::master {
class Call;
class Response;
}  // namespace mesos::v1::master
namespace mesos::v1::agent {
class Call;
class Response;
}  // namespace mesos::v1::agent
namespace mesos::internal {
class AgentMessage;
class MasterMessage;
}  // namespace mesos::internal

namespace mesos::rpc {

std::unique_ptr<Stream<v1::scheduler::Call>> DialScheduler(
    const std::string& target, Executor& executor, StreamObserver<v1::scheduler::Event> observer);

// `token` is what proves to the agent which executor this is; none where it is empty.
std::unique_ptr<Stream<v1::executor::Call>> DialExecutor(
    const std::string& target, Executor& executor, StreamObserver<v1::executor::Event> observer,
    const std::string& token = "");

std::unique_ptr<Stream<internal::AgentMessage>> DialAgentLink(
    const std::string& target, Executor& executor,
    StreamObserver<internal::MasterMessage> observer);

// Called once. The response is never null where the status is OK.
template <typename Response>
using Answer = absl::AnyInvocable<void(absl::Status, std::shared_ptr<const Response>)>;

// One operator call, answered within `timeout` (DeadlineExceeded after it).
void CallMaster(const std::string& target, Executor& executor, const v1::master::Call& call,
                absl::Duration timeout, Answer<v1::master::Response> answer);

void CallAgent(const std::string& target, Executor& executor, const v1::agent::Call& call,
               absl::Duration timeout, Answer<v1::agent::Response> answer);

}  // namespace mesos::rpc
