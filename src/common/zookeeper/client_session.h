#pragma once

// Session over ZooKeeper's C client.
//
//   SessionFactory factory = ClientSessions(url, executor, absl::Seconds(10));
//
// An ensemble that is down or whose names do not resolve is tried again for as long as the session
// lives. The C client's own threads only hand over to the executor, which outlives the session.

#include "absl/time/time.h"
#include "common/runtime/executor.h"
#include "common/zookeeper/session.h"
#include "common/zookeeper/url.h"

namespace mesos::zookeeper {

// `timeout` is what the session asks for; the ensemble may agree to another.
SessionFactory ClientSessions(Url url, Executor& executor, absl::Duration timeout);

}  // namespace mesos::zookeeper
