#pragma once

// What custom executors call, and their coming and going.

#include "agent/core/core.h"

namespace mesos::agent {

void OnExecutorCall(Core& core, const ExecutorCallReceived& event);
void OnExecutorSessionClosed(Core& core, const ExecutorSessionClosed& event);

void OnExecutorRegistrationDue(Core& core, const ExecutorRegistrationDue& due);
void OnExecutorReregistrationDue(Core& core, const ExecutorReregistrationDue& due);

// A message of the scheduler; dropped where the executor is not connected, as Mesos does.
void SendMessageToExecutor(Core& core, const internal::FrameworkToExecutor& message);

// Updates that are now on disk: their executors need not send them again.
void AcknowledgeToExecutors(Core& core, const std::vector<StatusUpdatePtr>& durable);

}  // namespace mesos::agent
