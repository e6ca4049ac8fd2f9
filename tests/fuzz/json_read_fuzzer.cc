// JSON into each type of call, chosen by the first byte: any bytes give a message or an error, and
// a message written again is read again, as the same.

#include <glog/logging.h>

#include <cstdint>
#include <string>

#include "common/json/json_codec.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/executor/executor.pb.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace {

template <typename Call>
void Read(absl::string_view json) {
  Call call;
  if (!mesos::json::FromJson(json, call).ok()) return;
  const std::string text = mesos::json::ToJson(call);
  Call again;
  const absl::Status status = mesos::json::FromJson(text, again);
  CHECK(status.ok()) << status << ": " << text;
  CHECK_EQ(mesos::json::ToJson(again), text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view json(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
      Read<mesos::v1::scheduler::Call>(json);
      break;
    case 1:
      Read<mesos::v1::executor::Call>(json);
      break;
    case 2:
      Read<mesos::v1::master::Call>(json);
      break;
    case 3:
      Read<mesos::v1::agent::Call>(json);
      break;
  }
  return 0;
}
