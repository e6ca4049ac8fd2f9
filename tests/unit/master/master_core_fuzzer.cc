// Whatever a scheduler and an agent say, the master neither crashes nor loses its books.
//
// The input's lines are events for a master with one framework (m1-0000, session 1), one agent
// (m1-S0, session 2) and one offer (m1-O0). The first letter says which, the rest is a message in
// its text form:
//   s, S  a scheduler's call on session 1, on session 3
//   a, A  an agent's message on session 2, on session 4
//   c, C  sessions 1 and 2 are closed
//   t     20 seconds pass

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "glog/logging.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "internal/agent_link.pb.h"
#include "master/allocator/allocator.h"
#include "master/core/commit_at_once.h"
#include "master/core/master_core.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {
namespace {

template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  google::protobuf::TextFormat::Parser parser;
  parser.AllowPartialMessage(true);
  parser.SetRecursionLimit(50);
  struct Silence : google::protobuf::io::ErrorCollector {
    void AddError(int, int, const std::string&) override {}
  } silence;
  parser.RecordErrorsTo(&silence);
  (void)parser.ParseFromString(text, &message);
  return message;
}

class Target {
 public:
  Target() : core_(Options(), NewHierarchicalAllocator({}), now_) {
    Call(SessionId{1},
         Parse<v1::scheduler::Call>(
             "type: SUBSCRIBE subscribe { framework_info { user: 'u' name: 'n' roles: 'r' "
             "capabilities { type: MULTI_ROLE } } }"));
    Send(SessionId{2},
         Parse<internal::AgentMessage>(
             "register_agent { version: '1' info { hostname: 'h' resources { name: 'cpus' type: "
             "SCALAR scalar { value: 8 } } resources { name: 'mem' type: SCALAR scalar { value: "
             "4096 } } } }"));
  }

  void Call(SessionId session, v1::scheduler::Call call) {
    Handle(SchedulerCallReceived{
        session, std::make_shared<const v1::scheduler::Call>(std::move(call)), auth::Anonymous()});
  }

  void Send(SessionId session, internal::AgentMessage message) {
    // The stream takes whole messages only.
    if (!message.IsInitialized()) return;
    Handle(AgentMessageReceived{session,
                                std::make_shared<const internal::AgentMessage>(std::move(message)),
                                auth::Anonymous("127.0.0.1")});
  }

  void Handle(Event event) {
    (void)HandleAndCommit(core_, now_, std::move(event));
    const absl::Status invariants = core_.CheckInvariants();
    CHECK(invariants.ok()) << invariants;
  }

  void Pass(absl::Duration duration) {
    now_ += duration;
    Handle(Tick{});
  }

 private:
  static MasterOptions Options() {
    MasterOptions options;
    options.id = "m1";
    options.ip = "127.0.0.1";
    options.start_time = absl::UnixEpoch();
    return options;
  }

  absl::Time now_ = absl::UnixEpoch();
  MasterCore core_;
};

void Run(const std::string& input) {
  Target target;
  int events = 0;
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(input, '\n'))) {
    if (line.empty() || ++events > 64) continue;
    const std::string text = line.substr(1);
    switch (line[0]) {
      case 's':
        target.Call(SessionId{1}, Parse<v1::scheduler::Call>(text));
        break;
      case 'S':
        target.Call(SessionId{3}, Parse<v1::scheduler::Call>(text));
        break;
      case 'a':
        target.Send(SessionId{2}, Parse<internal::AgentMessage>(text));
        break;
      case 'A':
        target.Send(SessionId{4}, Parse<internal::AgentMessage>(text));
        break;
      case 'c':
        target.Handle(SchedulerSessionClosed{SessionId{1}});
        break;
      case 'C':
        target.Handle(AgentSessionClosed{SessionId{2}});
        break;
      case 't':
        target.Pass(absl::Seconds(20));
        break;
    }
  }
  target.Pass(absl::Minutes(20));
}

}  // namespace
}  // namespace mesos::master

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const bool quiet = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;
    return true;
  }();
  (void)quiet;
  mesos::master::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
