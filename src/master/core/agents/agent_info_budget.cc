#include "master/core/agents/agent_info_budget.h"

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"

namespace mesos::master {

absl::StatusOr<AgentInfoBudget::Charge> AgentInfoBudget::Take(const std::string& ip,
                                                              size_t bytes) const {
  auto host = ledger_->by_host.find(ip);
  const size_t of_host = (host == ledger_->by_host.end() ? 0 : host->second) + bytes;
  if (of_host > limits::kMaxAgentInfosBytesPerHost) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "The agents of ", ip, " would say ", of_host,
        " bytes of themselves, more than the limit of ", limits::kMaxAgentInfosBytesPerHost,
        " bytes for one host: give them fewer attributes"));
  }
  if (ledger_->bytes + bytes > limits::kMaxAgentInfosBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("All agents would say ", ledger_->bytes + bytes,
                     " bytes of themselves, more than the limit of ", limits::kMaxAgentInfosBytes,
                     " bytes: give them fewer attributes"));
  }
  return Add(ip, bytes);
}

AgentInfoBudget::Charge AgentInfoBudget::Add(const std::string& ip, size_t bytes) const {
  ledger_->bytes += bytes;
  if (!ip.empty()) ledger_->by_host[ip] += bytes;
  return Charge(nullptr, [ledger = ledger_, ip, bytes](const void*) {
    ledger->bytes -= bytes;
    auto host = ledger->by_host.find(ip);
    if (host == ledger->by_host.end()) return;
    host->second -= bytes;
    if (host->second == 0) ledger->by_host.erase(host);
  });
}

}  // namespace mesos::master
