#include "master/validation/id.h"

#include "tests/unit/master/validation/builders.h"

namespace mesos::master {
namespace {

TEST(IdTest, TakesPlainPathComponents) {
  for (const char* id : {"a", "task-1", "a b", "...", ".hidden", "a.b:c@d", "\xc3\xa9t\xc3\xa9"}) {
    EXPECT_EQ(ErrorOf(ValidateId("TaskID", id)), "") << id;
  }
  EXPECT_TRUE(ValidateId("TaskID", std::string(255, 'x')).ok());
}

TEST(IdTest, RefusesEmptyAndLong) {
  EXPECT_EQ(ErrorOf(ValidateId("TaskID", "")), "TaskID is invalid: ID must not be empty");
  EXPECT_EQ(ErrorOf(ValidateId("ExecutorID", std::string(256, 'x'))),
            "ExecutorID is invalid: ID must not be greater than 255 characters");
}

TEST(IdTest, RefusesWhatIsNoPathComponent) {
  EXPECT_EQ(ErrorOf(ValidateId("TaskID", ".")), "'.' is disallowed");
  EXPECT_EQ(ErrorOf(ValidateId("TaskID", "..")), "'..' is disallowed");
  for (const std::string& id : {std::string("bad/id"), std::string("bad\\id"), std::string("a\nb"),
                                std::string("a\x7f"), std::string("a\0b", 3)}) {
    const absl::Status status = ValidateId("TaskID", id);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorOf(status), "'" + id + "' contains invalid characters");
  }
}

}  // namespace
}  // namespace mesos::master
