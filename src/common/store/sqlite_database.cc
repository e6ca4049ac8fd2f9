#include "common/store/sqlite_database.h"

#include <zlib.h>

#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace mesos::store {
namespace {

// Marks the file as ours, and its layout, in SQLite's own header.
constexpr int kApplicationId = 0x4d455352;  // "MESR"
constexpr int kDatabaseFormat = 1;
constexpr int kBusyTimeoutMs = 5'000;

std::string ColumnText(sqlite3_stmt* statement, int column) {
  const void* bytes = sqlite3_column_blob(statement, column);
  const int length = sqlite3_column_bytes(statement, column);
  return bytes == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(bytes), static_cast<size_t>(length));
}

// SQLite has none of its own: a bit that the disk turned must not pass as a value.
int64_t Checksum(const std::string& name, const std::string& value) {
  const auto add = [](uLong sum, const std::string& bytes) {
    return crc32_z(sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  };
  // Begun with something, so that what is all zeros has no sum of zero.
  return static_cast<int64_t>(add(add(add(0, "entry"), name), value));
}

void BindBytes(sqlite3_stmt* statement, int index, const std::string& bytes) {
  sqlite3_bind_blob64(statement, index, bytes.data(), bytes.size(), SQLITE_STATIC);
}

}  // namespace

// Takes the file's write lock; undone unless committed.
class SqliteDatabase::Transaction {
 public:
  explicit Transaction(SqliteDatabase& database) : database_(database) {}
  ~Transaction() {
    if (open_) database_.Run("ROLLBACK").IgnoreError();
  }

  absl::Status Begin() {
    RETURN_IF_ERROR(database_.Run("BEGIN IMMEDIATE"));
    open_ = true;
    return absl::OkStatus();
  }

  // Where the disk refuses, SQLite keeps the transaction: it is undone then.
  absl::Status Commit() {
    RETURN_IF_ERROR(database_.Run("COMMIT"));
    open_ = false;
    return absl::OkStatus();
  }

 private:
  SqliteDatabase& database_;
  bool open_ = false;
};

absl::StatusOr<std::unique_ptr<SqliteDatabase>> SqliteDatabase::Open(const std::string& path) {
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(path));
  RETURN_IF_ERROR(database->CheckHeader());
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &connection,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  database->connection_.reset(connection);
  if (code != SQLITE_OK) return database->Error(code);
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  RETURN_IF_ERROR(database->Prepare());
  return database;
}

// SQLite takes a file that was cut off within its first page for an empty one, and writes over it.
absl::Status SqliteDatabase::CheckHeader() const {
  constexpr absl::string_view kMagic("SQLite format 3\0", 16);
  std::ifstream file(path_, std::ios::binary);
  char begin[kMagic.size()];
  file.read(begin, sizeof(begin));
  // What is not there, is new and empty, or cannot be read is SQLite's to tell of.
  const absl::string_view read(begin, static_cast<size_t>(file.gcount()));
  return read.empty() || read == kMagic ? absl::OkStatus() : Error(SQLITE_NOTADB);
}

absl::Status SqliteDatabase::Prepare() {
  // First of all, so that a foreign or newer file is left as it is.
  RETURN_IF_ERROR(CheckFormat());
  // A commit appends to a log and syncs it: one sync a change.
  RETURN_IF_ERROR(Run("PRAGMA journal_mode=WAL"));
  RETURN_IF_ERROR(Run("PRAGMA synchronous=FULL"));
  RETURN_IF_ERROR(MakeTables());
  ASSIGN_OR_RETURN(set_, Compile("INSERT INTO entries (name, value, checksum) VALUES (?1, ?2, ?3) "
                                 "ON CONFLICT (name) DO UPDATE SET value = ?2, checksum = ?3"));
  ASSIGN_OR_RETURN(erase_, Compile("DELETE FROM entries WHERE name = ?1"));
  return absl::OkStatus();
}

absl::Status SqliteDatabase::MakeTables() {
  Transaction transaction(*this);
  RETURN_IF_ERROR(transaction.Begin());
  RETURN_IF_ERROR(
      Run("CREATE TABLE IF NOT EXISTS entries "
          "(name BLOB PRIMARY KEY, value BLOB NOT NULL, checksum INTEGER NOT NULL) "
          "WITHOUT ROWID"));
  RETURN_IF_ERROR(
      Run("CREATE TABLE IF NOT EXISTS owner "
          "(id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, name TEXT NOT NULL)"));
  RETURN_IF_ERROR(Run(absl::StrCat("PRAGMA application_id=", kApplicationId).c_str()));
  RETURN_IF_ERROR(Run(absl::StrCat("PRAGMA user_version=", kDatabaseFormat).c_str()));
  return transaction.Commit();
}

