#pragma once

// The life of an executor's container: started, asked to end, gone, completed.

#include <string>

#include "agent/core/core.h"

namespace mesos::agent {

void OnContainerStarted(Core& core, const ContainerStarted& event);
void OnContainerExited(Core& core, const ContainerExited& event);

// Asks a custom executor to shut down and destroys its container once its grace period is over;
// kills a command task. An executor whose container was not asked for yet never starts. The
// executor may be gone afterwards.
void ShutdownExecutor(Core& core, Executor& executor, TerminationReason reason);

// SIGKILL for everything of the executor; its tasks are told `reason`.
void DestroyExecutor(Core& core, Executor& executor, TerminationReason reason);

// The executor has ended, or never will start: what its tasks are told is up to the caller, before.
void ExecutorGone(Core& core, Executor& executor, std::optional<int32_t> status);

// Where the executor is terminated and all of its tasks are completed, its run moves to the
// history. The executor may be gone afterwards.
void MaybeCompleteRun(Core& core, Executor& executor);

// Takes note of a framework that has no executors any more.
void FrameworkIdle(Core& core, Framework& framework);

// How long the executor has to shut down.
absl::Duration ShutdownGrace(const Core& core, const Executor& executor);

void OnExecutorGraceDue(Core& core, const ExecutorGraceDue& due);

// All frameworks end without further updates, the agent's id is forgotten, then it exits with
// `status`.
void BeginEnding(Core& core, absl::Status status, bool unregister);

// Goes on with the ending, where nothing runs any more.
void MaybeFinishEnding(Core& core);

// The agent ends this framework: executors are shut down, updates are not sent any more.
void ShutdownFramework(Core& core, const std::string& framework_id);

}  // namespace mesos::agent
