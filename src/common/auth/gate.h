#pragma once

// What stands before every handler, of either transport: it says who calls, whether the caller may
// do what it asks for, and what it may see of what it reads.
//
//   ASSIGN_OR_RETURN(CallerPtr caller, gate.Authenticate({address, authorization}));
//   RETURN_IF_ERROR(gate.Authorize(*caller, Action::kTeardownFramework, framework_id));
//   port.TakeSnapshot(gate.VisibleTo(*caller));
//
// A route names its action when it is added (net/router.h), each call of an API has one by a table
// (call_actions.h of master/api and agent/api), and a snapshot is only had through a Visibility:
// what passes no gate does not compile.
//
// Until there is authentication the gate stands open. Thread-safe.

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/auth/caller.h"
#include "common/auth/visibility.h"

namespace mesos::auth {

enum class Action {
  // Reads.
  kViewDaemon,  // its health, version, metrics, paths, and who leads
  kViewFlags,
  kViewState,  // frameworks, tasks, executors, roles, agents: those that Visibility shows
  kReadFiles,  // sandboxes and logs
  // Changes.
  kCallApi,  // the call in the body says what: the API asks the gate by its table
  kSetLogLevel,
  kTeardownFramework,
  kUpdateWeights,
  kUpdateQuota,
  kChangeMaintenance,
  kReserveResources,
  kChangeVolumes,
  kRetireAgents,  // mark gone, drain, deactivate, and take back
  kUseContainers,
  kChangeResourceProviders,
  kPruneImages,
  // Sessions.
  kActAsFramework,
  kActAsAgent,
  kActAsExecutor,
};

bool Changes(Action action);

class Gate {
 public:
  virtual ~Gate() = default;

  // Unauthenticated, with the reason, where the credentials are refused.
  virtual absl::StatusOr<CallerPtr> Authenticate(const Credentials& credentials) const = 0;

  // PermissionDenied, naming what it may not, where it may not. `object` is the id or name of what
  // the action is about; empty where that is the daemon as a whole, or not known yet.
  virtual absl::Status Authorize(const Caller& caller, Action action,
                                 absl::string_view object) const = 0;

  virtual Visibility VisibleTo(const Caller& caller) const = 0;
};

// Everybody is anonymous, may do all and sees all.
const Gate& OpenGate();

}  // namespace mesos::auth
