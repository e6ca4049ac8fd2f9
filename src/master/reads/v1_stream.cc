#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/json/json_codec.h"
#include "glog/logging.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "master/reads/element_lists.h"
#include "master/reads/piecewise_body.h"
#include "master/reads/v1_reads.h"

namespace mesos::master {
namespace {

using Call = v1::master::Call;
using Response = v1::master::Response;
using OperatorEvent = v1::master::Event;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::internal::WireFormatLite;
using Output = google::protobuf::io::CodedOutputStream;

// One list of a response.
struct ListField {
  const FieldDescriptor* field;
  std::unique_ptr<ElementList> elements;
};

// A message of lists (GetTasks, GetAgents, ...), or of such messages (GetState).
struct Node {
  const FieldDescriptor* field;  // that it is the value of
  std::vector<ListField> lists;
  std::vector<Node> parts;
};

const FieldDescriptor* FieldOf(const Descriptor& message, const char* name) {
  const FieldDescriptor* field = message.FindFieldByName(name);
  CHECK(field != nullptr) << message.full_name() << " has no field " << name;
  return field;
}

Node TasksNode(const Snapshot& snapshot, const Descriptor& parent) {
  Node node{FieldOf(parent, "get_tasks"), {}, {}};
  const Descriptor& tasks = *Response::GetTasks::descriptor();
  node.lists.push_back({FieldOf(tasks, "tasks"), ListTasks(snapshot, TaskKind::kRunning)});
  node.lists.push_back(
      {FieldOf(tasks, "completed_tasks"), ListTasks(snapshot, TaskKind::kCompleted)});
  node.lists.push_back(
      {FieldOf(tasks, "unreachable_tasks"), ListTasks(snapshot, TaskKind::kUnreachable)});
  return node;
}

Node ExecutorsNode(const Snapshot& snapshot, const Descriptor& parent) {
  Node node{FieldOf(parent, "get_executors"), {}, {}};
  node.lists.push_back(
      {FieldOf(*Response::GetExecutors::descriptor(), "executors"), ListExecutors(snapshot)});
  return node;
}

Node FrameworksNode(const Snapshot& snapshot, const Descriptor& parent) {
  Node node{FieldOf(parent, "get_frameworks"), {}, {}};
  const Descriptor& frameworks = *Response::GetFrameworks::descriptor();
  node.lists.push_back({FieldOf(frameworks, "frameworks"), ListFrameworks(snapshot)});
  node.lists.push_back(
      {FieldOf(frameworks, "completed_frameworks"), ListCompletedFrameworks(snapshot)});
  return node;
}

Node AgentsNode(const Snapshot& snapshot, const Descriptor& parent) {
  Node node{FieldOf(parent, "get_agents"), {}, {}};
  const Descriptor& agents = *Response::GetAgents::descriptor();
  node.lists.push_back({FieldOf(agents, "agents"), ListAgents(snapshot)});
  node.lists.push_back({FieldOf(agents, "recovered_agents"), ListAwaitedAgents(snapshot)});
  return node;
}

// Null where the response has no lists worth streaming.
std::optional<Node> NodeOf(const Snapshot& snapshot, Call::Type type) {
  const Descriptor& response = *Response::descriptor();
  if (type == Call::GET_TASKS) return TasksNode(snapshot, response);
  if (type == Call::GET_EXECUTORS) return ExecutorsNode(snapshot, response);
  if (type == Call::GET_FRAMEWORKS) return FrameworksNode(snapshot, response);
  if (type == Call::GET_AGENTS) return AgentsNode(snapshot, response);
  if (type != Call::GET_STATE) return std::nullopt;
  Node state{FieldOf(response, "get_state"), {}, {}};
  const Descriptor& parent = *Response::GetState::descriptor();
  state.parts.push_back(TasksNode(snapshot, parent));
  state.parts.push_back(ExecutorsNode(snapshot, parent));
  state.parts.push_back(FrameworksNode(snapshot, parent));
  state.parts.push_back(AgentsNode(snapshot, parent));
  return state;
}

// ---- JSON

PiecewiseBody::Step JsonListStep(std::shared_ptr<const ElementList> elements) {
  return
      [elements = std::move(elements), batch = size_t{0}, first = true](std::string& out) mutable {
        if (batch == elements->batches()) return false;
        elements->ForEach(batch++, [&](absl::string_view wire) {
          if (!std::exchange(first, false)) out += ',';
          json::AppendJson(elements->descriptor(), wire, out);
        });
        return true;
      };
}

void AddJsonSteps(Node node, PiecewiseBody::Steps& steps) {
  std::string before = "\"" + node.field->name() + "\":{";
  for (ListField& list : node.lists) {
    steps.push_back(PiecewiseBody::Text(before + "\"" + list.field->name() + "\":["));
    if (list.elements != nullptr) steps.push_back(JsonListStep(std::move(list.elements)));
    before = "],";
  }
  if (!node.lists.empty()) steps.push_back(PiecewiseBody::Text("]}"));
  for (Node& part : node.parts) {
    steps.push_back(PiecewiseBody::Text(std::exchange(before, ",")));
    AddJsonSteps(std::move(part), steps);
  }
  if (!node.parts.empty()) steps.push_back(PiecewiseBody::Text("}"));
}

// ---- Protobuf: the length of a message stands before it, so it is known before its first byte

constexpr auto kLengthDelimited = WireFormatLite::WIRETYPE_LENGTH_DELIMITED;

void AppendTagAndSize(const FieldDescriptor& field, size_t size, std::string& out) {
  uint8_t bytes[16];
  uint8_t* end = WireFormatLite::WriteTagToArray(field.number(), kLengthDelimited, bytes);
  end = Output::WriteVarint32ToArray(static_cast<uint32_t>(size), end);
  out.append(reinterpret_cast<char*>(bytes), static_cast<size_t>(end - bytes));
}

void AppendElements(const ListField& list, size_t batch, std::string& out) {
  list.elements->ForEach(batch, [&](absl::string_view wire) {
    AppendTagAndSize(*list.field, wire.size(), out);
    out.append(wire.data(), wire.size());
  });
}

// A list whose length is known. What has to be made for that is made again when it is written: a
// list of fifty thousand agents would take tens of megabytes for each reader.
struct MeasuredList {
  ListField list;
  size_t bytes = 0;

