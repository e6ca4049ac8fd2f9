#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "agent/checkpoint/machine.h"
#include "agent/checkpoint/paths.h"
#include "agent/checkpoint/record_codec.h"
#include "agent/checkpoint/recovery.h"
#include "common/disk/fake_file_system.h"
#include "common/resources/attributes.h"
#include "common/resources/parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "internal/checkpoint.pb.h"

namespace mesos::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kMeta[] = "/meta";

TEST(RecordCodecTest, ReadsBackWhatItWrote) {
  const std::string bytes =
      EncodeHeader() + EncodeRecord("one") + EncodeRecord(std::string(100'000, '\0') + "x");
  const absl::StatusOr<DecodedRecords> decoded = DecodeRecords("f", bytes);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_THAT(decoded->records, SizeIs(2));
  EXPECT_EQ(decoded->records[0], "one");
  EXPECT_FALSE(decoded->torn);
  EXPECT_EQ(decoded->valid_bytes, bytes.size());
}

TEST(RecordCodecTest, ChecksumIsTheCommonOne) { EXPECT_EQ(Crc32("123456789"), 0xCBF43926u); }

TEST(RecordCodecTest, EveryCutOfTheLastRecordIsTorn) {
  const std::string first = EncodeHeader() + EncodeRecord("first");
  const std::string bytes = first + EncodeRecord("second");
  for (size_t size = 0; size < bytes.size(); ++size) {
    const absl::StatusOr<DecodedRecords> decoded = DecodeRecords("f", bytes.substr(0, size));
    ASSERT_TRUE(decoded.ok()) << size << decoded.status();
    EXPECT_EQ(decoded->records.size(), size < first.size() ? 0u : 1u) << size;
    EXPECT_EQ(decoded->torn, size != 0 && size != 4 && size != first.size()) << size;
  }
}

TEST(RecordCodecTest, ZerosInPlaceOfTheLastRecordAreTorn) {
  const std::string first = EncodeHeader() + EncodeRecord("first");
  const absl::StatusOr<DecodedRecords> decoded = DecodeRecords("f", first + std::string(40, '\0'));
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_TRUE(decoded->torn);
  EXPECT_EQ(decoded->valid_bytes, first.size());
}

TEST(RecordCodecTest, EveryFlippedByteIsNoticed) {
  const std::string bytes = EncodeHeader() + EncodeRecord("first") + EncodeRecord("second");
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string flipped = bytes;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
    const absl::StatusOr<DecodedRecords> decoded = DecodeRecords("the-file", flipped);
    if (decoded.ok()) {
      // A length that grew looks like a cut.
      EXPECT_TRUE(decoded->torn) << i;
    } else {
      EXPECT_THAT(decoded.status().message(), HasSubstr("the-file"));
    }
  }
}

TEST(RecordCodecTest, UnknownVersionIsRefusedByName) {
  std::string bytes = EncodeHeader() + EncodeRecord("x");
  bytes[3] = 9;
  const absl::Status status = DecodeRecords("/meta/slave.info", bytes).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("'/meta/slave.info' has version 9"));
}

TEST(RecordCodecTest, ASentinelTellsWhenOrNothing) {
  const absl::Time end = absl::FromUnixNanos(1'234'567'890'123'456'789);
  EXPECT_EQ(DecodeEnd(EncodeEnd(end)), end);
  EXPECT_EQ(DecodeEnd(""), std::nullopt);  // as agents of before wrote it
  EXPECT_EQ(DecodeEnd(EncodeHeader() + EncodeRecord("soon")), std::nullopt);
  std::string of_another_version = EncodeEnd(end);
  of_another_version[3] = 9;
  EXPECT_EQ(DecodeEnd(of_another_version), std::nullopt);
}

TEST(PathsTest, IdsThatLeaveTheTreeAreRefused) {
  EXPECT_TRUE(ValidatePathId("Task", "a.b-c_d:e@f g").ok());
  EXPECT_TRUE(ValidatePathId("Task", std::string(255, 'a')).ok());
  for (const std::string& id :
       {std::string(""), std::string("."), std::string(".."), std::string("a/b"), std::string("/"),
        std::string("a\\b"), std::string("a\0b", 3), std::string(256, 'a'),
        std::string("latest")}) {
    EXPECT_FALSE(ValidatePathId("Task", id).ok()) << id;
  }
}

