#include "tests/sim/agent_node.h"

#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/checkpoint/record_codec.h"
#include "agent/checkpoint/recovery.h"
#include "glog/logging.h"
#include "internal/checkpoint.pb.h"
#include "tests/sim/master_node.h"
#include "tests/sim/wire.h"

namespace mesos::sim {
namespace {

// How long an operator takes to make a machine anew.
constexpr absl::Duration kAgentStartsAgainAfter = absl::Seconds(10);

constexpr char kWorkDirectory[] = "/mesos";
constexpr char kMetaDirectory[] = "/mesos/meta";

void AddScalar(v1::AgentInfo* info, const std::string& name, int64_t thousandths) {
  v1::Resource* resource = info->add_resources();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(thousandths / 1000.0);
}

}  // namespace

AgentNode::AgentNode(Deps deps, const std::string& name, Amount total)
    : world_(deps.world),
      net_(deps.net),
      ledger_(deps.ledger),
      delivery_(deps.delivery),
      find_master_(std::move(deps.find_master)),
      bounds_(deps.bounds),
      total_(total),
      node_(world_.AddNode(name)),
      fs_(world_.random()),
      containers_(world_, node_) {
  containers_.set_watcher(
      {[this](const ContainerRun& run) { ledger_.ContainerStarted(run.task); },
       [this](const ContainerRun& run) { ledger_.ContainerEnded(run.task, run.status); },
       [this](const ContainerRun& run) { ledger_.EndForgotten(run.task); }});
}

agent::AgentOptions AgentNode::Options() const {
  agent::AgentOptions options;
  options.info.set_hostname(world_.Name(node_));
  options.info.set_port(5051);
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
  options.max_statuses_per_task = bounds_.agent_statuses;
  options.max_completed_executors_per_framework = bounds_.completed_executors;
  options.max_completed_frameworks = bounds_.completed_frameworks;
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
  executor_ = std::make_unique<SimExecutor>(world_, node_);
  dialer_ = MakeDialer<AgentDialer>(world_, net_, node_, *executor_, find_master_, kAgentService);
  core_ =
      std::make_unique<agent::AgentCore>(options, *std::move(recovered), world_.random().Next());
  armed_ = absl::InfiniteFuture();
  running_checks_.clear();
  waiting_.clear();
  written_.clear();
  next_write_ = 0;
  writing_ = false;
  containers_.Attach({[this](agent::ContainerStarted started) { Handle(std::move(started)); },
                      [this](agent::ContainerExited exited) { Handle(std::move(exited)); }});
  for (const agent::Effect& effect : core_->Start(world_.now())) CarryOut(effect);
  ArmDeadline();
}

void AgentNode::CountBounds(BoundCounts* met) const {
  if (core_ == nullptr) return;
  const agent::AgentStats stats = core_->Stats();
  (*met)["agent statuses"] += stats.statuses_dropped;
  (*met)["completed executors"] += stats.completed_executors_dropped;
  (*met)["completed frameworks"] += stats.completed_frameworks_dropped;
}

BoundCounts AgentNode::bounds_met() const {
  BoundCounts met = bounds_met_;
  CountBounds(&met);
  return met;
}

void AgentNode::Stop(bool polite) {
  CountBounds(&bounds_met_);
  containers_.Detach();
  world_.Crash(node_);
  net_.NodeDown(node_, polite);
  delivery_.Ended(world_.Name(node_));
  core_.reset();
  links_.clear();
  dialer_.reset();
  executor_.reset();
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

void AgentNode::Wipe() {
  MachineCrash();
  fs_.Wipe();
  delivery_.Wiped(world_.Name(node_));
}

// Only one that was marked gone may be told to; its operator makes the machine anew.
void AgentNode::Exit(const absl::Status& status) {
  const std::string name = world_.Name(node_);
  if (!ledger_.MayBeGone(ledger_.AgentOf(name)) && !absl::IsAborted(status)) {
    ledger_.Fail(absl::StrCat(name, " exits: ", status.ToString()));
  }
  world_.Note(node_, absl::StrCat("exits: ", status.ToString()));
  Stop(/*polite=*/true);
  Wipe();
  world_.AfterAlways(kAgentStartsAgainAfter, [this] {
    if (!up()) Start();
  });
}

void AgentNode::Handle(agent::Event event) {
  if (core_ == nullptr) return;
  CountLateChecks();
  for (const agent::Effect& effect : core_->Handle(world_.now(), std::move(event))) {
    CarryOut(effect);
    if (core_ == nullptr) return;
  }
  const std::string broken = core_->CheckInvariants();
  if (!broken.empty()) ledger_.Fail(absl::StrCat(world_.Name(node_), " invariant: ", broken));
  ArmDeadline();
}

void AgentNode::OpenLink(SessionId link) {
  rpc::StreamObserver<internal::MasterMessage> observer;
  observer.opened = [this, link] { Handle(agent::MasterLinkOpened{link}); };
  observer.message = [this, link](std::shared_ptr<const internal::MasterMessage> message) {
    if (message->has_acknowledge()) delivery_.AcknowledgementHeard(message->acknowledge().uuid());
    Handle(agent::MasterMessageReceived{link, std::move(message)});
  };
  observer.closed = [this, link](absl::Status status) {
    if (links_.count(link) == 0) return;
    DropLink(link);
    Handle(agent::MasterLinkClosed{link, std::move(status)});
  };
  links_[link] = dialer_->Dial(*executor_, std::move(observer));
}

void AgentNode::DropLink(SessionId link) {
  auto dropped = links_.extract(link);
  if (dropped.empty()) return;
  executor_->Post("drop_link",
                  [stream = std::move(dropped.mapped())]() mutable { stream.reset(); });
}

void AgentNode::CarryOut(const agent::Effect& effect) {
  if (auto* open = std::get_if<agent::OpenMasterLink>(&effect)) {
    OpenLink(open->link);
  } else if (auto* close = std::get_if<agent::CloseMasterLink>(&effect)) {
    if (auto it = links_.find(close->link); it != links_.end()) it->second->Close(absl::OkStatus());
    DropLink(close->link);
  } else if (auto* send = std::get_if<agent::SendToMaster>(&effect)) {
    if (send->message->has_status_update())
      delivery_.Sent(world_.Name(node_), send->message->status_update().status());
    if (auto it = links_.find(send->link); it != links_.end()) it->second->Send(send->message);
  } else if (auto* checkpoint = std::get_if<agent::Checkpoint>(&effect)) {
    waiting_.push_back(*checkpoint);
    if (!writing_) {
      writing_ = true;
      WriteNext();
    }
  } else if (auto* remove = std::get_if<agent::RemoveDirectory>(&effect)) {
    const absl::Status removed = fs_.RemoveAll(remove->path);
    if (!removed.ok()) ledger_.Fail(removed.ToString());
  } else if (std::holds_alternative<agent::MeasureDisk>(effect)) {
    MeasureDisk();
  } else if (auto* exit = std::get_if<agent::Exit>(&effect)) {
    Exit(exit->status);
  } else {
    CarryOutContainer(effect);
  }
}

// Anything between empty and full, or no answer of the system.
void AgentNode::MeasureDisk() {
  const uint64_t percent = world_.random().Next() % 101;
  executor_->Post("disk_measured", [this, percent] {
    if (percent == 0) {
      Handle(agent::DiskMeasured{absl::UnavailableError("the disk does not answer")});
    } else {
      Handle(agent::DiskMeasured{static_cast<double>(percent) / 100});
    }
  });
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
  const std::string task =
      std::get<agent::ProcessProbe>(check.probe).spec.environment.at(kTaskVariable);
  running_checks_[check.token] = {task, world_.now()};
  const uint64_t lot = world_.random().Below(10);
  const bool passes = lot < 7;
  if (!passes) ledger_.CheckFailed(task);
  const absl::Duration wait =
      lot == 9 ? absl::Hours(1) : world_.random().Jitter(absl::Milliseconds(100));
  world_.After(node_, wait, [this, token = check.token, passes] {
    CountLateChecks();
    running_checks_.erase(token);
    Handle(agent::CheckFinished{token, passes ? 0 : 1 << 8, ""});
  });
}

void AgentNode::CountLateChecks() {
  std::erase_if(running_checks_, [this](const auto& entry) {
    const auto& [task, started] = entry.second;
    if (world_.now() < started + kCheckTimeout) return false;
    ledger_.CheckFailed(task);
    return true;
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
      const agent::CheckpointToken token = first.token;
      written_.emplace_back(std::move(first), agent::CheckpointDone{token, status});
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
  const auto done = std::exchange(written_, {});
  writing_ = !waiting_.empty();
  if (writing_) WriteNext();
  for (const auto& [checkpoint, result] : done) {
    if (result.status.ok()) TellWritten(checkpoint);
    Handle(result);
  }
}

void AgentNode::TellWritten(const agent::Checkpoint& checkpoint) {
  for (const agent::CheckpointWrite& write : checkpoint.writes) {
    if (write.kind != agent::CheckpointWrite::Kind::kAppend) continue;
    const std::string header = agent::EncodeHeader();
    const std::string bytes =
        absl::StartsWith(write.bytes, header) ? write.bytes : absl::StrCat(header, write.bytes);
    auto decoded = agent::DecodeRecords(write.path, bytes);
    if (!decoded.ok()) {
      ledger_.Fail(absl::StrCat("the checkpoint writes ", decoded.status().ToString()));
      continue;
    }
    for (absl::string_view record : decoded->records) {
      const auto update = Parse<internal::StatusUpdateRecord>(std::string(record));
      if (update->has_update()) delivery_.Written(update->update().status().uuid());
      if (update->has_acknowledged_uuid())
        delivery_.AcknowledgementWritten(update->acknowledged_uuid());
    }
  }
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