  explicit MeasuredList(ListField list_in) : list(std::move(list_in)) {
    if (list.elements == nullptr) return;
    const size_t tag_bytes =
        WireFormatLite::TagSize(list.field->number(), WireFormatLite::TYPE_BYTES);
    if (const std::optional<size_t> known = list.elements->FieldBytes(tag_bytes)) {
      bytes = *known;
      return;
    }
    for (size_t i = 0; i < list.elements->batches(); ++i) {
      list.elements->ForEach(i, [&](absl::string_view wire) {
        bytes += tag_bytes + Output::VarintSize32(static_cast<uint32_t>(wire.size())) + wire.size();
      });
    }
  }
};

struct MeasuredNode {
  const FieldDescriptor* field;
  std::vector<MeasuredList> lists;
  std::vector<MeasuredNode> parts;
  size_t bytes = 0;  // without its own tag and length

  explicit MeasuredNode(Node node) : field(node.field) {
    for (ListField& list : node.lists) bytes += lists.emplace_back(std::move(list)).bytes;
    for (Node& part : node.parts) {
      const size_t size = parts.emplace_back(std::move(part)).bytes;
      bytes += WireFormatLite::TagSize(parts.back().field->number(), WireFormatLite::TYPE_BYTES) +
               Output::VarintSize32(static_cast<uint32_t>(size)) + size;
    }
  }
};

void AddProtobufSteps(MeasuredNode node, PiecewiseBody::Steps& steps) {
  steps.push_back([field = node.field, bytes = node.bytes](std::string& out) {
    AppendTagAndSize(*field, bytes, out);
    return false;
  });
  for (MeasuredList& list : node.lists) {
    if (list.list.elements == nullptr) continue;
    steps.push_back([list = std::move(list.list), batch = size_t{0}](std::string& out) mutable {
      if (batch == list.elements->batches()) return false;
      AppendElements(list, batch++, out);
      return true;
    });
  }
  for (MeasuredNode& part : node.parts) AddProtobufSteps(std::move(part), steps);
}

// Measures once it is asked for the first byte, on the reader's thread.
class ProtobufBody final : public net::BodySource {
 public:
  ProtobufBody(std::string head, Node node) : head_(std::move(head)), node_(std::move(node)) {}

  bool Next(std::string& out) override {
    if (node_) {
      out += head_;
      PiecewiseBody::Steps steps;
      AddProtobufSteps(MeasuredNode(*std::exchange(node_, std::nullopt)), steps);
      body_.emplace(std::move(steps));
    }
    return body_->Next(out);
  }

 private:
  std::string head_;
  std::optional<Node> node_;
  std::optional<PiecewiseBody> body_;
};

// ---- The first event of an operator who subscribes: the state within an event

OperatorEvent::Subscribed TailOf(absl::Duration heartbeat_interval) {
  OperatorEvent::Subscribed tail;
  tail.set_heartbeat_interval_seconds(absl::ToDoubleSeconds(heartbeat_interval));
  return tail;
}

// Counts what it would write, then writes it.
class SubscribedJson final : public SizedBody {
 public:
  SubscribedJson(std::shared_ptr<const Snapshot> snapshot, absl::Duration heartbeat_interval)
      : snapshot_(std::move(snapshot)),
        tail_(json::ToJson(TailOf(heartbeat_interval)).substr(1)),
        body_(Steps()) {}

  bool Measure(size_t& bytes) override {
    scratch_.clear();
    const bool more = body_.Next(scratch_);
    bytes += scratch_.size();
    if (more) return true;
    scratch_ = std::string();
    body_ = PiecewiseBody(Steps());
    return false;
  }