class RecoveryTest : public testing::Test {
 protected:
  RecoveryTest() {
    internal::AgentCheckpoint agent;
    agent.set_version(1);
    agent.mutable_info()->set_hostname("h");
    agent.mutable_info()->mutable_id()->set_value("S0");
    Put(meta::AgentInfo("S0"), agent);
    EXPECT_TRUE(fs_.Symlink("S0", Path(meta::LatestAgentLink())).ok());
    internal::FrameworkCheckpoint framework;
    framework.set_version(1);
    framework.mutable_info()->set_user("u");
    framework.mutable_info()->set_name("n");
    framework.mutable_info()->mutable_id()->set_value("F");
    Put(meta::FrameworkInfo("S0", "F"), framework);
    PutTask("t1");
    PutTask("t2");
  }

  static std::string Path(const std::string& path) { return absl::StrCat(kMeta, "/", path); }

  void Put(const std::string& path, const google::protobuf::Message& message) {
    ASSERT_TRUE(fs_.WriteAtomically(Path(path),
                                    EncodeHeader() + EncodeRecord(message.SerializeAsString()),
                                    Sync::kYes)
                    .ok());
  }

  static RunId Run(const std::string& task_id) { return {"S0", "F", task_id, "c-" + task_id}; }

  void PutTask(const std::string& id) {
    internal::TaskCheckpoint task;
    task.set_version(1);
    task.mutable_info()->set_name(id);
    task.mutable_info()->mutable_task_id()->set_value(id);
    task.mutable_info()->mutable_agent_id()->set_value("S0");
    task.mutable_info()->mutable_command()->set_value("true");
    task.set_launched_at_nanoseconds(5);
    Put(meta::TaskInfo(Run(id), id), task);
  }

  void Damage(const std::string& path) {
    std::string bytes = *fs_.Read(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    ASSERT_TRUE(fs_.WriteAtomically(path, bytes, Sync::kYes).ok());
  }

  absl::StatusOr<RecoveredState> Read(bool strict = true) {
    return Recover(fs_, {kMeta, "boot", strict});
  }

  MemoryFileSystem fs_;
};

TEST_F(RecoveryTest, ReadsTheTree) {
  const absl::StatusOr<RecoveredState> state = Read();
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->agent->id().value(), "S0");
  EXPECT_FALSE(state->rebooted);
  ASSERT_THAT(state->frameworks, SizeIs(1));
  ASSERT_THAT(state->frameworks[0].executors, SizeIs(2));
  const RecoveredExecutor& executor = state->frameworks[0].executors[0];
  EXPECT_TRUE(executor.is_command_task);
  EXPECT_EQ(executor.container_id, "c-t1");
  ASSERT_THAT(executor.tasks, SizeIs(1));
  EXPECT_EQ(executor.tasks[0].launched_at, absl::FromUnixNanos(5));
}

TEST_F(RecoveryTest, NothingThereIsAFreshAgent) {
  MemoryFileSystem empty;
  const absl::StatusOr<RecoveredState> state = Recover(empty, {kMeta, "boot", true});
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_FALSE(state->agent.has_value());
  EXPECT_FALSE(state->rebooted);
}

TEST_F(RecoveryTest, KnowsAReboot) {
  ASSERT_TRUE(fs_.WriteAtomically(Path(meta::BootId()), "other\n", Sync::kYes).ok());
  EXPECT_TRUE(Read()->rebooted);
  ASSERT_TRUE(fs_.WriteAtomically(Path(meta::BootId()), "boot\n", Sync::kYes).ok());
  EXPECT_FALSE(Read()->rebooted);
}

TEST_F(RecoveryTest, CompletedRunsHaveNoTasks) {
  ASSERT_TRUE(fs_.WriteAtomically(Path(meta::Sentinel(Run("t1"))), "", Sync::kYes).ok());
  const absl::StatusOr<RecoveredState> state = Read();
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_TRUE(state->frameworks[0].executors[0].completed);
  EXPECT_THAT(state->frameworks[0].executors[0].tasks, IsEmpty());
}

