// Texts as a Mesos master and agent send them: each is read into its message, and written again it
// says the same, value by value.

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include "common/json/json_codec.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::json {
namespace {

google::protobuf::Struct ParseWithProtobuf(const std::string& json) {
  google::protobuf::Struct parsed;
  const auto status = google::protobuf::util::JsonStringToMessage(json, &parsed);
  EXPECT_TRUE(status.ok()) << status << "\n" << json;
  return parsed;
}

template <typename Message>
void ExpectKept(const std::string& json) {
  Message message;
  const absl::Status status = FromJson(json, message);
  ASSERT_TRUE(status.ok()) << status;
  const std::string written = ToJson(message);
  google::protobuf::util::MessageDifferencer differencer;
  std::string difference;
  differencer.ReportDifferencesToString(&difference);
  EXPECT_TRUE(differencer.Compare(ParseWithProtobuf(json), ParseWithProtobuf(written)))
      << difference << "\n"
      << written;
}

TEST(JsonGoldenTest, Subscribed) {
  ExpectKept<v1::scheduler::Event>(R"({
    "type": "SUBSCRIBED",
    "subscribed": {
      "framework_id": {"value": "2f3a-0001"},
      "heartbeat_interval_seconds": 15.0,
      "master_info": {
        "id": "2f3a", "ip": 16777343, "port": 5050, "pid": "master@127.0.0.1:5050",
        "hostname": "localhost", "version": "1.12.0",
        "address": {"hostname": "localhost", "ip": "127.0.0.1", "port": 5050},
        "capabilities": [{"type": "AGENT_UPDATE"}, {"type": "AGENT_DRAINING"}]}}})");
}

TEST(JsonGoldenTest, Offers) {
  ExpectKept<v1::scheduler::Event>(R"json({
    "type": "OFFERS",
    "offers": {"offers": [{
      "id": {"value": "2f3a-O25"}, "agent_id": {"value": "2f3a-S0"},
      "framework_id": {"value": "2f3a-0001"}, "hostname": "node-1",
      "allocation_info": {"role": "web"},
      "attributes": [
        {"name": "rack", "type": "TEXT", "text": {"value": "r1"}},
        {"name": "zone", "type": "SCALAR", "scalar": {"value": 3.0}},
        {"name": "disks", "type": "SET", "set": {"item": ["sda", "sdb"]}}],
      "resources": [
        {"name": "ports", "type": "RANGES", "allocation_info": {"role": "web"},
         "ranges": {"range": [{"begin": 31000, "end": 31999}, {"begin": 32500, "end": 32500}]}},
        {"name": "cpus", "type": "SCALAR", "allocation_info": {"role": "web"},
         "scalar": {"value": 7.9}},
        {"name": "mem", "type": "SCALAR", "role": "*", "scalar": {"value": 4096.0}}],
      "url": {"scheme": "http", "path": "/slave(1)", "query": [{"key": "a", "value": "b&c"}],
              "address": {
    "hostname" : "node-1", "ip" : "10.0.0.1", "port" : 5051}
}
}]
}
})json");
}

TEST(JsonGoldenTest, Update) {
  ExpectKept<v1::scheduler::Event>(R"({
    "type": "UPDATE",
    "update": {"status": {
      "task_id": {"value": "t"}, "agent_id": {"value": "2f3a-S0"}, "executor_id": {"value": "t"},
      "state": "TASK_FAILED", "source": "SOURCE_EXECUTOR", "reason": "REASON_COMMAND_EXECUTOR_FAILED",
      "message": "exited with \"3\"\nafter \u20ac1", "timestamp": 1795333432.9949682,
      "uuid": "bc5TSjotT3mzXq+AD/nwSQ==", "healthy": false, "data": "",
      "container_status": {
        "container_id": {"value": "c", "parent": {"value": "p"}}, "executor_pid": 8437,
        "network_infos": [{"ip_addresses": [{"protocol": "IPv6", "ip_address": "::1"}]}]}}}})");
}

TEST(JsonGoldenTest, Failure) {
  ExpectKept<v1::scheduler::Event>(
      R"({"type":"FAILURE","failure":{"agent_id":{"value":"a"},"executor_id":{"value":"e"},"status":256}})");
  ExpectKept<v1::scheduler::Event>(R"({"type":"HEARTBEAT"})");
}

