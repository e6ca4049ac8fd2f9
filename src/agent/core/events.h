#pragma once

// What reaches the agent core, and what it asks for: data only. See agent_core.h.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/checkpoint/checkpoint_write.h"
#include "common/auth/caller.h"
#include "common/base/ids.h"

namespace mesos::v1 {
class CommandInfo;
}  // namespace mesos::v1

namespace mesos::v1::executor {
class Call;
class Event;
}  // namespace mesos::v1::executor

namespace mesos::internal {
class AgentMessage;
class MasterMessage;
}  // namespace mesos::internal

namespace mesos::agent {

enum class CallToken : uint64_t { kNone = 0 };
enum class CheckToken : uint64_t { kNone = 0 };

// ---- Events

// The link to the master stands (OpenMasterLink succeeded) or is gone (it failed, broke, or the
// master closed it).
struct MasterLinkOpened {
  SessionId link;
};
struct MasterLinkClosed {
  SessionId link;
  absl::Status reason;
};
struct MasterMessageReceived {
  SessionId link;
  std::shared_ptr<const internal::MasterMessage> message;
};

// What shows that a call comes from the executor that it names: either is enough. On a session only
// SUBSCRIBE needs it.
struct ExecutorProof {
  std::string token;         // that it sent
  std::string container_id;  // that its connection is known to come from
};

// An executor's call on its session; the first is SUBSCRIBE. Over HTTP each call stands alone and
// has a token, under which AnswerExecutorCall answers it: SUBSCRIBE then names the session that its
// answer becomes, every other call none.
struct ExecutorCallReceived {
  SessionId session;
  std::shared_ptr<const v1::executor::Call> call;
  auth::CallerPtr caller;
  ExecutorProof proof;
  CallToken token = CallToken::kNone;
};
struct ExecutorSessionClosed {
  SessionId session;
};

// The container's process runs; `pid` is the launcher's. Comes once for each LaunchContainer that
// worked, and for each ReattachContainer that found a launcher alive.
struct ContainerStarted {
  std::string container_id;
  int32_t pid;
};

// What `message` of ContainerExited begins with where the command's URIs could not be fetched.
inline constexpr char kFetchFailed[] = "Failed to fetch all URIs";

// The container is gone. `status` is as wait(2) gives it for the command itself; nullopt where it
// never ran or its end is not known, and `message` then says why. Comes exactly once for each
// LaunchContainer that happened (also for ReattachContainer).
struct ContainerExited {
  std::string container_id;
  std::optional<int32_t> status;
  std::string message;
  bool launch_failed = false;
  // With launch_failed: the sandbox could not be made, or not be given to the user. `message` then
  // reads "Failed to create executor directory '<sandbox>': <why>".
  bool sandbox_failed = false;
};

// One run of a check is over (RunCheck); nothing comes for one that was cancelled.
struct CheckFinished {
  CheckToken token;
  // As wait(2) gives it; of a connection 0 where it came about. An error where nothing was run.
  absl::StatusOr<int32_t> status;
  std::string output;  // where it was asked for
};

// How much of the disk below the work directory is used, from 0 to 1: the answer to MeasureDisk.
struct DiskMeasured {
  absl::StatusOr<double> usage;
};

// Everything of the Checkpoint effect with this token is on disk, or could not be written.
struct CheckpointDone {
  CheckpointToken token;
  absl::Status status;
};

// The operator asked for a clean end (SIGUSR1): kill everything, unregister, exit. SIGTERM does not
// come here: the daemon just ends, and its tasks run on.
struct ShutdownRequested {
  std::string message;
};

struct Tick {};

using Event =
    std::variant<MasterLinkOpened, MasterLinkClosed, MasterMessageReceived, ExecutorCallReceived,
                 ExecutorSessionClosed, ContainerStarted, ContainerExited, CheckFinished,
                 DiskMeasured, CheckpointDone, ShutdownRequested, Tick>;

// ---- Effects, in the order in which they must happen

// Dial the leading master. Answered by MasterLinkOpened or MasterLinkClosed with the same link.
struct OpenMasterLink {
  SessionId link;
  // Where the leader is not known yet: how long to wait once it is, and between dials that fail, at
  // first and at most. Drawn for this agent, so that not all come at once.
  absl::Duration wait_after_election;
  absl::Duration first_retry;
  absl::Duration last_retry;
};
struct CloseMasterLink {
  SessionId link;
};
struct SendToMaster {
  SessionId link;
  std::shared_ptr<const internal::AgentMessage> message;
};

struct SendToExecutor {
  SessionId session;
  std::shared_ptr<const v1::executor::Event> event;
};
struct CloseExecutorSession {
  SessionId session;
  absl::Status reason;
};

// Write in order, sync what asks for it (CheckpointWrite::sync), then say CheckpointDone.
// Checkpoints are written in the order of their effects; several that wait may share their syncs.
// Where one write fails the rest of that Checkpoint need not be tried.
struct Checkpoint {
  CheckpointToken token;
  std::vector<CheckpointWrite> writes;
};

// What a container is made of. The launcher makes the sandbox, opens stdout and stderr in it,
// changes user, and runs the command in a process group of its own.
struct ContainerSpec {
  // What is fetched into the sandbox before the command starts, as CommandInfo.URI says.
  struct Uri {
    std::string value;
    bool executable = false;
    bool extract = true;
    std::string output_file;  // empty: the last part of `value`
  };

