#pragma once

// The methods of proto/internal/services.proto by their names on the wire. Thread-safe: no state.

namespace mesos::rpc {

inline constexpr char kSchedulerConnect[] = "/mesos.rpc.Scheduler/Connect";
inline constexpr char kExecutorConnect[] = "/mesos.rpc.Executor/Connect";
inline constexpr char kAgentLinkConnect[] = "/mesos.rpc.AgentLink/Connect";
inline constexpr char kOperatorCall[] = "/mesos.rpc.Operator/Call";
inline constexpr char kAgentOperatorCall[] = "/mesos.rpc.AgentOperator/Call";

// In the metadata of a call: who makes it, as the HTTP header of that name says.
inline constexpr char kAuthorizationKey[] = "authorization";

}  // namespace mesos::rpc
