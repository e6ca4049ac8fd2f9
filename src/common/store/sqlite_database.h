#pragma once

// The blocking half of the SQLite store: one connection, used on one thread at a time.

#include <sqlite3.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace mesos::store {

class SqliteDatabase {
 public:
  // See OpenSqliteStore for the errors.
  static absl::StatusOr<std::unique_ptr<SqliteDatabase>> Open(const std::string& path);

  absl::StatusOr<Contents> Acquire(const std::string& owner);
  absl::Status Apply(const std::vector<Change>& changes);

 private:
  class Transaction;
  struct CloseConnection {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  struct FinishStatement {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

  explicit SqliteDatabase(std::string path) : path_(std::move(path)) {}

  absl::Status CheckHeader() const;
  absl::Status Prepare();
  absl::Status CheckFormat();
  absl::Status MakeTables();
  absl::Status Run(const char* sql);
  absl::StatusOr<Statement> Compile(const char* sql);
  // Whether there is a row.
  absl::StatusOr<bool> Step(sqlite3_stmt* statement);
  absl::Status CheckOwner();
  absl::Status Error(int code) const;
  absl::Status Damaged(const std::string& entry) const;

  const std::string path_;
  std::unique_ptr<sqlite3, CloseConnection> connection_;
  Statement set_;
  Statement erase_;
  std::optional<uint64_t> epoch_;
};

}  // namespace mesos::store
