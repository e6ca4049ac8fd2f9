// Messages of any content, as they come over the wire: what is written of them is JSON on one line.

#include <glog/logging.h>
#include <google/protobuf/empty.pb.h>

#include <cstdint>
#include <string>

#include "common/json/json_codec.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace {

void Write(google::protobuf::Message& message, const uint8_t* data, size_t size) {
  if (!message.ParsePartialFromArray(data, static_cast<int>(size))) return;
  const std::string text = mesos::json::ToJson(message);
  CHECK_EQ(text.find('\n'), std::string::npos);
  google::protobuf::Empty anything;
  const absl::Status status = mesos::json::FromJson(text, anything);
  CHECK(status.ok()) << status << ": " << text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos::v1::scheduler::Event event;
  Write(event, data, size);
  mesos::v1::master::Response master;
  Write(master, data, size);
  mesos::v1::agent::Response agent;
  Write(agent, data, size);
  return 0;
}