TEST_F(RecoveryTest, DamagedFileIsAnErrorThatNamesIt) {
  for (const std::string& path : {Path(meta::AgentInfo("S0")), Path(meta::FrameworkInfo("S0", "F")),
                                  Path(meta::TaskInfo(Run("t1"), "t1"))}) {
    const MemoryFileSystem before = fs_;
    Damage(path);
    const absl::Status status = Read().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << path;
    EXPECT_THAT(status.message(), HasSubstr(path));
    fs_ = before;
  }
}

TEST_F(RecoveryTest, NotStrictSkipsWhatIsDamaged) {
  Damage(Path(meta::TaskInfo(Run("t1"), "t1")));
  const absl::StatusOr<RecoveredState> state = Read(/*strict=*/false);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_THAT(state->problems, SizeIs(1));
  ASSERT_THAT(state->frameworks[0].executors, SizeIs(2));
  EXPECT_THAT(state->frameworks[0].executors[1].tasks, SizeIs(1));
}

TEST_F(RecoveryTest, NotStrictStillNeedsTheAgentsOwnInfo) {
  Damage(Path(meta::AgentInfo("S0")));
  EXPECT_FALSE(Read(/*strict=*/false).ok());
}

TEST_F(RecoveryTest, UnknownVersionsAreRefused) {
  internal::AgentCheckpoint agent;
  agent.set_version(2);
  agent.mutable_info()->set_hostname("h");
  Put(meta::AgentInfo("S0"), agent);
  const absl::Status status = Read().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("slave.info' has version 2"));
  internal::MachineCheckpoint machine;
  machine.set_version(2);
  Put(meta::Machine(), machine);
  EXPECT_THAT(Read().status().message(), HasSubstr("machine' has version 2"));
}

TEST_F(RecoveryTest, KnowsTheMachine) {
  internal::MachineCheckpoint machine;
  machine.set_version(1);
  machine.set_machine_id("m");
  machine.set_work_directory("/w");
  Put(meta::Machine(), machine);
  const RecoveredState state = *Read();
  EXPECT_EQ(state.machine, (MachineIdentity{"m", "", "/w"}));
}

TEST_F(RecoveryTest, WhatWasNeverSyncedWasNeverLaunched) {
  for (const std::string& path :
       {Path(meta::FrameworkInfo("S0", "F")), Path(meta::TaskInfo(Run("t1"), "t1"))}) {
    const MemoryFileSystem before = fs_;
    const std::string bytes = *fs_.Read(path);
    for (const size_t size : {size_t{0}, size_t{3}, bytes.size() / 2, bytes.size() - 1}) {
      ASSERT_TRUE(fs_.WriteAtomically(path, bytes.substr(0, size), Sync::kYes).ok());
      const absl::StatusOr<RecoveredState> state = Read();
      ASSERT_TRUE(state.ok()) << state.status();
      EXPECT_TRUE(state->frameworks[0].executors[0].completed);
      EXPECT_FALSE(state->frameworks[0].executors[0].has_sentinel);
    }
    ASSERT_TRUE(fs_.RemoveAll(path).ok());
    EXPECT_TRUE(Read().ok());

    internal::StatusUpdateRecord record;
    record.mutable_update()->mutable_framework_id()->set_value("F");
    record.mutable_update()->mutable_status()->mutable_task_id()->set_value("t1");
    record.mutable_update()->mutable_status()->set_state(v1::TASK_RUNNING);
    ASSERT_TRUE(fs_.Append(Path(meta::TaskUpdates(Run("t1"), "t1")),
                           EncodeHeader() + EncodeRecord(record.SerializeAsString()), Sync::kYes)
                    .ok());
    EXPECT_THAT(Read().status().message(), HasSubstr(path));
    fs_ = before;
  }
}

