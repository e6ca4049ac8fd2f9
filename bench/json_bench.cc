// What a message costs as JSON, out and in, beside its cost in protobuf's own form.

#include <benchmark/benchmark.h>
#include <glog/logging.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/json/json_codec.h"
#include "common/json/json_writer.h"
#include "mesos/v1/mesos.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos {
namespace {

void AddScalar(const char* name, double value,
               google::protobuf::RepeatedPtrField<v1::Resource>* to) {
  v1::Resource* resource = to->Add();
  resource->set_name(name);
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(value);
  resource->mutable_allocation_info()->set_role("web");
}

// A running task as the master keeps it: some 1.2 KB of JSON.
v1::Task RunningTask() {
  v1::Task task;
  task.set_name("frontend");
  task.mutable_task_id()->set_value("frontend.instance-0042");
  task.mutable_framework_id()->set_value("dc106ed7-45c4-4c96-a7d7-b11197806156-0000");
  task.mutable_agent_id()->set_value("dc106ed7-45c4-4c96-a7d7-b11197806156-S17");
  task.set_state(v1::TASK_RUNNING);
  AddScalar("cpus", 0.1, task.mutable_resources());
  AddScalar("mem", 32, task.mutable_resources());
  v1::TaskStatus* status = task.add_statuses();
  *status->mutable_task_id() = task.task_id();
  *status->mutable_agent_id() = task.agent_id();
  status->mutable_executor_id()->set_value("frontend.instance-0042");
  status->set_state(v1::TASK_RUNNING);
  status->set_source(v1::TaskStatus::SOURCE_EXECUTOR);
  status->set_timestamp(1795333432.700986);
  status->set_uuid("0123456789abcdef");
  v1::ContainerStatus* container = status->mutable_container_status();
  container->mutable_container_id()->set_value("a7d3fa36-f231-42b0-859b-55b33e676f08");
  container->set_executor_pid(8437);
  v1::NetworkInfo::IPAddress* address = container->add_network_infos()->add_ip_addresses();
  address->set_protocol(v1::NetworkInfo::IPv4);
  address->set_ip_address("10.0.3.17");
  task.set_status_update_state(v1::TASK_RUNNING);
  task.set_status_update_uuid("0123456789abcdef");
  v1::Label* label = task.mutable_labels()->add_labels();
  label->set_key("owner");
  label->set_value("team \"blue\"");
  return task;
}

// A scheduler's ACCEPT that launches `tasks` tasks.
v1::scheduler::Call Accept(int tasks) {
  v1::scheduler::Call call;
  call.set_type(v1::scheduler::Call::ACCEPT);
  call.mutable_framework_id()->set_value("dc106ed7-45c4-4c96-a7d7-b11197806156-0000");
  call.mutable_accept()->add_offer_ids()->set_value("dc106ed7-45c4-4c96-a7d7-b11197806156-O25");
  call.mutable_accept()->mutable_filters()->set_refuse_seconds(0.1);
  v1::Offer::Operation* operation = call.mutable_accept()->add_operations();
  operation->set_type(v1::Offer::Operation::LAUNCH);
  for (int i = 0; i < tasks; ++i) {
    v1::TaskInfo* task = operation->mutable_launch()->add_task_infos();
    task->set_name("frontend");
    task->mutable_task_id()->set_value(absl::StrCat("frontend.instance-", i));
    task->mutable_agent_id()->set_value("dc106ed7-45c4-4c96-a7d7-b11197806156-S17");
    AddScalar("cpus", 0.1, task->mutable_resources());
    AddScalar("mem", 32, task->mutable_resources());
    task->mutable_command()->set_shell(true);
    task->mutable_command()->set_value("exec ./frontend --port=$PORT0");
  }
  return call;
}

void Bytes(benchmark::State& state, size_t bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes) * state.iterations());
  state.counters["bytes"] = static_cast<double>(bytes);
}

void BM_WriteTask(benchmark::State& state) {
  const v1::Task task = RunningTask();
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::AppendJson(task, out);
    benchmark::DoNotOptimize(out.data());
  }
  Bytes(state, out.size());
}
BENCHMARK(BM_WriteTask);

// What of the above is protobuf's own serialization.
void BM_SerializeTask(benchmark::State& state) {
  const v1::Task task = RunningTask();
  std::string out;
  for (auto _ : state) {
    out.clear();
    task.AppendToString(&out);
    benchmark::DoNotOptimize(out.data());
  }
  Bytes(state, out.size());
}
BENCHMARK(BM_SerializeTask);

void BM_ReadTask(benchmark::State& state) {
  const std::string text = json::ToJson(RunningTask());
  v1::Task task;
  for (auto _ : state) CHECK(json::FromJson(text, task).ok());
  Bytes(state, text.size());
}
BENCHMARK(BM_ReadTask);

void BM_ReadAccept(benchmark::State& state) {
  const std::string text = json::ToJson(Accept(static_cast<int>(state.range(0))));
  for (auto _ : state) {
    v1::scheduler::Call call;
    CHECK(json::FromJson(text, call).ok());
    benchmark::DoNotOptimize(call);
  }
  Bytes(state, text.size());
}
BENCHMARK(BM_ReadAccept)->Arg(1)->Arg(100);

void BM_ParseAccept(benchmark::State& state) {
  const std::string bytes = Accept(static_cast<int>(state.range(0))).SerializeAsString();
  for (auto _ : state) {
    v1::scheduler::Call call;
    CHECK(call.ParseFromString(bytes));
    benchmark::DoNotOptimize(call);
  }
  Bytes(state, bytes.size());
}
BENCHMARK(BM_ParseAccept)->Arg(1)->Arg(100);

// As the classic endpoints write an object, key by key.
void BM_WriteClassicObject(benchmark::State& state) {
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::JsonWriter json(out);
    json.BeginObject();
    json.Key("id").String("frontend.instance-0042");
    json.Key("name").String("frontend");
    json.Key("framework_id").String("dc106ed7-45c4-4c96-a7d7-b11197806156-0000");
    json.Key("executor_id").String("");
    json.Key("slave_id").String("dc106ed7-45c4-4c96-a7d7-b11197806156-S17");
    json.Key("state").String("TASK_RUNNING");
    json.Key("resources").BeginObject();
    for (const char* name : {"disk", "gpus", "mem"}) json.Key(name).Double(0);
    json.Key("cpus").Double(0.1);
    json.EndObject();
    json.Key("role").String("web");
    json.EndObject();
    benchmark::DoNotOptimize(out.data());
  }
  Bytes(state, out.size());
}
BENCHMARK(BM_WriteClassicObject);

}  // namespace
}  // namespace mesos

BENCHMARK_MAIN();
