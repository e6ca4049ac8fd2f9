#include "tests/sim/agent_node.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/recovery.h"
#include "glog/logging.h"
#include "internal/agent_link.pb.h"
#include "tests/sim/master_node.h"
#include "tests/sim/wire.h"

namespace mesos::sim {
namespace {

constexpr char kWorkDirectory[] = "/mesos";
constexpr char kMetaDirectory[] = "/mesos/meta";

void AddScalar(v1::AgentInfo* info, const std::string& name, int64_t thousandths) {
  v1::Resource* resource = info->add_resources();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(thousandths / 1000.0);
}

}  // namespace

AgentNode::AgentNode(World& world, SimNet& net, Ledger& ledger, const std::string& name,
                     Amount total)
    : world_(world),
      net_(net),
      ledger_(ledger),
      total_(total),
      node_(world.AddNode(name)),
      fs_(world.random()),
      containers_(world, node_) {
  containers_.set_watcher(
      {[this](const ContainerRun& run) { ledger_.ContainerStarted(run.task); },
       [this](const ContainerRun& run) { ledger_.ContainerEnded(run.task, run.status); },
       [this](const ContainerRun& run) { ledger_.EndForgotten(run.task); }});
}

agent::AgentOptions AgentNode::Options() const {
  agent::AgentOptions options;
  options.info.set_hostname(world_.Name(node_));
  AddScalar(&options.info, "cpus", total_.cpus);
  AddScalar(&options.info, "mem", total_.mem);
  options.ip = "10.0.0.1";
  options.version = "0.1.0";
  options.boot_id = absl::StrCat("boot-", boots_);
  options.work_directory = kWorkDirectory;
  options.runtime_directory = "/run";
  options.executor_socket = "/run/executors";
  options.launcher_directory = "/bin";
  options.switch_user = false;
  return options;
}

void AgentNode::Start() {
  world_.Restart(node_);
  const agent::AgentOptions options = Options();
  auto recovered =
      agent::Recover(fs_, {.meta_directory = kMetaDirectory, .boot_id = options.boot_id});
  if (!recovered.ok()) {
    ledger_.Fail(
        absl::StrCat(world_.Name(node_), " cannot recover: ", recovered.status().ToString()));
    world_.Crash(node_);
    return;
  }
  core_ =
      std::make_unique<agent::AgentCore>(options, *std::move(recovered), world_.random().Next());
  links_.clear();
  armed_ = absl::InfiniteFuture();
  waiting_.clear();
  written_.clear();
  next_write_ = 0;
  writing_ = false;
  containers_.Attach({[this](agent::ContainerStarted started) { Handle(std::move(started)); },
                      [this](agent::ContainerExited exited) { Handle(std::move(exited)); }});
  for (const agent::Effect& effect : core_->Start(world_.now())) CarryOut(effect);
  ArmDeadline();
}

void AgentNode::Stop(bool polite) {
  containers_.Detach();
  world_.Crash(node_);
  net_.NodeDown(node_, polite);
  core_.reset();
}

void AgentNode::Crash() {
  if (core_ != nullptr) Stop(/*polite=*/true);
}

void AgentNode::MachineCrash() {
  if (core_ != nullptr) Stop(/*polite=*/false);
  containers_.MachineCrash();
  fs_.MachineCrash();
  ++boots_;
}

void AgentNode::Handle(agent::Event event) {
  if (core_ == nullptr) return;
  for (const agent::Effect& effect : core_->Handle(world_.now(), std::move(event))) {
    CarryOut(effect);
    if (core_ == nullptr) return;
  }
  const std::string broken = core_->CheckInvariants();
  if (!broken.empty()) ledger_.Fail(absl::StrCat(world_.Name(node_), " invariant: ", broken));
  ArmDeadline();
}

void AgentNode::Dial(SessionId link) {
  Endpoint endpoint;
  endpoint.opened = [this, link] { Handle(agent::MasterLinkOpened{link}); };
  endpoint.message = [this, link](const std::string& bytes) {
    Handle(agent::MasterMessageReceived{link, Parse<internal::MasterMessage>(bytes)});
  };
  endpoint.closed = [this, link](absl::Status status) {
    Handle(agent::MasterLinkClosed{link, std::move(status)});
  };
  links_[link] = net_.Dial(node_, kAgentAddress, std::move(endpoint));
}

void AgentNode::CarryOut(const agent::Effect& effect) {
  if (auto* open = std::get_if<agent::OpenMasterLink>(&effect)) {
    Dial(open->link);
  } else if (auto* close = std::get_if<agent::CloseMasterLink>(&effect)) {
    net_.Close(links_[close->link], Side::kClient, absl::OkStatus());
  } else if (auto* send = std::get_if<agent::SendToMaster>(&effect)) {
    std::string bytes = Serialize(*send->message);
    world_.NoteMessage(node_, "-> master", *send->message, bytes);
    net_.Send(links_[send->link], Side::kClient, std::move(bytes));
  } else if (auto* checkpoint = std::get_if<agent::Checkpoint>(&effect)) {
    waiting_.push_back(*checkpoint);
    if (!writing_) {
      writing_ = true;
      WriteNext();
    }
  } else if (auto* remove = std::get_if<agent::RemoveDirectory>(&effect)) {
    const absl::Status removed = fs_.RemoveAll(remove->path);
    if (!removed.ok()) ledger_.Fail(removed.ToString());
  } else if (auto* exit = std::get_if<agent::Exit>(&effect)) {
    ledger_.Fail(absl::StrCat(world_.Name(node_), " exits: ", exit->status.ToString()));
    Stop(/*polite=*/true);
  } else {
    CarryOutContainer(effect);
  }
}

void AgentNode::CarryOutContainer(const agent::Effect& effect) {
  if (auto* launch = std::get_if<agent::LaunchContainer>(&effect)) {
    containers_.Launch(launch->spec);
  } else if (auto* reattach = std::get_if<agent::ReattachContainer>(&effect)) {
    world_.Note(node_, absl::StrCat("reattaches ", reattach->container_id));
    containers_.Reattach(reattach->container_id);
  } else if (auto* kill = std::get_if<agent::KillContainer>(&effect)) {
    world_.Note(node_, absl::StrCat("kills ", kill->container_id));
    containers_.Kill(kill->container_id, kill->grace);
  } else if (auto* check = std::get_if<agent::RunCheck>(&effect)) {
    RunCheck(*check);
  } else if (auto* destroy = std::get_if<agent::DestroyContainer>(&effect)) {
    containers_.Destroy(destroy->container_id);
  }
}

// Passes, fails, or takes longer than anybody waits for it.
void AgentNode::RunCheck(const agent::RunCheck& check) {
  const auto& environment = std::get<agent::ProcessProbe>(check.probe).spec.environment;
  const uint64_t lot = world_.random().Below(10);
  const bool passes = lot < 7;
  if (!passes) ledger_.CheckFailed(environment.at(kTaskVariable));
  const absl::Duration wait =
      lot == 9 ? absl::Hours(1) : world_.random().Jitter(absl::Milliseconds(100));
  world_.After(node_, wait, [this, token = check.token, passes] {
    Handle(agent::CheckFinished{token, passes ? 0 : 1 << 8, ""});
  });
}

absl::Status AgentNode::Write(const agent::CheckpointWrite& write) {
  const std::string path = absl::StrCat(kMetaDirectory, "/", write.path);
  const std::string parent = path.substr(0, path.rfind('/'));
  if (write.kind != agent::CheckpointWrite::Kind::kRemove) {
    if (absl::Status status = fs_.CreateDirectories(parent); !status.ok()) return status;
  }
  switch (write.kind) {
    case agent::CheckpointWrite::Kind::kReplace:
      return fs_.WriteAtomically(path, write.bytes, write.sync ? Sync::kYes : Sync::kNo);
    case agent::CheckpointWrite::Kind::kAppend:
      return fs_.AppendWhole(path, write.bytes);
    case agent::CheckpointWrite::Kind::kSymlink:
      return fs_.Symlink(write.bytes, path);
    case agent::CheckpointWrite::Kind::kRemove:
      return fs_.RemoveAll(path);
  }
  return absl::OkStatus();
}

// Takes the next write of the first checkpoint that waits; with none left the group is synced.
void AgentNode::WriteNext() {
  const absl::Duration longest = slow_disk_ ? absl::Seconds(1) : absl::Milliseconds(1);
  world_.After(node_, world_.random().Jitter(longest), [this] {
    agent::Checkpoint& first = waiting_.front();
    absl::Status status;
    if (next_write_ < first.writes.size()) status = Write(first.writes[next_write_++]);
    if (!status.ok() || next_write_ == first.writes.size()) {
      written_.push_back({first.token, status});
      waiting_.pop_front();
      next_write_ = 0;
    }
    if (waiting_.empty() || (next_write_ == 0 && world_.random().Below(4) == 0)) {
      FinishGroup();
    } else {
      WriteNext();
    }
  });
}

void AgentNode::FinishGroup() {
  fs_.SyncAll();
  const std::vector<agent::CheckpointDone> done = std::move(written_);
  written_.clear();
  writing_ = !waiting_.empty();
  if (writing_) WriteNext();
  for (const agent::CheckpointDone& each : done) Handle(each);
}

void AgentNode::ArmDeadline() {
  if (core_ == nullptr) return;
  const absl::Time next = core_->NextDeadline();
  if (next >= armed_ || next == absl::InfiniteFuture()) return;
  armed_ = next;
  world_.At(node_, next, [this, next] {
    if (armed_ == next) armed_ = absl::InfiniteFuture();
    if (core_->NextDeadline() <= world_.now()) {
      Handle(agent::Tick{});
    } else {
      ArmDeadline();
    }
  });
}

}  // namespace mesos::sim
