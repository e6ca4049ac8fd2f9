#include "common/rpc/dial.h"
#include "executor_driver/dial.h"

namespace mesos::executor_driver {

std::unique_ptr<rpc::Stream<v1::executor::Call>> DialAgent(
    const std::string& target, Executor& executor,
    rpc::StreamObserver<v1::executor::Event> observer, const std::string& token) {
  return rpc::DialExecutor(target, executor, std::move(observer), token);
}

}  // namespace mesos::executor_driver
