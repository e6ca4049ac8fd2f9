#pragma once

// Status updates on their way from an agent to the scheduler, and what the scheduler says of its
// tasks and executors: ACKNOWLEDGE, KILL, SHUTDOWN, MESSAGE.
//
//   agent ──StatusUpdate──> master ──UPDATE──> scheduler ──ACKNOWLEDGE──> master ──> agent
//
// The agent repeats an update until it is acknowledged, so one that finds its framework
// disconnected is dropped here. One that no scheduler may hear of (its state is not an agent's to
// give, or the task of that id is on another agent) is acknowledged here instead: nobody else ever
// would, and what the task has to say after it would wait for ever. The resources are free as soon
// as the task's latest state is terminal; the task itself goes to history when its terminal update
// is acknowledged. Core-thread-only.

#include "internal/agent_link.pb.h"
#include "master/core/world/state.h"
#include "master/core/world/world.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

// ---- From an agent
void OnStatusUpdate(World& world, Agent& agent, const internal::StatusUpdate& update);
void OnExecutorExited(World& world, Agent& agent, const internal::ExecutorExited& exited);
void OnExecutorMessage(World& world, Agent& agent, const internal::ExecutorToFramework& message);

// ---- From a scheduler
void Acknowledge(World& world, Framework& framework,
                 const v1::scheduler::Call::Acknowledge& acknowledge);

// Of a task that is not known: answered as RECONCILE would be.
void Kill(World& world, Framework& framework, const v1::scheduler::Call::Kill& kill);
void ShutdownExecutor(World& world, Framework& framework,
                      const v1::scheduler::Call::Shutdown& shutdown);
void SendMessage(World& world, Framework& framework, const v1::scheduler::Call::Message& message);

}  // namespace mesos::master