TEST_F(RecoveryTest, RegistrationThatWasNeverSyncedIsForgotten) {
  ASSERT_TRUE(fs_.WriteAtomically(Path(meta::AgentInfo("S0")), "MC", Sync::kYes).ok());
  EXPECT_FALSE(Read().ok());
  ASSERT_TRUE(fs_.RemoveAll(Path(meta::FrameworksDirectory("S0"))).ok());
  const absl::StatusOr<RecoveredState> state = Read();
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_FALSE(state->agent.has_value());
}

TEST_F(RecoveryTest, RecordsOfAnotherKindAreRefused) {
  const std::string path = Path(meta::TaskUpdates(Run("t1"), "t1"));
  ASSERT_TRUE(fs_.Append(path, EncodeHeader() + EncodeRecord("\x7a\x03xyz"), Sync::kYes).ok());
  EXPECT_THAT(Read().status().message(), HasSubstr("task.updates"));
}

TEST_F(RecoveryTest, TornUpdatesAreCut) {
  const std::string path = Path(meta::TaskUpdates(Run("t1"), "t1"));
  internal::StatusUpdateRecord record;
  record.set_acknowledged_uuid("u");
  const std::string whole = EncodeHeader() + EncodeRecord(record.SerializeAsString());
  ASSERT_TRUE(fs_.Append(path, whole + whole.substr(4, 6), Sync::kYes).ok());
  const absl::StatusOr<RecoveredState> state = Read();
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_THAT(state->frameworks[0].executors[0].tasks[0].acknowledged_uuids, SizeIs(1));
  EXPECT_EQ(*fs_.Read(path), whole);
}

TEST(MachineTest, ACopyIsKnownAsOne) {
  std::string pattern = testing::TempDir() + "/machine-XXXXXX";
  const std::string directory = mkdtemp(pattern.data());
  const std::string original = directory + "/original";
  const std::string copy = directory + "/copy";
  std::filesystem::create_directories(original + "/meta/slaves");
  std::filesystem::create_directories(copy);
  std::filesystem::create_symlink("/somewhere/A-S1", original + "/meta/slaves/latest");
  MachineIdentity then = ReadMachineIdentity(original);
  EXPECT_EQ(then.work_directory, std::filesystem::canonical(original));
  const MachineIdentity now = ReadMachineIdentity(copy);
  EXPECT_EQ(WhyCopied(then, then, true, "A-S1"), "");
  EXPECT_THAT(WhyCopied(then, now, true, "A-S1"), HasSubstr("copy of '" + then.work_directory));
  // Another agent has begun there since: this is what was moved away.
  EXPECT_EQ(WhyCopied(then, now, true, "A-S2"), "");
  std::filesystem::remove_all(original);
  EXPECT_EQ(WhyCopied(then, now, true, "A-S1"), "");
  std::filesystem::create_symlink(copy, original);
  EXPECT_EQ(WhyCopied(then, now, true, "A-S1"), "");
  std::filesystem::remove_all(directory);
}

TEST(MachineTest, AnotherMachineIsKnownByItsIds) {
  const MachineIdentity now = {"machine", "product", "/w"};
  EXPECT_EQ(WhyCopied({"", "", "/w"}, now, false, "A"), "");
  EXPECT_EQ(WhyCopied(now, {"", "", "/w"}, false, "A"), "");
  EXPECT_THAT(WhyCopied({"other", "product", "/w"}, now, false, "A"),
              HasSubstr("machine-id other"));
  EXPECT_THAT(WhyCopied({"machine", "other", "/w"}, now, false, "A"),
              HasSubstr("product id other"));
  // One boot is one machine, whatever a container shows of it.
  EXPECT_EQ(WhyCopied({"other", "other", "/w"}, now, true, "A"), "");
}

TEST(CompatibilityTest, SameResourcesInAnotherOrderAreTheSame) {
  v1::AgentInfo a;
  a.set_hostname("h");
  for (const char* name : {"cpus", "mem"}) {
    v1::Resource* resource = a.add_resources();
    resource->set_name(name);
    resource->set_type(v1::Value::SCALAR);
    resource->mutable_scalar()->set_value(4);
  }
  v1::AgentInfo b = a;
  b.mutable_resources()->SwapElements(0, 1);
  b.set_port(9999);
  EXPECT_TRUE(CheckCompatible(a, b, kMeta).ok());
}

