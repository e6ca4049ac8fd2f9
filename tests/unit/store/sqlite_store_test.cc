#include "common/store/sqlite_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "common/store/sqlite_database.h"

namespace mesos::store {
namespace {

using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    char name[] = "/tmp/sqlite_store_test.XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(directory_); }

  std::string Path() const { return directory_ + "/registry.sqlite"; }

  void Write(const std::string& bytes) {
    std::ofstream(Path(), std::ios::binary | std::ios::trunc) << bytes;
  }
  std::string Read() {
    std::ifstream in(Path(), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  std::string directory_;
};

TEST_F(SqliteStoreTest, AnswersOnTheExecutor) {
  AsioExecutor executor("test");
  absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(Path(), executor);
  ASSERT_TRUE(store.ok()) << store.status();
  std::promise<absl::Status> applied;
  executor.Post("test", [&] {
    (*store)->Acquire("me", [&](absl::StatusOr<Contents> contents) {
      executor.AssertOnThread();
      ASSERT_TRUE(contents.ok()) << contents.status();
      (*store)->Apply({{"a", "1"}}, [&](absl::Status status) {
        executor.AssertOnThread();
        applied.set_value(status);
      });
    });
  });
  EXPECT_TRUE(applied.get_future().get().ok());
  RunAndWait(executor, "test", [&] { store->reset(); });
  EXPECT_THAT((*SqliteDatabase::Open(Path()))->Acquire("you")->entries,
              UnorderedElementsAre(Pair("a", "1")));
}

TEST_F(SqliteStoreTest, NamesThePathThatCannotBeOpened) {
  const absl::Status status = SqliteDatabase::Open(directory_ + "/missing/registry").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("/missing/registry"));
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNoDatabaseAndLeavesItAsItIs) {
  Write("this is not a database, however long it may be");
  const absl::Status status = SqliteDatabase::Open(Path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr(Path()));
  EXPECT_EQ(Read(), "this is not a database, however long it may be");
}

TEST_F(SqliteStoreTest, RefusesADatabaseOfAnotherProgram) {
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(Path().c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "CREATE TABLE songs (name TEXT)", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(other);
  const absl::Status status = SqliteDatabase::Open(Path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("another program"));
}

TEST_F(SqliteStoreTest, RefusesADatabaseThatHasLostATable) {
  for (const std::string table : {"entries", "owner"}) {
    std::filesystem::remove_all(Path());
    ASSERT_TRUE(SqliteDatabase::Open(Path()).ok());
    sqlite3* hand = nullptr;
    ASSERT_EQ(sqlite3_open(Path().c_str(), &hand), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(hand, ("DROP TABLE " + table).c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(hand);
    const absl::Status status = SqliteDatabase::Open(Path()).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(status.message(), HasSubstr(Path() + " has lost its table '" + table + "'"));
  }
}

TEST_F(SqliteStoreTest, RefusesANewerFormat) {
  ASSERT_TRUE(SqliteDatabase::Open(Path()).ok());
  sqlite3* newer = nullptr;
  ASSERT_EQ(sqlite3_open(Path().c_str(), &newer), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(newer, "PRAGMA user_version=7", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(newer);
  const absl::Status status = SqliteDatabase::Open(Path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("format 7"));
}

TEST_F(SqliteStoreTest, NamesAnEntryWhoseBytesHaveTurned) {
  {
    auto database = *SqliteDatabase::Open(Path());
    ASSERT_TRUE(database->Acquire("me").ok());
    ASSERT_TRUE(database->Apply({{"agents/S1", "a value that is easy to find"}}).ok());
  }
  std::string bytes = Read();
  const size_t at = bytes.find("easy to find");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'E';
  Write(bytes);
  const absl::Status status = (*SqliteDatabase::Open(Path()))->Acquire("me").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("agents/S1"));
  EXPECT_NE(Read().find("Easy to find"), std::string::npos) << "and leaves it as it is";
}

// Whatever bytes a file has, it is opened, or refused with a reason.
TEST_F(SqliteStoreTest, SurvivesDamageAnywhere) {
  {
    auto database = *SqliteDatabase::Open(Path());
    ASSERT_TRUE(database->Acquire("me").ok());
    std::vector<Change> changes;
    for (int i = 0; i < 200; ++i)
      changes.push_back({"n" + std::to_string(i), std::string(100, 'v')});
    ASSERT_TRUE(database->Apply(changes).ok());
  }
  const std::string whole = Read();
  for (size_t at = 0; at < whole.size(); at += 1'009) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    Write(damaged);
    auto database = SqliteDatabase::Open(Path());
    if (!database.ok()) continue;
    absl::StatusOr<Contents> contents = (*database)->Acquire("me");
    if (!contents.ok()) {
      EXPECT_FALSE(contents.status().message().empty());
      continue;
    }
    for (const auto& [name, value] : contents->entries) EXPECT_EQ(value, std::string(100, 'v'));
  }
}

// A copy that was cut short: refused, or whole all the same; never half of it.
TEST_F(SqliteStoreTest, NeverTakesPartOfAFileForAllOfIt) {
  {
    auto database = *SqliteDatabase::Open(Path());
    ASSERT_TRUE(database->Acquire("me").ok());
    std::vector<Change> changes;
    for (int i = 0; i < 200; ++i)
      changes.push_back({"n" + std::to_string(i), std::string(100, 'v')});
    ASSERT_TRUE(database->Apply(changes).ok());
  }
  const std::string whole = Read();
  ASSERT_GT(whole.size(), 20'000u);
  for (size_t size = 1; size < whole.size(); size += 509) {
    Write(whole.substr(0, size));
    auto database = SqliteDatabase::Open(Path());
    absl::StatusOr<Contents> contents =
        database.ok() ? (*database)->Acquire("me") : absl::StatusOr<Contents>(database.status());
    if (!contents.ok()) {
      EXPECT_EQ(contents.status().code(), absl::StatusCode::kDataLoss) << contents.status();
      EXPECT_THAT(contents.status().message(), HasSubstr(Path()));
    } else {
      EXPECT_EQ(contents->entries.size(), 200u) << "at " << size;
    }
  }
}

TEST_F(SqliteStoreTest, RefusesADirectoryInItsPlace) {
  std::filesystem::create_directory(Path());
  const absl::Status status = SqliteDatabase::Open(Path()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr(Path()));
}

TEST_F(SqliteStoreTest, TellsWhenTheDiskIsFull) {
  auto database = *SqliteDatabase::Open(Path());
  ASSERT_TRUE(database->Acquire("me").ok());
  ASSERT_TRUE(database->Apply({{"a", "1"}}).ok());
  // A limit on the file's size stands for the disk.
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, SIG_IGN);
  rlimit tight = before;
  tight.rlim_cur = 64 << 10;
  setrlimit(RLIMIT_FSIZE, &tight);
  const absl::Status full = database->Apply({{"b", std::string(1 << 20, 'x')}});
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(full.code(), absl::StatusCode::kUnavailable) << full;
  EXPECT_TRUE(database->Apply({{"c", "3"}}).ok()) << "once there is space again";
  EXPECT_THAT((*SqliteDatabase::Open(Path()))->Acquire("you")->entries,
              UnorderedElementsAre(Pair("a", "1"), Pair("c", "3")));
}

}  // namespace
}  // namespace mesos::store
