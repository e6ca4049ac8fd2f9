#include "common/messages/task_state.h"

#include "gtest/gtest.h"

namespace mesos {
namespace {

TEST(TaskStateTest, OnlyWhatAMasterAloneCanTellMayNotComeFromAnAgent) {
  for (int number = v1::TaskState_MIN; number <= v1::TaskState_MAX; ++number) {
    if (!v1::TaskState_IsValid(number)) continue;
    const auto state = static_cast<v1::TaskState>(number);
    EXPECT_EQ(MayComeFromAgent(state), state != v1::TASK_UNREACHABLE && state != v1::TASK_UNKNOWN)
        << v1::TaskState_Name(state);
  }
}

TEST(TaskStateTest, WhatMayComeBackHasNotEnded) {
  for (const v1::TaskState state : {v1::TASK_STAGING, v1::TASK_STARTING, v1::TASK_RUNNING,
                                    v1::TASK_KILLING, v1::TASK_UNREACHABLE, v1::TASK_UNKNOWN}) {
    EXPECT_FALSE(IsTerminal(state)) << v1::TaskState_Name(state);
  }
  for (const v1::TaskState state :
       {v1::TASK_FINISHED, v1::TASK_FAILED, v1::TASK_KILLED, v1::TASK_ERROR, v1::TASK_LOST,
        v1::TASK_DROPPED, v1::TASK_GONE, v1::TASK_GONE_BY_OPERATOR}) {
    EXPECT_TRUE(IsTerminal(state)) << v1::TaskState_Name(state);
  }
}

}  // namespace
}  // namespace mesos