TEST(CompatibilityTest, SaysWhatDiffersAndWhatToDo) {
  v1::AgentInfo a;
  a.set_hostname("h");
  a.mutable_id()->set_value("S0");
  v1::Resource* resource = a.add_resources();
  resource->set_name("cpus");
  resource->set_type(v1::Value::SCALAR);
  resource->mutable_scalar()->set_value(4);
  v1::AgentInfo b = a;
  b.mutable_resources(0)->mutable_scalar()->set_value(8);
  v1::Attribute* attribute = b.add_attributes();
  attribute->set_name("rack");
  attribute->set_type(v1::Value::TEXT);
  attribute->mutable_text()->set_value("r1");
  const absl::Status status = CheckCompatible(a, b, kMeta);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  for (const char* part :
       {"'S0'", "--resources was 'cpus:4' and is now 'cpus:8'",
        "--attributes was '' and is now 'rack:r1'", "--recover=cleanup", "'/meta/slaves/latest'"}) {
    EXPECT_THAT(status.message(), HasSubstr(part));
  }
}

class AdditivePolicyTest : public ::testing::Test {
 protected:
  AdditivePolicyTest() {
    before_.set_hostname("h");
    before_.mutable_id()->set_value("S0");
    Set(before_, "cpus:4;ports:[100-200]", "rack:r1;level:3");
  }

  static void Set(v1::AgentInfo& info, const std::string& resources,
                  const std::string& attributes) {
    info.clear_resources();
    ParseResources(resources, "*")->ToProto(info.mutable_resources());
    *info.mutable_attributes() = *ParseAttributes(attributes);
  }

  absl::Status Check(const std::string& resources, const std::string& attributes) const {
    v1::AgentInfo now = before_;
    Set(now, resources, attributes);
    return CheckCompatible(before_, now, kMeta, ReconfigurationPolicy::kAdditive);
  }

  v1::AgentInfo before_;
};

TEST_F(AdditivePolicyTest, TakesWhatIsAdded) {
  EXPECT_TRUE(Check("cpus:4;ports:[100-200]", "rack:r1;level:3").ok());
  EXPECT_TRUE(Check("cpus:8;mem:64;ports:[1-300]", "level:3;zone:z;rack:r1").ok());
  v1::AgentInfo now = before_;
  now.mutable_domain()->mutable_fault_domain()->mutable_region()->set_name("west");
  now.mutable_domain()->mutable_fault_domain()->mutable_zone()->set_name("a");
  EXPECT_TRUE(CheckCompatible(before_, now, kMeta, ReconfigurationPolicy::kAdditive).ok());
  EXPECT_FALSE(CheckCompatible(now, before_, kMeta, ReconfigurationPolicy::kAdditive).ok());
}

TEST_F(AdditivePolicyTest, RefusesWhatIsTakenAwayOrChanged) {
  EXPECT_THAT(Check("cpus:3;ports:[100-200]", "rack:r1;level:3").message(),
              HasSubstr("--resources was 'cpus:4; ports:[100-200]' and is now 'cpus:3;"));
  EXPECT_FALSE(Check("cpus:4;ports:[100-199]", "rack:r1;level:3").ok());
  EXPECT_FALSE(Check("cpus(web):4;ports:[100-200]", "rack:r1;level:3").ok());
  EXPECT_FALSE(Check("cpus:4;ports:{100,200}", "rack:r1;level:3").ok());
  EXPECT_THAT(Check("cpus:4;ports:[100-200]", "rack:r2;level:3").message(),
              HasSubstr("--attributes was 'rack:r1;level:3' and is now 'rack:r2;level:3'"));
  EXPECT_FALSE(Check("cpus:4;ports:[100-200]", "rack:r1").ok());
  v1::AgentInfo renamed = before_;
  renamed.set_hostname("other");
  EXPECT_FALSE(CheckCompatible(before_, renamed, kMeta, ReconfigurationPolicy::kAdditive).ok());
}

}  // namespace
}  // namespace mesos::agent