  bool Next(std::string& out) override { return body_.Next(out); }

 private:
  PiecewiseBody::Steps Steps() const {
    PiecewiseBody::Steps steps;
    steps.push_back(PiecewiseBody::Text("{\"type\":\"SUBSCRIBED\",\"subscribed\":{"));
    AddJsonSteps(*NodeOf(*snapshot_, Call::GET_STATE), steps);
    steps.push_back(PiecewiseBody::Text("," + tail_ + "}"));
    return steps;
  }

  const std::shared_ptr<const Snapshot> snapshot_;
  const std::string tail_;  // behind the state, with the closing brace
  PiecewiseBody body_;
  std::string scratch_;
};

class SubscribedProtobuf final : public SizedBody {
 public:
  SubscribedProtobuf(std::shared_ptr<const Snapshot> snapshot, absl::Duration heartbeat_interval)
      : snapshot_(std::move(snapshot)),
        tail_(TailOf(heartbeat_interval).SerializeAsString()),
        body_({}) {}

  bool Measure(size_t& bytes) override {
    MeasuredNode state(*NodeOf(*snapshot_, Call::GET_STATE));
    const FieldDescriptor* field = FieldOf(*OperatorEvent::descriptor(), "subscribed");
    state.field = FieldOf(*OperatorEvent::Subscribed::descriptor(), "get_state");
    const size_t state_bytes =
        WireFormatLite::TagSize(state.field->number(), WireFormatLite::TYPE_BYTES) +
        Output::VarintSize32(static_cast<uint32_t>(state.bytes)) + state.bytes;
    OperatorEvent event;
    event.set_type(OperatorEvent::SUBSCRIBED);
    std::string head = event.SerializeAsString();
    AppendTagAndSize(*field, state_bytes + tail_.size(), head);
    bytes += head.size() + state_bytes + tail_.size();
    PiecewiseBody::Steps steps;
    steps.push_back(PiecewiseBody::Text(std::move(head)));
    AddProtobufSteps(std::move(state), steps);
    steps.push_back(PiecewiseBody::Text(tail_));
    body_ = PiecewiseBody(std::move(steps));
    return false;
  }

  bool Next(std::string& out) override { return body_.Next(out); }

 private:
  const std::shared_ptr<const Snapshot> snapshot_;
  const std::string tail_;
  PiecewiseBody body_;
};

// Keeps the snapshot as long as what reads it.
class Reading final : public net::BodySource {
 public:
  Reading(std::shared_ptr<const Snapshot> snapshot, std::unique_ptr<net::BodySource> body)
      : snapshot_(std::move(snapshot)), body_(std::move(body)) {}
  bool Next(std::string& out) override { return body_->Next(out); }

 private:
  const std::shared_ptr<const Snapshot> snapshot_;
  const std::unique_ptr<net::BodySource> body_;
};

}  // namespace

std::unique_ptr<net::BodySource> StreamRead(std::shared_ptr<const Snapshot> snapshot,
                                            Call::Type type, net::MediaType form) {
  std::optional<Node> node = NodeOf(*snapshot, type);
  std::unique_ptr<net::BodySource> body;
  if (!node) {
    Call call;
    call.set_type(type);
    const absl::StatusOr<Response> response = Read(*snapshot, call);
    CHECK(response.ok()) << response.status();
    PiecewiseBody::Steps steps;
    steps.push_back(PiecewiseBody::Text(
        form == net::MediaType::kJson ? json::ToJson(*response) : response->SerializeAsString()));
    return std::make_unique<PiecewiseBody>(std::move(steps));
  }
  if (form == net::MediaType::kJson) {
    PiecewiseBody::Steps steps;
    steps.push_back(PiecewiseBody::Text("{\"type\":\"" + Call::Type_Name(type) + "\","));
    AddJsonSteps(*std::move(node), steps);
    steps.push_back(PiecewiseBody::Text("}"));
    body = std::make_unique<PiecewiseBody>(std::move(steps));
  } else {
    Response head;
    Response::Type response_type = Response::UNKNOWN;
    CHECK(Response::Type_Parse(Call::Type_Name(type), &response_type));
    head.set_type(response_type);
    body = std::make_unique<ProtobufBody>(head.SerializeAsString(), *std::move(node));
  }
  return std::make_unique<Reading>(std::move(snapshot), std::move(body));
}

std::unique_ptr<SizedBody> StreamSubscribed(std::shared_ptr<const Snapshot> snapshot,
                                            absl::Duration heartbeat_interval,
                                            net::MediaType form) {
  if (form == net::MediaType::kJson) {
    return std::make_unique<SubscribedJson>(std::move(snapshot), heartbeat_interval);
  }
  return std::make_unique<SubscribedProtobuf>(std::move(snapshot), heartbeat_interval);
}

}  // namespace mesos::master
