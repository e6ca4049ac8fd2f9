#include "common/store/sqlite_store.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/runtime/asio_executor.h"
#include "common/store/sqlite_database.h"

namespace mesos::store {
namespace {

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<SqliteDatabase> database, Executor& executor)
      : executor_(executor), database_(std::move(database)) {}

  ~SqliteStore() override {
    *alive_ = false;
    thread_.Stop();
  }

  void Acquire(const std::string& owner,
               absl::AnyInvocable<void(absl::StatusOr<Contents>)> callback) override {
    thread_.Post("store_acquire", [this, owner, callback = std::move(callback)]() mutable {
      Answer([callback = std::move(callback), contents = database_->Acquire(owner)]() mutable {
        callback(std::move(contents));
      });
    });
  }

  void Apply(std::vector<Change> changes, absl::AnyInvocable<void(absl::Status)> done) override {
    thread_.Post("store_apply",
                 [this, changes = std::move(changes), done = std::move(done)]() mutable {
                   Answer([done = std::move(done), status = database_->Apply(changes)]() mutable {
                     done(std::move(status));
                   });
                 });
  }

 private:
  // `alive_` is read and written on the executor's thread only.
  void Answer(Executor::Work work) {
    executor_.Post("store_answer", [alive = alive_, work = std::move(work)]() mutable {
      if (*alive) work();
    });
  }

  Executor& executor_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::unique_ptr<SqliteDatabase> database_;  // of the thread
  AsioExecutor thread_{"store"};              // last: it ends before what it uses
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const std::string& path,
                                                       Executor& executor) {
  ASSIGN_OR_RETURN(std::unique_ptr<SqliteDatabase> database, SqliteDatabase::Open(path));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(database), executor));
}

}  // namespace mesos::store
