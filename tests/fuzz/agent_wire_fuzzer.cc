// Whatever bytes a master and executors send, the agent's core stays sound.
//
// The input is a sequence of wire_events.h for a registered agent with tasks t1 and t2 of executor
// e1 (session 500) and the command task t3, all of framework-1. Kinds:
//   0     the master's message
//   1, 2  an executor's call on session 500, on session 501
//   3     an executor's call that stands alone, as over HTTP
//   4, 5  session 500 is closed, session 501 is closed
//   6     the link to the master breaks, and another one registers the agent
//   7     20 seconds pass
//   8     every container that was launched starts; the payload is not read
//   9     every container ends, with the payload's first byte as exit status
//   10    a new agent process takes over what is on disk

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "glog/logging.h"
#include "tests/fuzz/wire_events.h"
#include "tests/unit/agent/agent_harness.h"

namespace mesos::agent {
namespace {

class Target {
 public:
  Target() {
    agent_.Register();
    agent_.RunTasks(TestFramework(), {ExecutorTask("t1", "e1"), ExecutorTask("t2", "e1")});
    agent_.RunTasks(TestFramework(), {CommandTask("t3")});
    NoteContainers();
    StartContainers();
    agent_.ExecutorSubscribe("e1", SessionId{500});
    Check();
  }

  void Take(const WireEvents& event) {
    if (ended_) return;
    switch (event.kind()) {
      case 0:
        if (auto message = ParseWire<internal::MasterMessage>(event.payload())) {
          agent_.Handle(MasterMessageReceived{agent_.link(), std::move(message)});
        }
        break;
      case 1:
        Call(SessionId{500}, CallToken::kNone, event.payload());
        break;
      case 2:
        Call(SessionId{501}, CallToken::kNone, event.payload());
        break;
      case 3:
        Call(SessionId::kNone, CallToken{++last_token_}, event.payload());
        break;
      case 4:
        agent_.Handle(ExecutorSessionClosed{SessionId{500}});
        break;
      case 5:
        agent_.Handle(ExecutorSessionClosed{SessionId{501}});
        break;
      case 6:
        agent_.CloseLink();
        agent_.Advance(absl::Seconds(1));
        agent_.Register();
        break;
      case 7:
        agent_.Advance(absl::Seconds(20));
        break;
      case 8:
        StartContainers();
        break;
      case 9:
        EndContainers(event.payload().empty() ? 0 : event.payload()[0]);
        break;
      case 10:
        agent_.Restart();
        agent_.Register();
        break;
      default:
        return;
    }
    NoteContainers();
    Check();
  }

  void Finish() {
    if (ended_) return;
    EndContainers(0);
    agent_.Advance(absl::Minutes(20));
    Check();
  }

 private:
  void Call(SessionId session, CallToken token, absl::string_view bytes) {
    auto call = ParseWire<v1::executor::Call>(bytes);
    if (call == nullptr) return;
    ExecutorProof proof;
    proof.container_id =
        agent_.core().ContainerOf(call->framework_id().value(), call->executor_id().value()).id;
    agent_.Handle(
        ExecutorCallReceived{session, std::move(call), auth::Anonymous(), std::move(proof), token});
  }

  void NoteContainers() {
    for (const LaunchContainer& launch : agent_.Take<LaunchContainer>()) {
      launched_.push_back(launch.spec.container_id);
      running_.push_back(launch.spec.container_id);
    }
    ended_ = ended_ || !agent_.Take<Exit>().empty();
    agent_.TakeAll();
  }

  void StartContainers() {
    for (const std::string& id : std::exchange(launched_, {})) agent_.Started(id);
  }

  void EndContainers(int code) {
    StartContainers();
    for (const std::string& id : std::exchange(running_, {})) agent_.Exited(id, ExitStatus(code));
  }

  void Check() {
    const std::string wrong = agent_.core().CheckInvariants();
    if (wrong.empty()) return;
    std::cerr << wrong << "\n";
    std::abort();
  }

  AgentHarness agent_;
  uint64_t last_token_ = 1'000'000;
  std::vector<std::string> launched_;
  std::vector<std::string> running_;
  bool ended_ = false;  // the daemon would have left
};

}  // namespace
}  // namespace mesos::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;
    return true;
  }();
  (void)quiet;
  mesos::agent::Target target;
  for (mesos::WireEvents events(data, size); events.Next();) target.Take(events);
  target.Finish();
  return 0;
}
