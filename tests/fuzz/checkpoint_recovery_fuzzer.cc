// Any bytes in each of the checkpoint files: recovery answers, and an agent that starts from what
// it found keeps its invariants. The first byte of the input says which file the rest is.

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/paths.h"
#include "agent/checkpoint/record_codec.h"
#include "agent/checkpoint/recovery.h"
#include "agent/core/agent_core.h"
#include "common/disk/fake_file_system.h"
#include "glog/logging.h"
#include "internal/checkpoint.pb.h"

namespace mesos::agent {
namespace {

constexpr char kMeta[] = "/work_dir/meta";

class Tree {
 public:
  Tree() {
    internal::AgentCheckpoint agent;
    agent.set_version(1);
    agent.mutable_info()->set_hostname("h");
    agent.mutable_info()->mutable_id()->set_value("S0");
    Put(meta::AgentInfo("S0"), agent);
    CHECK(fs_.Symlink("S0", Path(meta::LatestAgentLink())).ok());
    internal::FrameworkCheckpoint framework;
    framework.set_version(1);
    framework.mutable_info()->set_user("u");
    framework.mutable_info()->set_name("n");
    framework.mutable_info()->mutable_id()->set_value("F");
    Put(meta::FrameworkInfo("S0", "F"), framework);
    internal::ExecutorCheckpoint executor;
    executor.set_version(1);
    executor.mutable_info()->mutable_executor_id()->set_value("E");
    Put(meta::ExecutorInfo("S0", "F", "E"), executor);
    internal::TaskCheckpoint task;
    task.set_version(1);
    task.mutable_info()->set_name("T");
    task.mutable_info()->mutable_task_id()->set_value("T");
    task.mutable_info()->mutable_agent_id()->set_value("S0");
    *task.mutable_info()->mutable_executor() = executor.info();
    Put(meta::TaskInfo(run_, "T"), task);
  }

  // The input as a whole file, or as the one record of a good one.
  void Replace(uint8_t selector, absl::string_view bytes) {
    const std::string files[] = {meta::AgentInfo("S0"), meta::FrameworkInfo("S0", "F"),
                                 meta::ExecutorInfo("S0", "F", "E"), meta::TaskInfo(run_, "T"),
                                 meta::TaskUpdates(run_, "T")};
    std::string content(bytes);
    if (selector & 0x80) content = EncodeHeader() + EncodeRecord(bytes);
    CHECK(fs_.WriteAtomically(Path(files[(selector & 0x7f) % 5]), content, Sync::kNo).ok());
  }

  MemoryFileSystem& fs() { return fs_; }

 private:
  static std::string Path(const std::string& path) { return absl::StrCat(kMeta, "/", path); }

  void Put(const std::string& path, const google::protobuf::Message& message) {
    CHECK(fs_.WriteAtomically(Path(path),
                              EncodeHeader() + EncodeRecord(message.SerializeAsString()), Sync::kNo)
              .ok());
  }

  const RunId run_{"S0", "F", "E", "C"};
  MemoryFileSystem fs_;
};

void RunAgent(RecoveredState state) {
  AgentOptions options;
  options.info.set_hostname("h");
  options.work_directory = "/work_dir";
  const absl::Time start = absl::FromUnixSeconds(1'000'000);
  AgentCore core(options, std::move(state), 1);
  Effects effects = core.Start(start);
  CHECK_EQ(core.CheckInvariants(), "");
  for (const Effect& effect : effects) {
    const auto* reattach = std::get_if<ReattachContainer>(&effect);
    if (reattach == nullptr) continue;
    core.Handle(start, ContainerExited{reattach->container_id, 0, ""});
    CHECK_EQ(core.CheckInvariants(), "");
  }
  core.Handle(start + absl::Hours(1), Tick{});
  CHECK_EQ(core.CheckInvariants(), "");
}

}  // namespace
}  // namespace mesos::agent

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mesos::agent;
  if (size == 0) return 0;
  FLAGS_minloglevel = 4;
  for (const bool strict : {true, false}) {
    Tree tree;
    tree.Replace(data[0], absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
    absl::StatusOr<RecoveredState> state = Recover(tree.fs(), {kMeta, "boot", strict});
    if (state.ok()) RunAgent(*std::move(state));
  }
  return 0;
}
