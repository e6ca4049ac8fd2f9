#include "tests/sim/ledger_delivery.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/sim/ledger.h"

namespace mesos::sim {

void DeliveryLedger::Sent(const std::string& machine, const v1::TaskStatus& status) {
  const std::string& uuid = status.uuid();
  if (acknowledged_.count(uuid) > 0) {
    violation_(absl::StrCat("the ", v1::TaskState_Name(status.state()), " of task ",
                            status.task_id().value(),
                            " is sent again, but its acknowledgement is "
                            "on disk: uuid ",
                            absl::BytesToHexString(uuid)));
    return;
  }
  if (!uuid.empty() && IsTerminal(status.state())) {
    waiting_[uuid] = {status.task_id().value(), machine};
  }
}

void DeliveryLedger::Ended(const std::string& machine) {
  std::erase_if(waiting_, [&](const auto& entry) {
    return entry.second.machine == machine && written_.count(entry.first) == 0;
  });
}

void DeliveryLedger::Wiped(const std::string& machine) {
  std::erase_if(waiting_, [&](const auto& entry) { return entry.second.machine == machine; });
}

void DeliveryLedger::CheckEnd() const {
  for (const auto& [uuid, end] : waiting_) {
    violation_(
        absl::StrCat("the end of task ", end.task, " on ", end.machine, " was never acknowledged"));
  }
}

}  // namespace mesos::sim
