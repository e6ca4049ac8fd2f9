#include "master/reads/element_lists.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/json/json_codec.h"
#include "google/protobuf/io/coded_stream.h"
#include "master/core/operators/operator_reads.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

using Response = v1::master::Response;
using Output = google::protobuf::io::CodedOutputStream;

static_assert(TaskRecord::kPadding >= json::kWirePadding);

class TaskList final : public ElementList {
 public:
  explicit TaskList(std::vector<absl::Span<const TaskRecord>> spans) : spans_(std::move(spans)) {}

  const google::protobuf::Descriptor& descriptor() const override {
    return *v1::Task::descriptor();
  }
  size_t batches() const override { return spans_.size(); }
  void ForEach(size_t batch, Visitor visit) const override {
    for (const TaskRecord& task : spans_[batch]) visit(task.bytes());
  }
  std::optional<size_t> FieldBytes(size_t tag_bytes) const override {
    size_t bytes = 0;
    for (const absl::Span<const TaskRecord>& span : spans_) {
      for (const TaskRecord& task : span) {
        const size_t size = task.bytes().size();
        bytes += tag_bytes + Output::VarintSize32(static_cast<uint32_t>(size)) + size;
      }
    }
    return bytes;
  }

 private:
  const std::vector<absl::Span<const TaskRecord>> spans_;
};

// Elements that are made as messages, one after the other in the same memory.
template <typename Message>
class MessageList final : public ElementList {
 public:
  using Emit = absl::FunctionRef<void(const Message&)>;
  using Make = void (*)(const Snapshot& snapshot, size_t batch, Message& scratch, Emit emit);

  MessageList(const Snapshot& snapshot, size_t batches, Make make)
      : snapshot_(snapshot), batches_(batches), make_(make) {}

  const google::protobuf::Descriptor& descriptor() const override { return *Message::descriptor(); }
  size_t batches() const override { return batches_; }
  void ForEach(size_t batch, Visitor visit) const override {
    std::string wire;
    Message scratch;
    make_(snapshot_, batch, scratch, [&](const Message& message) {
      const size_t size = message.ByteSizeLong();
      wire.resize(size + json::kWirePadding);
      message.SerializeWithCachedSizesToArray(reinterpret_cast<uint8_t*>(wire.data()));
      visit(absl::string_view(wire.data(), size));
    });
  }
  std::optional<size_t> FieldBytes(size_t tag_bytes) const override { return std::nullopt; }

 private:
  const Snapshot& snapshot_;
  const size_t batches_;
  const Make make_;
};

using AgentMessage = Response::GetAgents::Agent;
using ExecutorMessage = Response::GetExecutors::Executor;
using FrameworkMessage = Response::GetFrameworks::Framework;

void MakeAgents(const Snapshot& snapshot, size_t batch, AgentMessage& scratch,
                MessageList<AgentMessage>::Emit emit) {
  for (const auto& agent : snapshot.agents.chunk(batch)) {
    if (agent == nullptr) continue;
    scratch.Clear();
    ReadAgent(*agent, &scratch);
    emit(scratch);
  }
}

constexpr size_t kAwaitedBatch = 256;

void MakeAwaitedAgents(const Snapshot& snapshot, size_t batch, v1::AgentInfo&,
                       MessageList<v1::AgentInfo>::Emit emit) {
  const auto& agents = *snapshot.awaited_agents;
  const size_t end = std::min(agents.size(), (batch + 1) * kAwaitedBatch);
  for (size_t i = batch * kAwaitedBatch; i < end; ++i) emit(*agents[i]);
}

void MakeExecutors(const Snapshot& snapshot, size_t batch, ExecutorMessage& scratch,
                   MessageList<ExecutorMessage>::Emit emit) {
  for (const auto& agent : snapshot.agents.chunk(batch)) {
    if (agent == nullptr) continue;
    for (const ExecutorView& executor : agent->executors) {
      scratch.Clear();
      ReadExecutor(*agent, executor, &scratch);
      emit(scratch);
    }
  }
}

void MakeFrameworks(const Snapshot& snapshot, size_t batch, FrameworkMessage& scratch,
                    MessageList<FrameworkMessage>::Emit emit) {
  const auto& framework = snapshot.frameworks[batch];
  if (framework == nullptr) return;
  scratch.Clear();
  ReadFramework(*framework, &scratch);
  emit(scratch);
}

void MakeCompletedFrameworks(const Snapshot& snapshot, size_t batch, FrameworkMessage& scratch,
                             MessageList<FrameworkMessage>::Emit emit) {
  scratch.Clear();
  ReadFramework(*(*snapshot.completed_frameworks)[batch], &scratch);
  emit(scratch);
}

void AddChunks(const SharedList<TaskRecord>& tasks,
               std::vector<absl::Span<const TaskRecord>>& spans) {
  for (size_t i = 0; i < tasks.chunks(); ++i) spans.push_back(tasks.chunk(i));
}

}  // namespace

std::vector<absl::Span<const TaskRecord>> TasksOf(const Snapshot& snapshot, TaskKind kind) {
  std::vector<absl::Span<const TaskRecord>> spans;
  for (size_t i = 0; i < snapshot.frameworks.size(); ++i) {
    const FrameworkView* framework = snapshot.frameworks[i].get();
    if (framework == nullptr) continue;
    switch (kind) {
      case TaskKind::kRunning:
        AddChunks(framework->tasks, spans);
        break;
      case TaskKind::kCompleted:
        AddChunks(framework->completed_tasks, spans);
        break;
      case TaskKind::kUnreachable:
        spans.push_back(absl::MakeConstSpan(*framework->unreachable_tasks));
        break;
    }
  }
  if (kind == TaskKind::kCompleted) {
    for (const auto& framework : *snapshot.completed_frameworks) {
      AddChunks(framework->tasks, spans);
    }
  }
  return spans;
}

std::unique_ptr<ElementList> ListTasks(const Snapshot& snapshot, TaskKind kind) {
  return std::make_unique<TaskList>(TasksOf(snapshot, kind));
}

std::unique_ptr<ElementList> ListExecutors(const Snapshot& snapshot) {
  return std::make_unique<MessageList<ExecutorMessage>>(snapshot, snapshot.agents.chunks(),
                                                        MakeExecutors);
}

std::unique_ptr<ElementList> ListFrameworks(const Snapshot& snapshot) {
  return std::make_unique<MessageList<FrameworkMessage>>(snapshot, snapshot.frameworks.size(),
                                                         MakeFrameworks);
}

std::unique_ptr<ElementList> ListCompletedFrameworks(const Snapshot& snapshot) {
  return std::make_unique<MessageList<FrameworkMessage>>(
      snapshot, snapshot.completed_frameworks->size(), MakeCompletedFrameworks);
}

std::unique_ptr<ElementList> ListAgents(const Snapshot& snapshot) {
  return std::make_unique<MessageList<AgentMessage>>(snapshot, snapshot.agents.chunks(),
                                                     MakeAgents);
}

std::unique_ptr<ElementList> ListAwaitedAgents(const Snapshot& snapshot) {
  const size_t batches = (snapshot.awaited_agents->size() + kAwaitedBatch - 1) / kAwaitedBatch;
  return std::make_unique<MessageList<v1::AgentInfo>>(snapshot, batches, MakeAwaitedAgents);
}

}  // namespace mesos::master