  std::string container_id;
  std::string sandbox;                     // absolute path; created with its parents
  std::string runtime_directory;           // where the launcher keeps pid and termination files
  std::vector<std::string> sandbox_links;  // `latest` links that point at the sandbox
  bool shell = true;
  std::string command;                 // shell form: what `sh -c` gets; argv form: the program
  std::vector<std::string> arguments;  // argv form: argv, including argv[0]
  std::map<std::string, std::string> environment;  // the whole of it
  std::optional<std::string> user;
  std::string working_directory;  // absolute
  std::vector<Uri> uris;
  std::string frameworks_home;  // where relative URIs begin; empty: nowhere
  // The container ends itself, with that grace period, once no agent was there for so long.
  absl::Duration recovery_timeout = absl::InfiniteDuration();
  absl::Duration recovery_grace;
};

struct LaunchContainer {
  ContainerSpec spec;
};

// A container that a former agent process launched, whose launcher still runs or has left its
// termination file behind in `runtime_directory`: say ContainerStarted where it runs, and
// ContainerExited when it ends (at once where it has, or where nothing is found of it).
struct ReattachContainer {
  std::string container_id;
  std::string runtime_directory;
  // The machine has booted since: a process with the recorded pid is not this container's. Only the
  // termination file counts.
  bool rebooted = false;
};

// Ask the container's whole process tree to end: SIGTERM, and SIGKILL after `grace`. The launcher
// keeps the promise even when the agent dies meanwhile. A second call may shorten the grace period.
struct KillContainer {
  std::string container_id;
  absl::Duration grace;
};

// SIGKILL everything of the container now.
struct DestroyContainer {
  std::string container_id;
};

// What a check does, once. A process runs in the sandbox, as the user and with the environment of
// `spec`, whose other places are empty; its output is appended to the sandbox's stderr.
struct ProcessProbe {
  ContainerSpec spec;
  bool take_output = false;  // its stdout goes into CheckFinished::output instead
};
struct ConnectionProbe {
  std::string ip;  // of this machine
  uint16_t port;
};

// Answered by CheckFinished. Ends with the agent's process, whichever way that ends.
struct RunCheck {
  CheckToken token;
  std::variant<ProcessProbe, ConnectionProbe> probe;
};

// Kill what the check runs; it is not answered any more.
struct CancelCheck {
  CheckToken token;
};

// Remove a sandbox, meta or runtime directory (absolute) that is not needed any more. Not urgent.
struct RemoveDirectory {
  std::string path;
};

// Answered by DiskMeasured. Not urgent, and may take its time: the disk may hang.
struct MeasureDisk {};

// The code says what the caller can do: InvalidArgument, PermissionDenied (it is not subscribed),
// Unimplemented. An OK answer to SUBSCRIBE comes before what is sent on its session.
struct AnswerExecutorCall {
  CallToken token;
  absl::Status status;
};

// The daemon ends with this status (OK: exit code 0), after what was sent has been written.
struct Exit {
  absl::Status status;
};

using Effect = std::variant<OpenMasterLink, CloseMasterLink, SendToMaster, SendToExecutor,
                            CloseExecutorSession, Checkpoint, LaunchContainer, ReattachContainer,
                            KillContainer, DestroyContainer, RunCheck, CancelCheck, RemoveDirectory,
                            MeasureDisk, AnswerExecutorCall, Exit>;
using Effects = std::vector<Effect>;

}  // namespace mesos::agent
