#include "common/rpc/dial.h"
#include "scheduler_driver/dial.h"

namespace mesos::scheduler_driver {

std::unique_ptr<rpc::Stream<v1::scheduler::Call>> DialMaster(
    const std::string& target, Executor& executor,
    rpc::StreamObserver<v1::scheduler::Event> observer) {
  return rpc::DialScheduler(target, executor, std::move(observer));
}

}  // namespace mesos::scheduler_driver
