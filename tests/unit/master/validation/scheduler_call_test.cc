#include "master/validation/scheduler_call.h"

#include <utility>
#include <vector>

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

using v1::scheduler::Call;

std::string Error(const std::string& text, absl::string_view principal = {}) {
  const absl::Status status = ValidateSchedulerCall(Parse<Call>(text), principal);
  EXPECT_TRUE(status.ok() || status.code() == absl::StatusCode::kInvalidArgument);
  return ErrorOf(status);
}

std::string Failed(const std::string& reason) {
  return "Failed to validate scheduler::Call: " + reason;
}

TEST(SchedulerCallTest, AsksForTypeAndFrameworkId) {
  EXPECT_EQ(Error(""), Failed("Expecting 'type' to be present"));
  EXPECT_EQ(Error("type: REVIVE"), Failed("Expecting 'framework_id' to be present"));
  EXPECT_EQ(Error("type: SUBSCRIBE"), Failed("Expecting 'subscribe' to be present"));
}

TEST(SchedulerCallTest, AsksForThePartOfEachType) {
  const std::vector<std::pair<std::string, std::string>> parts = {
      {"ACCEPT", "accept"},
      {"DECLINE", "decline"},
      {"ACCEPT_INVERSE_OFFERS", "accept_inverse_offers"},
      {"DECLINE_INVERSE_OFFERS", "decline_inverse_offers"},
      {"KILL", "kill"},
      {"SHUTDOWN", "shutdown"},
      {"ACKNOWLEDGE", "acknowledge"},
      {"ACKNOWLEDGE_OPERATION_STATUS", "acknowledge_operation_status"},
      {"RECONCILE", "reconcile"},
      {"RECONCILE_OPERATIONS", "reconcile_operations"},
      {"MESSAGE", "message"},
      {"REQUEST", "request"},
      {"UPDATE_FRAMEWORK", "update_framework"},
  };
  for (const auto& [type, part] : parts) {
    EXPECT_EQ(Error("framework_id { value: 'f' } type: " + type),
              Failed("Expecting '" + part + "' to be present"));
  }
}

TEST(SchedulerCallTest, TakesTypesWithoutPart) {
  for (const char* type : {"TEARDOWN", "REVIVE", "SUPPRESS", "UNKNOWN"}) {
    EXPECT_EQ(Error(std::string("framework_id { value: 'f' } type: ") + type), "") << type;
  }
}

TEST(SchedulerCallTest, TakesWholeCalls) {
  const std::string id = "framework_id { value: 'f' } ";
  EXPECT_EQ(Error("type: SUBSCRIBE subscribe { framework_info { user: 'u' name: 'n' } }"), "");
  EXPECT_EQ(Error(id + "type: ACCEPT accept {}"), "");
  EXPECT_EQ(Error(id + "type: DECLINE decline {}"), "");
  EXPECT_EQ(Error(id + "type: RECONCILE reconcile {}"), "");
  EXPECT_EQ(Error(id + "type: KILL kill { task_id { value: 't' } }"), "");
  EXPECT_EQ(Error(id + "type: UPDATE_FRAMEWORK update_framework { framework_info { user: 'u' "
                       "name: 'n' id { value: 'f' } } }"),
            "");
}

TEST(SchedulerCallTest, NamesMissingRequiredFields) {
  EXPECT_EQ(Error("type: SUBSCRIBE subscribe { framework_info { name: 'x' } }"),
            Failed("Not initialized: subscribe.framework_info.user"));
}

TEST(SchedulerCallTest, SubscribeNamesTheSameFrameworkTwice) {
  EXPECT_EQ(Error("type: SUBSCRIBE framework_id { value: 'f' } "
                  "subscribe { framework_info { user: 'u' name: 'n' } }"),
            Failed("'framework_id' differs from 'subscribe.framework_info.id'"));
  EXPECT_EQ(Error("type: UPDATE_FRAMEWORK framework_id { value: 'f' } update_framework { "
                  "framework_info { user: 'u' name: 'n' id { value: 'g' } } }"),
            Failed("'framework_id' differs from 'update_framework.framework_info.id'"));
}

TEST(SchedulerCallTest, PrincipalMustBeTheAuthenticatedOne) {
  const std::string call =
      "type: SUBSCRIBE subscribe { framework_info { user: 'u' name: 'n' principal: 'p' } }";
  EXPECT_EQ(Error(call), "");
  EXPECT_EQ(Error(call, "p"), "");
  EXPECT_EQ(Error(call, "q"), Failed("Authenticated principal 'q' does not match principal 'p' set "
                                     "in `FrameworkInfo`"));
}

TEST(SchedulerCallTest, UuidsHaveSixteenBytes) {
  const std::string acknowledge =
      "framework_id { value: 'f' } type: ACKNOWLEDGE acknowledge { agent_id { value: 'a' } "
      "task_id { value: 't' } uuid: ";
  EXPECT_EQ(Error(acknowledge + "'short' }"), Failed("Not a valid UUID"));
  EXPECT_EQ(Error(acknowledge + "'0123456789abcdef' }"), "");
}

TEST(SchedulerCallTest, OperationStatusNamesItsAgent) {
  const std::string acknowledge =
      "framework_id { value: 'f' } type: ACKNOWLEDGE_OPERATION_STATUS acknowledge_operation_status "
      "{ operation_id { value: 'o' } ";
  EXPECT_EQ(Error(acknowledge + "uuid: '0123456789abcdef' }"),
            Failed("Expecting 'agent_id' to be present"));
  EXPECT_EQ(Error(acknowledge + "uuid: 'x' }"), Failed("Not a valid UUID"));
}

TEST(SchedulerCallTest, KillPolicyIsNotNegative) {
  EXPECT_EQ(Error("framework_id { value: 'f' } type: KILL kill { task_id { value: 't' } "
                  "kill_policy { grace_period { nanoseconds: -1 } } }"),
            Failed("'kill.kill_policy.grace_period' must be non-negative"));
}

}  // namespace
}  // namespace mesos::master
