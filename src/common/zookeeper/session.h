#pragma once

// One ZooKeeper session, as a seam: the real ensemble (client_session.h) or one in memory
// (fake_zookeeper.h).
//
//   std::unique_ptr<Session> session = factory({connected, disconnected, ended});
//   session->Create("/mesos/json.info_", bytes, CreateMode::kEphemeralSequential,
//                   [](absl::StatusOr<std::string> path) { ... });
//   session->Children("/mesos", [] { changed }, [](absl::StatusOr<std::vector<std::string>>) { ...
//   });
//
//   connecting ──connected──▶ open ──disconnected──▶ connecting ...
//        └──────────────┬──────┘
//                  ended(why)          expired, or the credentials were refused: the last word
//
// Everything on the executor's thread, callbacks too, never from within a call. Destroying a
// session closes it (its ephemeral nodes go) and silences every callback; it may be done from
// within one.
//
// Statuses: NotFound (no such node), AlreadyExists, Aborted (another version), FailedPrecondition
// (node has children), PermissionDenied (access control), Unavailable (the connection was lost, the
// outcome is unknown), Cancelled (the session has ended), InvalidArgument (the path or the size).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace mesos::zookeeper {

enum class CreateMode { kPersistent, kEphemeralSequential };

// The version of a node's data; kAny matches every one.
enum class Version : int32_t { kAny = -1 };

struct Node {
  std::string data;
  Version version = Version::kAny;
};

// ---- What one Multi does, all of it or nothing

struct CreateNode {
  std::string path;
  std::string data;
};
struct SetNode {
  std::string path;
  std::string data;
  Version version;
};
struct DeleteNode {
  std::string path;
  Version version;
};
struct CheckNode {
  std::string path;
  Version version;
};
using Operation = std::variant<CreateNode, SetNode, DeleteNode, CheckNode>;

template <typename Result>
using Callback = absl::AnyInvocable<void(absl::StatusOr<Result>)>;
using Done = absl::AnyInvocable<void(absl::Status)>;

// Called once, when what was read has changed. Lost with the session.
using Watch = absl::AnyInvocable<void()>;

struct SessionObserver {
  absl::AnyInvocable<void()> connected;
  absl::AnyInvocable<void()> disconnected;
  absl::AnyInvocable<void(absl::Status)> ended;
};

class Session {
 public:
  virtual ~Session() = default;

  // Calls back with the path of the new node. Who may read and change it is the factory's matter.
  virtual void Create(const std::string& path, std::string data, CreateMode mode,
                      Callback<std::string> callback) = 0;
  // Done once this client's server has caught up with the ensemble's leader: what is read after it
  // is no older than this call. Reads alone may be answered by a server that has lost touch.
  virtual void Sync(const std::string& path, Done done) = 0;
  // `watch` may be null. It stands only where the read is answered with what it read.
  virtual void Get(const std::string& path, Watch watch, Callback<Node> callback) = 0;
  // Names, not paths, in no order.
  virtual void Children(const std::string& path, Watch watch,
                        Callback<std::vector<std::string>> callback) = 0;
  virtual void Delete(const std::string& path, Version version, Done done) = 0;
  virtual void Multi(std::vector<Operation> operations, Done done) = 0;

  // After how long without contact the ensemble ends the session: what it agreed to. Known once
  // connected.
  virtual absl::Duration timeout() const = 0;
};

using SessionFactory = std::function<std::unique_ptr<Session>(SessionObserver)>;

}  // namespace mesos::zookeeper
