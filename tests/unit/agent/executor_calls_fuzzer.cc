// What executors may say over HTTP, line by line: a line that is a call as JSON reaches an agent
// with one executor and two tasks, "-" before it as a call that stands alone. Whatever it is, the
// core stays sound and its state can be read.

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "agent/api/classic_reads.h"
#include "agent/api/v1_reads.h"
#include "common/json/json_codec.h"
#include "glog/logging.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

constexpr size_t kMaxCalls = 20;

void CheckSound(const std::string& wrong) {
  if (wrong.empty()) return;
  std::cerr << wrong << "\n";
  std::abort();
}

void Run(absl::string_view input) {
  AgentHarness agent;
  agent.Register();
  agent.RunTasks(TestFramework(), {ExecutorTask("t1", "e1"), ExecutorTask("t2", "e1")});
  const std::string container = agent.Take<LaunchContainer>().at(0).spec.container_id;
  agent.Started(container);
  uint64_t token = 0;
  for (absl::string_view line : absl::StrSplit(input, '\n')) {
    if (++token > kMaxCalls) break;
    const bool alone = absl::ConsumePrefix(&line, "-");
    auto call = std::make_shared<v1::executor::Call>();
    if (!json::FromJson(line, *call).ok()) continue;
    agent.Handle(ExecutorCallReceived{alone ? SessionId::kNone : SessionId{7}, std::move(call),
                                      auth::Anonymous(), ExecutorProof{"", container},
                                      CallToken{token}});
    CheckSound(agent.core().CheckInvariants());
  }
  auto snapshot = agent.core().TakeSnapshot(agent.now());
  v1::agent::Call get_state;
  get_state.set_type(v1::agent::Call::GET_STATE);
  const auto response = Read(get_state, *snapshot, [] { return ProcessTable({}); });
  if (!response.ok()) std::abort();
  auto body = StateBody(std::move(snapshot), std::make_shared<const AgentFacts>(), {});
  std::string text;
  while (body->Next(text)) continue;
  agent.Exited(container, ExitStatus(0));
  CheckSound(agent.core().CheckInvariants());
}

}  // namespace
}  // namespace mesos::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;
    return true;
  }();
  (void)quiet;
  mesos::agent::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
