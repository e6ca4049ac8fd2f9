#include <cstdlib>
#include <utility>

#include "common/leader/leader_dialer.h"
#include "scheduler_driver/dial.h"
#include "scheduler_driver/find_master.h"

namespace mesos::scheduler_driver {

std::function<std::unique_ptr<rpc::Stream<v1::scheduler::Call>>(
    Executor&, rpc::StreamObserver<v1::scheduler::Event>)>
DialLeader(const std::string& master) {
  using Dialer = leader::LeaderDialer<v1::scheduler::Event, v1::scheduler::Call>;
  auto dialer = std::make_shared<Dialer>(
      FindMaster(master, getenv).value_or(leader::MasterAddress()), &DialMaster);
  return [dialer](Executor& executor, rpc::StreamObserver<v1::scheduler::Event> observer) {
    return dialer->Dial(executor, std::move(observer));
  };
}

}  // namespace mesos::scheduler_driver
