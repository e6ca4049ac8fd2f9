#pragma once

// A core's host that keeps what the API asks of it, and answers as the test says. Everything runs
// on one FakeExecutor.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/runtime/fake_executor.h"
#include "master/api/core_port.h"
#include "master/reads/visible.h"
#include "mesos/v1/master/master.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"

namespace mesos::master {

class FakeCorePort : public CorePort {
 public:
  explicit FakeCorePort(FakeExecutor& executor) : executor_(executor) {}

  void Post(const char* name, absl::AnyInvocable<void()> work) override {
    executor_.Post(name, std::move(work));
  }

  void CallScheduler(SchedulerCallReceived call, SchedulerAnswer answer) override {
    scheduler_calls.push_back(std::move(call));
    answer(scheduler_answer);
  }

  void AddScheduler(SessionId session,
                    std::unique_ptr<rpc::Stream<v1::scheduler::Event>> stream) override {
    schedulers[session] = std::move(stream);
  }

  void LoseScheduler(SessionId session) override { schedulers.erase(session); }

  void CallOperator(std::shared_ptr<const v1::master::Call> call, const auth::CallerPtr& caller,
                    rpc::Answer<v1::master::Response> answer) override {
    operator_calls.push_back(*call);
    operators.push_back(*caller);
    answer(operator_answer, operator_answer.ok() ? operator_response : nullptr);
  }

  std::shared_ptr<const Snapshot> TakeSnapshot(const auth::Visibility& visibility) override {
    return Visible(snapshot, visibility);
  }

  void Follow(SessionId session, const auth::CallerPtr& caller) override {
    followers.push_back(session);
    operators.push_back(*caller);
  }
  void Unfollow(SessionId session) override { unfollowed.push_back(session); }

  std::vector<SchedulerCallReceived> scheduler_calls;
  absl::Status scheduler_answer;
  std::map<SessionId, std::unique_ptr<rpc::Stream<v1::scheduler::Event>>> schedulers;
  std::vector<v1::master::Call> operator_calls;
  std::vector<auth::Caller> operators;  // who made these calls, or follows
  absl::Status operator_answer;
  std::shared_ptr<const v1::master::Response> operator_response;
  std::shared_ptr<const Snapshot> snapshot;
  std::vector<SessionId> followers;
  std::vector<SessionId> unfollowed;

 private:
  FakeExecutor& executor_;
};

}  // namespace mesos::master
