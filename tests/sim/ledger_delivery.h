#pragma once

// What agents tell of their tasks, held against what is acknowledged on their disks.
//
//   DeliveryLedger delivery([&](const std::string& what) { ledger.Fail(what); });
//   delivery.Sent(machine, status);           // by the agent, each time
//   delivery.Written(uuid);                   // an update is on the agent's disk
//   delivery.AcknowledgementHeard(uuid);      // by the agent
//   delivery.AcknowledgementWritten(uuid);    // it is on the agent's disk
//   delivery.Ended(machine);                  // the agent's process: it forgets what is not on disk
//
// Rules:
// - an update is not sent any more once its acknowledgement is on the disk
// - an end is sent until its acknowledgement is heard, also by the next process of the agent
//   (CheckEnd: nothing waits once the cluster is at rest)

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "mesos/v1/mesos.pb.h"

namespace mesos::sim {

class DeliveryLedger {
 public:
  explicit DeliveryLedger(std::function<void(const std::string&)> violation)
      : violation_(std::move(violation)) {}

  void Sent(const std::string& machine, const v1::TaskStatus& status);
  void Written(const std::string& uuid) { written_.insert(uuid); }
  void AcknowledgementHeard(const std::string& uuid) { waiting_.erase(uuid); }
  void AcknowledgementWritten(const std::string& uuid) { acknowledged_.insert(uuid); }
  void Ended(const std::string& machine);
  // Its disk is empty from now on.
  void Wiped(const std::string& machine);

  size_t Unacknowledged() const { return waiting_.size(); }
  void CheckEnd() const;

 private:
  struct End {
    std::string task;
    std::string machine;
  };

  const std::function<void(const std::string&)> violation_;
  std::map<std::string, End> waiting_;  // by uuid
  std::set<std::string> written_;       // uuids
  std::set<std::string> acknowledged_;  // uuids
};

}  // namespace mesos::sim