absl::Status SqliteDatabase::CheckFormat() {
  const auto read = [this](const char* sql) -> absl::StatusOr<int> {
    ASSIGN_OR_RETURN(Statement statement, Compile(sql));
    ASSIGN_OR_RETURN(const bool row, Step(statement.get()));
    return row ? sqlite3_column_int(statement.get(), 0) : 0;
  };
  ASSIGN_OR_RETURN(const int application, read("PRAGMA application_id"));
  ASSIGN_OR_RETURN(const int format, read("PRAGMA user_version"));
  ASSIGN_OR_RETURN(const int tables, read("SELECT count(*) FROM sqlite_schema"));
  if (tables == 0 && application == 0) return absl::OkStatus();
  if (application != kApplicationId) {
    return absl::FailedPreconditionError(
        absl::StrCat(path_, " is a database of another program; give another --work_dir"));
  }
  if (format > kDatabaseFormat) {
    return absl::FailedPreconditionError(absl::StrCat(
        path_, " has format ", format, ", and this version knows up to ", kDatabaseFormat,
        ": start the newer version that wrote it, or move the file away to begin "
        "without its memory"));
  }
  // Ours has its tables from its first commit on.
  for (const char* table : {"entries", "owner"}) {
    ASSIGN_OR_RETURN(const int found,
                     read(absl::StrCat("SELECT count(*) FROM sqlite_schema WHERE type = 'table' "
                                       "AND name = '",
                                       table, "'")
                              .c_str()));
    if (found != 0) continue;
    return absl::DataLossError(absl::StrCat(path_, " has lost its table '", table,
                                            "': restore a copy of the file, or move it away to "
                                            "begin without its memory"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Contents> SqliteDatabase::Acquire(const std::string& owner) {
  Transaction transaction(*this);
  RETURN_IF_ERROR(transaction.Begin());
  {
    ASSIGN_OR_RETURN(Statement raise,
                     Compile("INSERT INTO owner (id, epoch, name) VALUES (1, 1, ?1) "
                             "ON CONFLICT (id) DO UPDATE SET epoch = epoch + 1, name = ?1"));
    sqlite3_bind_text64(raise.get(), 1, owner.data(), owner.size(), SQLITE_STATIC, SQLITE_UTF8);
    RETURN_IF_ERROR(Step(raise.get()).status());
  }
  Contents contents;
  {
    ASSIGN_OR_RETURN(Statement epoch, Compile("SELECT epoch FROM owner"));
    RETURN_IF_ERROR(Step(epoch.get()).status());
    contents.epoch = static_cast<uint64_t>(sqlite3_column_int64(epoch.get(), 0));
  }
  ASSIGN_OR_RETURN(Statement all, Compile("SELECT name, value, checksum FROM entries"));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, Step(all.get()));
    if (!row) break;
    std::string name = ColumnText(all.get(), 0);
    std::string value = ColumnText(all.get(), 1);
    if (Checksum(name, value) != sqlite3_column_int64(all.get(), 2)) return Damaged(name);
    contents.entries[std::move(name)] = std::move(value);
  }
  all = nullptr;
  RETURN_IF_ERROR(transaction.Commit());
  epoch_ = contents.epoch;
  return contents;
}

absl::Status SqliteDatabase::Apply(const std::vector<Change>& changes) {
  if (!epoch_) return absl::FailedPreconditionError("the store was not acquired");
  Transaction transaction(*this);
  RETURN_IF_ERROR(transaction.Begin());
  RETURN_IF_ERROR(CheckOwner());
  for (const Change& change : changes) {
    sqlite3_stmt* statement = change.value ? set_.get() : erase_.get();
    sqlite3_reset(statement);
    BindBytes(statement, 1, change.name);
    if (change.value) {
      BindBytes(statement, 2, *change.value);
      sqlite3_bind_int64(statement, 3, Checksum(change.name, *change.value));
    }
    const absl::Status done = Step(statement).status();
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    RETURN_IF_ERROR(done);
  }
  return transaction.Commit();
}

absl::Status SqliteDatabase::CheckOwner() {
  ASSIGN_OR_RETURN(Statement owner, Compile("SELECT epoch, name FROM owner"));
  ASSIGN_OR_RETURN(const bool row, Step(owner.get()));
  if (row && static_cast<uint64_t>(sqlite3_column_int64(owner.get(), 0)) == *epoch_)
    return absl::OkStatus();
  return absl::AbortedError(
      absl::StrCat(path_, " belongs to ", row ? ColumnText(owner.get(), 1) : "nobody", " now"));
}

absl::Status SqliteDatabase::Run(const char* sql) {
  return Error(sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr));
}

absl::StatusOr<SqliteDatabase::Statement> SqliteDatabase::Compile(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  RETURN_IF_ERROR(Error(sqlite3_prepare_v2(connection_.get(), sql, -1, &statement, nullptr)));
  return Statement(statement);
}

absl::StatusOr<bool> SqliteDatabase::Step(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return Error(code);
}

absl::Status SqliteDatabase::Damaged(const std::string& entry) const {
  return absl::DataLossError(absl::StrCat(
      "the entry '", entry, "' of ", path_,
      " is damaged: restore the file from a copy, or move it away to begin without its memory"));
}

absl::Status SqliteDatabase::Error(int code) const {
  switch (code & 0xff) {
    case SQLITE_OK:
      return absl::OkStatus();
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          absl::StrCat(path_, " is damaged (", sqlite3_errstr(code),
                       "): restore it from a copy, or move it away to begin without its memory"));
    case SQLITE_FULL:
      return absl::UnavailableError(absl::StrCat("no space is left for ", path_));
    case SQLITE_BUSY:
      return absl::UnavailableError(absl::StrCat(path_, " is in use by another process"));
    default:
      return absl::UnavailableError(absl::StrCat("cannot use ", path_, ": ", sqlite3_errstr(code)));
  }
}

}  // namespace mesos::store
