#pragma once

// A master, and schedulers and agents as thin as may be, over one of its transports: the same
// scenarios run over each.
//
//   std::unique_ptr<Transport> transport = NewHttpTransport(net::MediaType::kJson);
//   std::unique_ptr<SchedulerPeer> scheduler = transport->NewScheduler();
//   scheduler->Subscribe(call);
//   std::optional<v1::scheduler::Event> event = scheduler->Next();
//
// Waiting ends in a failure of the test after kPatience. One thread, the test's.

#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/net/media_type.h"
#include "internal/agent_link.pb.h"
#include "master/core/master_core.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

inline constexpr absl::Duration kPatience = absl::Seconds(30);

class SchedulerPeer {
 public:
  virtual ~SchedulerPeer() = default;

  // Opens the session; once.
  virtual void Subscribe(const v1::scheduler::Call& call) = 0;

  // A call that the master accepts.
  virtual void Call(const v1::scheduler::Call& call) = 0;

  // A call that the master refuses: its reason.
  virtual std::string Refused(const v1::scheduler::Call& call) = 0;

  // The next event, heartbeats apart; nullopt where the session has ended.
  virtual std::optional<v1::scheduler::Event> Next() = 0;

  // The connection breaks.
  virtual void Vanish() = 0;
};

class AgentPeer {
 public:
  virtual ~AgentPeer() = default;

  virtual void Send(const internal::AgentMessage& message) = 0;

  // The next message, pings apart.
  virtual internal::MasterMessage Next() = 0;

  virtual void Vanish() = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  virtual std::unique_ptr<SchedulerPeer> NewScheduler() = 0;
  virtual std::unique_ptr<AgentPeer> NewAgent() = 0;
};

// No I/O at all: the core alone, its effects handed to the peers.
std::unique_ptr<Transport> NewCoreTransport();
// A whole master on a real port; agents come over gRPC in either case.
std::unique_ptr<Transport> NewGrpcTransport();
std::unique_ptr<Transport> NewHttpTransport(net::MediaType type);

// Options of the masters under test.
MasterOptions TestOptions(absl::Time now);

}  // namespace mesos::master
