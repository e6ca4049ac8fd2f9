#include "cli/agent_files.h"

#include <future>
#include <memory>
#include <utility>

#include "common/rpc/dial.h"
#include "mesos/v1/agent/agent.pb.h"

namespace mesos::cli {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(5);

}  // namespace

OutputFollower::ReadFile ReadFromAgents(Executor& executor) {
  return [&executor](const std::string& agent, const std::string& path,
                     uint64_t offset) -> absl::StatusOr<std::string> {
    v1::agent::Call call;
    call.set_type(v1::agent::Call::READ_FILE);
    call.mutable_read_file()->set_path(path);
    call.mutable_read_file()->set_offset(offset);
    auto answer = std::make_shared<std::promise<absl::StatusOr<std::string>>>();
    std::future<absl::StatusOr<std::string>> answered = answer->get_future();
    executor.Post("read_file", [&executor, agent, call, answer] {
      rpc::CallAgent(
          agent, executor, call, kTimeout,
          [answer](absl::Status status, std::shared_ptr<const v1::agent::Response> response) {
            if (status.ok()) {
              answer->set_value(response->read_file().data());
            } else {
              answer->set_value(std::move(status));
            }
          });
    });
    return answered.get();
  };
}

}  // namespace mesos::cli