TEST(JsonGoldenTest, LaunchOfAnExecutor) {
  ExpectKept<v1::executor::Event>(R"({
    "type": "LAUNCH",
    "launch": {"task": {
      "name": "n", "task_id": {"value": "t"}, "agent_id": {"value": "a"}, "data": "AAEC/w==",
      "resources": [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 0.001}}],
      "executor": {
        "executor_id": {"value": "e"}, "type": "CUSTOM", "framework_id": {"value": "f"},
        "command": {"shell": false, "value": "/bin/e", "arguments": ["e", "-v"],
          "environment": {"variables": [{"name": "A", "type": "VALUE", "value": "1"}]},
          "uris": [{"value": "http://h/x.tgz", "extract": false, "executable": true}]}},
      "kill_policy": {"grace_period": {"nanoseconds": 1000000000}},
      "labels": {"labels": [{"key": "k"}, {"key": "k", "value": "v"}]}}}})");
}

TEST(JsonGoldenTest, AnswersOfTheMaster) {
  ExpectKept<v1::master::Response>(R"({
    "type": "GET_TASKS",
    "get_tasks": {"completed_tasks": [], "unreachable_tasks": [], "tasks": [{
      "name": "checked", "task_id": {"value": "t"}, "framework_id": {"value": "f"},
      "agent_id": {"value": "a"}, "state": "TASK_RUNNING", "status_update_state": "TASK_RUNNING",
      "status_update_uuid": "h38xkxTsQBSiNDoheI/rvQ==",
      "resources": [{"name": "mem", "type": "SCALAR", "scalar": {"value": 32.0}}],
      "health_check": {"type": "COMMAND", "command": {"shell": true, "value": "true"},
        "delay_seconds": 0.0, "interval_seconds": 1.0, "timeout_seconds": 5.0,
        "consecutive_failures": 2, "grace_period_seconds": 5.0}}]}})");
  ExpectKept<v1::master::Response>(R"({
    "type": "GET_METRICS",
    "get_metrics": {"metrics": [{"name": "master/uptime_secs", "value": 12.25},
                                {"name": "master/elected", "value": 1.0}]}})");
  ExpectKept<v1::master::Response>(R"({
    "type": "GET_STATE",
    "get_state": {
      "get_agents": {"agents": [], "recovered_agents": []}, "get_executors": {"executors": []},
      "get_frameworks": {"frameworks": [], "completed_frameworks": []},
      "get_tasks": {"tasks": [], "unreachable_tasks": [], "completed_tasks": []}}})");
  ExpectKept<v1::master::Response>(R"json({
    "type": "GET_AGENTS",
    "get_agents": {"recovered_agents": [], "agents": [{
      "active": true, "pid": "slave(1)@10.0.0.1:5051", "version": "1.12.0",
      "registered_time": {"nanoseconds": 1795333432000000000},
      "agent_info": {"hostname": "node-1", "port": 5051, "id": {"value": "a"}, "checkpoint": true}
    }]}})json");
  ExpectKept<v1::master::Response>(R"({"type":"GET_HEALTH","get_health":{"healthy":true}})");
}

TEST(JsonGoldenTest, AnswersOfTheAgent) {
  ExpectKept<v1::agent::Response>(R"({
    "type": "GET_STATE",
    "get_state": {
      "get_tasks": {"pending_tasks": [], "queued_tasks": [], "launched_tasks": [],
                    "terminated_tasks": [], "completed_tasks": []},
      "get_executors": {"executors": [], "completed_executors": []},
      "get_frameworks": {"completed_frameworks": [], "frameworks": [{"framework_info": {
        "user": "root", "name": "n", "id": {"value": "f"}, "checkpoint": true,
        "failover_timeout": 604800.0, "roles": ["a/b"], "webui_url": "http://h/",
        "capabilities": [{"type": "MULTI_ROLE"}]}}]}}})");
  ExpectKept<v1::agent::Response>(R"({
    "type": "LIST_FILES",
    "list_files": {"file_infos": [{"path": "/a", "nlink": 1, "size": 18446744073709551, "mode": 33188,
      "mtime": {"nanoseconds": 1795333432000000000}, "uid": "root", "gid": "root"}]}})");
}

}  // namespace
}  // namespace mesos::json
