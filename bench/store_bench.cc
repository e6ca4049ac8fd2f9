// What the registry's stores cost: making one, taking one over, admitting agents, one change.
//
//   store_bench                                        # a file under /tmp, which goes at the end
//   store_bench --file=/var/lib/mesos/store.sqlite
//   store_bench --zk=zk://127.0.0.1:2181/store_bench
//
// The file or the path that is given should not exist before; it stays.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "common/flags/flags.h"
#include "common/runtime/asio_executor.h"
#include "common/runtime/run_and_wait.h"
#include "common/store/sqlite_store.h"
#include "common/store/zookeeper_store.h"
#include "common/zookeeper/client_session.h"
#include "glog/logging.h"

DEFINE_string(file, "", "The file of a store in SQLite. Without it and --zk, one under /tmp.");
DEFINE_string(zk, "", "The address and path of a store in ZooKeeper.");
DEFINE_int32(entries, 10'000, "How many entries are admitted first.");
DEFINE_int32(more, 100'000, "Up to how many entries it then grows, for the last take-over.");
DEFINE_int32(bytes, 700, "The size of an entry: an agent's facts take about as much.");

namespace mesos::store {
namespace {

class Bench {
 public:
  ~Bench() {
    RunAndWait(executor_, "end", [this] {
      store_ = nullptr;
      sessions_ = nullptr;
    });
  }

  void Open() {
    RunAndWait(executor_, "open", [this] {
      store_ = nullptr;
      if (!FLAGS_file.empty()) {
        absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore(FLAGS_file, executor_);
        LOG_IF(FATAL, !store.ok()) << store.status();
        store_ = *std::move(store);
        return;
      }
      const absl::StatusOr<zookeeper::Url> url = zookeeper::ParseUrl(FLAGS_zk);
      LOG_IF(FATAL, !url.ok()) << url.status();
      if (!sessions_) sessions_ = zookeeper::ClientSessions(*url, executor_, absl::Seconds(10));
      store_ = std::make_unique<ZooKeeperStore>(executor_, sessions_, url->path);
    });
  }

  // Includes connecting.
  void TakeOver(const char* what) {
    const absl::Time begin = absl::Now();
    Open();
    std::promise<absl::StatusOr<Contents>> done;
    executor_.Post("acquire", [&] {
      store_->Acquire("bench", [&](auto contents) { done.set_value(std::move(contents)); });
    });
    const absl::StatusOr<Contents> contents = done.get_future().get();
    LOG_IF(FATAL, !contents.ok()) << contents.status();
    absl::PrintF("%-48s %9.1f ms  entries=%d\n", what,
                 absl::ToDoubleMilliseconds(absl::Now() - begin), contents->entries.size());
  }

  absl::Duration Write(int first, int count) {
    std::vector<Change> changes;
    for (int i = first; i < first + count; ++i) {
      changes.push_back({absl::StrFormat("agents/%08d", i),
                         std::string(FLAGS_bytes, static_cast<char>('a' + i % 26))});
    }
    const absl::Time begin = absl::Now();
    std::promise<absl::Status> done;
    executor_.Post("apply", [&] {
      store_->Apply(std::move(changes), [&](absl::Status status) { done.set_value(status); });
    });
    const absl::Status status = done.get_future().get();
    LOG_IF(FATAL, !status.ok()) << status;
    return absl::Now() - begin;
  }

  void Admit(int first, int last, int batch) {
    absl::Duration total;
    for (int i = first; i < last; i += batch) total += Write(i, std::min(batch, last - i));
    absl::PrintF("admit %6d entries of %d bytes, %5d at once %9.1f ms\n", last - first, FLAGS_bytes,
                 batch, absl::ToDoubleMilliseconds(total));
  }

  void ChangeOneByOne(int count) {
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
      times.push_back(absl::ToDoubleMilliseconds(Write(i * 37 % FLAGS_entries, 1)));
    }
    std::sort(times.begin(), times.end());
    absl::PrintF("one change among %d: median %.2f ms, 99th of 100 %.2f ms\n", FLAGS_entries,
                 times[times.size() / 2], times[times.size() * 99 / 100]);
  }

 private:
  AsioExecutor executor_{"bench"};
  zookeeper::SessionFactory sessions_;
  std::unique_ptr<Store> store_;
};

void Run() {
  Bench bench;
  bench.TakeOver("make, and take over empty");
  bench.TakeOver("take over empty");
  const int half = FLAGS_entries / 2;
  bench.Admit(0, half, 100);
  bench.Admit(half, FLAGS_entries, FLAGS_entries - half);
  bench.Admit(0, FLAGS_entries, FLAGS_entries);
  bench.ChangeOneByOne(500);
  bench.TakeOver("take over");
  if (FLAGS_more <= FLAGS_entries) return;
  bench.Admit(FLAGS_entries, FLAGS_more, 10'000);
  bench.TakeOver("take over");
}

}  // namespace
}  // namespace mesos::store

int main(int argc, char** argv) {
  const mesos::flags::Program program = {
      .name = "store_bench", .summary = "Measures a store of the registry.", .required = {}};
  if (std::optional<int> code = mesos::flags::StartProgram(program, argc, argv)) return *code;
  if (!FLAGS_file.empty() && !FLAGS_zk.empty()) {
    std::fprintf(stderr, "store_bench: give one of --file and --zk\n");
    return EXIT_FAILURE;
  }
  std::string directory;
  if (FLAGS_file.empty() && FLAGS_zk.empty()) {
    char name[] = "/tmp/store_bench.XXXXXX";
    PCHECK(mkdtemp(name) != nullptr) << name;
    directory = name;
    FLAGS_file = directory + "/store.sqlite";
  }
  mesos::store::Run();
  if (!directory.empty()) std::filesystem::remove_all(directory);
  return EXIT_SUCCESS;
}
