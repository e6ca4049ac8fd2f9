// Whatever bytes agents, schedulers and operators send, the master neither crashes nor loses its
// books, and its tasks can be read.
//
// The input is a sequence of wire_events.h for a master with one framework (m1-0000, session 1),
// one agent (m1-S0, session 2) that runs its task t1 on port 31000, and offers of the rest. Kinds:
//   0, 1  a scheduler's call on session 1, on session 3
//   2, 3  an agent's message on session 2, on session 4
//   4     an operator's call
//   5, 6  session 1 is closed, session 2 is closed
//   7, 8  session 3 is closed, session 4 is closed
//   9     20 seconds pass

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "common/json/json_codec.h"
#include "glog/logging.h"
#include "google/protobuf/text_format.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "master/core/commit_at_once.h"
#include "master/core/master_core.h"
#include "master/core/views/snapshot.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/fuzz/wire_events.h"

namespace mesos::master {
namespace {

constexpr char kSubscribe[] =
    "type: SUBSCRIBE subscribe { framework_info { user: 'u' name: 'n' roles: 'r' "
    "failover_timeout: 60 capabilities { type: MULTI_ROLE } } }";
constexpr char kRegister[] =
    "register_agent { version: '1' info { hostname: 'h' resources { name: 'cpus' type: SCALAR "
    "scalar { value: 8 } } resources { name: 'mem' type: SCALAR scalar { value: 4096 } } resources "
    "{ name: 'ports' type: RANGES ranges { range { begin: 31000 end: 31009 } } } } }";
constexpr char kLaunch[] =
    "type: ACCEPT framework_id { value: 'm1-0000' } accept { offer_ids { value: 'm1-O0' } "
    "filters { refuse_seconds: 0 } operations { type: LAUNCH launch { task_infos { name: 't' "
    "task_id { value: 't1' } agent_id { value: 'm1-S0' } command { value: 'x' } resources { name: "
    "'ports' type: RANGES ranges { range { begin: 31000 end: 31000 } } } } } } }";

template <typename Message>
std::shared_ptr<const Message> FromText(const char* text) {
  auto message = std::make_shared<Message>();
  CHECK(google::protobuf::TextFormat::ParseFromString(text, message.get()));
  return message;
}

class Target {
 public:
  Target() : core_(Options(), NewHierarchicalAllocator({}), now_) {
    Call(1, FromText<v1::scheduler::Call>(kSubscribe));
    Send(2, FromText<internal::AgentMessage>(kRegister));
    Call(1, FromText<v1::scheduler::Call>(kLaunch));
    CHECK_EQ(core_.Stats().tasks, 1u);
  }

  void Take(const WireEvents& event) {
    switch (event.kind()) {
      case 0:
        return Call(1, ParseWire<v1::scheduler::Call>(event.payload()));
      case 1:
        return Call(3, ParseWire<v1::scheduler::Call>(event.payload()));
      case 2:
        return Send(2, ParseWire<internal::AgentMessage>(event.payload()));
      case 3:
        return Send(4, ParseWire<internal::AgentMessage>(event.payload()));
      case 4:
        return Operate(ParseWire<v1::master::Call>(event.payload()));
      case 5:
        return Handle(SchedulerSessionClosed{SessionId{1}});
      case 6:
        return Handle(AgentSessionClosed{SessionId{2}});
      case 7:
        return Handle(SchedulerSessionClosed{SessionId{3}});
      case 8:
        return Handle(AgentSessionClosed{SessionId{4}});
      case 9:
        return Pass(absl::Seconds(20));
      default:
        return;
    }
  }

  void Pass(absl::Duration duration) {
    now_ += duration;
    Handle(Tick{});
  }

  // As operators read tasks, from their records.
  void ReadTasks() {
    const std::shared_ptr<const Snapshot> snapshot = core_.TakeSnapshot();
    std::string text;
    for (size_t i = 0; i < snapshot->frameworks.size(); ++i) {
      if (snapshot->frameworks[i] == nullptr) continue;
      const auto& tasks = snapshot->frameworks[i]->tasks;
      for (size_t j = 0; j < tasks.size(); ++j) {
        json::AppendJson(*v1::Task::descriptor(), tasks[j].bytes(), text);
        CHECK(tasks[j].ToProto().unknown_fields().empty());
      }
    }
  }

 private:
  static MasterOptions Options() {
    MasterOptions options;
    options.id = "m1";
    options.ip = "127.0.0.1";
    options.start_time = absl::UnixEpoch();
    return options;
  }

  void Call(uint64_t session, std::shared_ptr<const v1::scheduler::Call> call) {
    if (call != nullptr)
      Handle(SchedulerCallReceived{SessionId{session}, std::move(call), auth::Anonymous()});
  }

  void Send(uint64_t session, std::shared_ptr<const internal::AgentMessage> message) {
    if (message == nullptr) return;
    Handle(
        AgentMessageReceived{SessionId{session}, std::move(message), auth::Anonymous("127.0.0.1")});
  }

  void Operate(std::shared_ptr<const v1::master::Call> call) {
    if (call == nullptr) return;
    Handle(OperatorCallReceived{CallToken{++last_token_}, std::move(call), auth::Anonymous()});
  }

  void Handle(Event event) {
    (void)HandleAndCommit(core_, now_, std::move(event));
    const absl::Status invariants = core_.CheckInvariants();
    CHECK(invariants.ok()) << invariants;
  }

  absl::Time now_ = absl::UnixEpoch();
  uint64_t last_token_ = 0;
  MasterCore core_;
};

}  // namespace
}  // namespace mesos::master

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;
    return true;
  }();
  (void)quiet;
  mesos::master::Target target;
  for (mesos::WireEvents events(data, size); events.Next();) target.Take(events);
  target.ReadTasks();
  target.Pass(absl::Minutes(20));
  return 0;
}
