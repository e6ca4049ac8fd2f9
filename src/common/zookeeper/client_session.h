#pragma once

// Session over ZooKeeper's C client.
//
//   SessionFactory factory = ClientSessions(url, executor, absl::Seconds(10));
//
// An ensemble that is down or whose names do not resolve is tried again for as long as the session
// lives, and told of once in the log. Names resolve on threads apart, so that a name server that is
// silent holds nobody up. The C client's own threads only hand over to the executor, which outlives
// the session and its factory.

#include "absl/time/time.h"
#include "common/runtime/executor.h"
#include "common/zookeeper/session.h"
#include "common/zookeeper/url.h"

namespace mesos::zookeeper {

// Who may read what a session with credentials makes; changing it takes the credentials in any
// case. Without credentials everybody may do everything.
enum class Readers { kEverybody, kCreator };

// `timeout` is what the session asks for; the ensemble may agree to another.
SessionFactory ClientSessions(Url url, Executor& executor, absl::Duration timeout,
                              Readers readers = Readers::kEverybody);

}  // namespace mesos::zookeeper
