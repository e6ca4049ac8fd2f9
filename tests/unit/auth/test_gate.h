#pragma once

// A gate that keeps what it is asked: "Bearer NAME" is the principal NAME, "Bearer nobody" is
// refused; `refused` names actions that nobody may; who is "guest" sees what `rules` lets it.

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/auth/gate.h"
#include "common/base/mutex.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos {

class TestGate final : public auth::Gate {
 public:
  absl::StatusOr<auth::CallerPtr> Authenticate(const auth::Credentials& from) const override {
    const std::string name(auth::BearerToken(from.authorization));
    if (name == "nobody") return absl::UnauthenticatedError("nobody is refused");
    return auth::CallerPtr(auth::Caller{.principal = name, .address = from.address});
  }

  absl::Status Authorize(const auth::Caller& caller, auth::Action action,
                         absl::string_view object) const override {
    MutexLock lock(mutex_);
    asked_.emplace_back(caller.principal, action);
    if (refused.count(action) == 0) return absl::OkStatus();
    return absl::PermissionDeniedError(
        absl::StrCat("not allowed", object.empty() ? "" : " on ", object));
  }

  auth::Visibility VisibleTo(const auth::Caller& caller) const override {
    return caller.principal == "guest" ? auth::Visibility(rules) : auth::Visibility::All();
  }

  // Principal and action, in the order in which they were asked.
  using Asked = std::vector<std::pair<std::string, auth::Action>>;
  Asked TakeAsked() {
    MutexLock lock(mutex_);
    return std::exchange(asked_, {});
  }

  // Set before it is used.
  std::set<auth::Action> refused;
  std::shared_ptr<const auth::Visibility::Rules> rules;

 private:
  mutable Mutex mutex_;
  mutable Asked asked_ ABSL_GUARDED_BY(mutex_);
};

// Sees the frameworks of one user; no task, executor or role that is called `hidden`.
class RulesOfUser final : public auth::Visibility::Rules {
 public:
  explicit RulesOfUser(std::string user, std::string hidden = "secret")
      : user_(std::move(user)), hidden_(std::move(hidden)) {}
  bool SeesFramework(const v1::FrameworkInfo& framework) const override {
    return framework.user() == user_;
  }
  bool SeesTask(const v1::FrameworkInfo&, const std::string& task_id) const override {
    return task_id != hidden_;
  }
  bool SeesExecutor(const v1::FrameworkInfo&, const v1::ExecutorInfo& executor) const override {
    return executor.executor_id().value() != hidden_;
  }
  bool SeesRole(const std::string& role) const override { return role != hidden_; }

 private:
  const std::string user_;
  const std::string hidden_;
};

}  // namespace mesos
