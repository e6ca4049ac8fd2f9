#include "common/zookeeper/client_session.h"

#include <zookeeper/zookeeper.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <future>
#include <type_traits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "common/base/log_limiter.h"
#include "common/base/mutex.h"
#include "common/zookeeper/client_status.h"
#include "glog/logging.h"

namespace mesos::zookeeper {
namespace {

struct PendingWatch;

// What the C client's threads reach: it outlives the session, and is silent once that has gone.
struct Link : std::enable_shared_from_this<Link> {
  Link(Executor& executor_in, absl::Duration requested_in, SessionObserver observer_in)
      : executor(executor_in), requested(requested_in), observer(std::move(observer_in)) {}

  // Runs `work` on the executor, unless the session has gone by then.
  void Post(Executor::Work work) {
    executor.Post("zookeeper", [self = shared_from_this(), work = std::move(work)]() mutable {
      if (self->live) work();
    });
  }

  Executor& executor;
  const absl::Duration requested;  // the session's timeout
  // Of the executor's thread.
  SessionObserver observer;
  bool live = true;
  bool connected = false;
  bool ended = false;
  bool opened = false;
  std::vector<Executor::Work> early;  // events of the session from before it is opened here
  // Watches that have not fired. The C client holds them by address for as long as it lives.
  absl::flat_hash_map<const PendingWatch*, std::unique_ptr<PendingWatch>> watches;
  absl::flat_hash_map<const PendingWatch*, std::unique_ptr<PendingWatch>> unfired;  // at the end
  // Written before `connected` is posted.
  std::atomic<int> timeout_ms{0};
  // The opening thread and the session's end meet here: whoever comes second has the handle closed.
  Mutex mutex;
  zhandle_t* handle ABSL_GUARDED_BY(mutex) = nullptr;  // null until the servers' names resolve
  bool abandoned ABSL_GUARDED_BY(mutex) = false;
};

// The watch of one read. The C client calls it for events of the session, and once, the last time,
// for the change.
struct PendingWatch {
  std::shared_ptr<Link> link;
  Watch watch;
};

// What waits for one answer; handed to the C client as a raw pointer, taken back in its callback.
template <typename Answer>
struct Pending {
  std::shared_ptr<Link> link;
  std::string path;
  Answer answer;
};

template <typename Answer, typename Result>
void Complete(const void* data, Result result) {
  std::unique_ptr<Pending<Answer>> pending(static_cast<Pending<Answer>*>(const_cast<void*>(data)));
  Link& link = *pending->link;
  link.Post([answer = std::move(pending->answer), result = std::move(result)]() mutable {
    answer(std::move(result));
  });
}

template <typename Answer>
const std::string& PathOf(const void* data) {
  return static_cast<const Pending<Answer>*>(data)->path;
}

// Answers with what `read` makes of the C client's result, or with why there is none.
template <typename Result, typename Read>
void Finish(int code, const void* data, Read read) {
  using Answer = Callback<Result>;
  if (code == ZOK) {
    Complete<Answer>(data, absl::StatusOr<Result>(read()));
  } else {
    Complete<Answer>(data, absl::StatusOr<Result>(ToStatus(code, PathOf<Answer>(data))));
  }
}

// ---- Called by the C client's threads

void OnCreated(int code, const char* value, const void* data) {
  Finish<std::string>(code, data, [&] { return std::string(value); });
}

void OnData(int code, const char* value, int length, const struct Stat* stat, const void* data) {
  Finish<Node>(code, data, [&] {
    // A node without data has length -1.
    return Node{value != nullptr && length > 0 ? std::string(value, length) : std::string(),
                Version{stat->version}};
  });
}

void OnChildren(int code, const struct String_vector* names, const void* data) {
  Finish<std::vector<std::string>>(code, data, [&] {
    return std::vector<std::string>(names->data, names->data + names->count);
  });
}

void OnSynced(int code, const char*, const void* data) {
  Complete<Done>(data, ToStatus(code, PathOf<Done>(data)));
}

void OnDone(int code, const void* data) {
  Complete<Done>(data, ToStatus(code, PathOf<Done>(data)));
}

void OnWatch(zhandle_t*, int type, int, const char*, void* context) {
  if (type == ZOO_SESSION_EVENT) return;
  auto* pending = static_cast<PendingWatch*>(context);
  pending->link->Post([pending] {
    Link& link = *pending->link;
    auto fired = link.watches.extract(pending);
    if (!fired.empty()) fired.mapped()->watch();
  });
}

void OnSessionEvent(zhandle_t* handle, int type, int state, const char*, void* context) {
  if (type != ZOO_SESSION_EVENT) return;
  auto* link = static_cast<Link*>(context);
  const auto post = [link](Executor::Work work) {
    link->Post([link, work = std::move(work)]() mutable {
      if (!link->opened) {
        link->early.push_back(std::move(work));
      } else {
        work();
      }
    });
  };
  if (state == ZOO_CONNECTED_STATE) {
    link->timeout_ms = zoo_recv_timeout(handle);
    post([link] {
      if (link->ended || std::exchange(link->connected, true)) return;
      const absl::Duration agreed = absl::Milliseconds(link->timeout_ms.load());
      if (agreed != link->requested) {
        LOG_FIRST_N(WARNING, 1) << "ZooKeeper agrees to sessions of " << agreed << ", not "
                                << link->requested << ": see its minSessionTimeout, "
                                << "maxSessionTimeout and tickTime";
      }
      link->observer.connected();
    });
  } else if (state == ZOO_EXPIRED_SESSION_STATE || state == ZOO_AUTH_FAILED_STATE) {
    const absl::Status why = state == ZOO_EXPIRED_SESSION_STATE
                                 ? absl::CancelledError("the ZooKeeper session has expired")
                                 : absl::PermissionDeniedError("ZooKeeper refuses the credentials");
    post([link, why] {
      if (std::exchange(link->ended, true)) return;
      link->observer.ended(why);
    });
  } else {
    post([link] {
      if (link->ended || !std::exchange(link->connected, false)) return;
      link->observer.disconnected();
    });
  }
}

// Opens and ends handles of the C client on threads of their own: opening waits for names to
// resolve, ending for the client's threads and up to some seconds for a server that does not
// answer. Used on the executor's thread; its destruction waits for all.
class Threads {
 public:
  ~Threads() {
    for (std::future<void>& running : running_) running.wait();
  }

  void Run(std::function<void()> work) {
    std::erase_if(running_, [](const std::future<void>& running) {
      return running.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    });
    running_.push_back(std::async(std::launch::async, std::move(work)));
  }

  void Close(zhandle_t* handle, std::shared_ptr<Link> link) {
    Run([handle, link = std::move(link)] {
      zookeeper_close(handle);
      // The watches that have not fired, which hold the link.
      link->unfired.clear();
    });
  }

 private:
  std::vector<std::future<void>> running_;
};

// Null, with errno, where no name resolves. On any thread.
zhandle_t* OpenHandle(const Url& url, absl::Duration timeout, Link* link) {
  zhandle_t* handle = zookeeper_init2(
      url.servers.c_str(), OnSessionEvent, static_cast<int>(absl::ToInt64Milliseconds(timeout)),
      nullptr, link, ZOO_NO_LOG_CLIENTENV, [](const char* line) { VLOG(1) << line; });
  if (handle == nullptr) return nullptr;
  // Names are asked for again when a connection is lost, not at each turn of the client's loop.
  zoo_set_servers_resolution_delay(handle, -1);
  if (url.credentials.empty()) return handle;
  const int code = zoo_add_auth(
      handle, "digest", url.credentials.data(), static_cast<int>(url.credentials.size()),
      [](int, const void*) {}, nullptr);
  LOG_IF(ERROR, code != ZOK) << "Cannot authenticate with ZooKeeper: " << zerror(code);
  return handle;
}

class ClientSession final : public Session {
 public:
  ClientSession(const Url& url, Executor& executor, std::shared_ptr<Threads> threads,
                absl::Duration timeout, Readers readers, SessionObserver observer)
      : url_(url),
        timeout_(timeout),
        readers_(readers),
        executor_(executor),
        threads_(std::move(threads)),
        link_(std::make_shared<Link>(executor, timeout, std::move(observer))) {
    Open();
    patience_ = executor_.RunAt(executor_.Now() + timeout_, "zookeeper_silent", [this] {
      patience_ = TimerId::kNone;
      LOG_IF(WARNING, !link_->connected && !link_->ended)
          << "No server of " << url_.ToString() << " has answered within " << timeout_
          << "; trying on";
    });
  }

  ~ClientSession() override {
    executor_.Cancel(retry_);
    executor_.Cancel(patience_);
    link_->live = false;
    link_->unfired = std::move(link_->watches);
    zhandle_t* handle = nullptr;
    {
      MutexLock lock(link_->mutex);
      link_->abandoned = true;
      handle = link_->handle;
    }
    if (handle != nullptr) threads_->Close(handle, link_);
  }

  void Create(const std::string& path, std::string data, CreateMode mode,
              Callback<std::string> callback) override {
    const int flags = mode == CreateMode::kEphemeralSequential ? ZOO_EPHEMERAL | ZOO_SEQUENCE : 0;
    Ask(path, std::move(callback), [&](auto* pending) {
      return zoo_acreate(handle_, path.c_str(), data.data(), static_cast<int>(data.size()), Acl(),
                         flags, OnCreated, pending);
    });
  }

  void Sync(const std::string& path, Done done) override {
    Ask(path, std::move(done),
        [&](auto* pending) { return zoo_async(handle_, path.c_str(), OnSynced, pending); });
  }

  void Get(const std::string& path, Watch watch, Callback<Node> callback) override {
    PendingWatch* context = Keep(std::move(watch));
    Ask(path, Dropping<Node>(context, std::move(callback)), [&](auto* pending) {
      return zoo_awget(handle_, path.c_str(), context != nullptr ? OnWatch : nullptr, context,
                       OnData, pending);
    });
  }

  void Children(const std::string& path, Watch watch,
                Callback<std::vector<std::string>> callback) override {
    PendingWatch* context = Keep(std::move(watch));
    using Names = std::vector<std::string>;
    Ask(path, Dropping<Names>(context, std::move(callback)), [&](auto* pending) {
      return zoo_awget_children(handle_, path.c_str(), context != nullptr ? OnWatch : nullptr,
                                context, OnChildren, pending);
    });
  }

  void Delete(const std::string& path, Version version, Done done) override {
    Ask(path, std::move(done), [&](auto* pending) {
      return zoo_adelete(handle_, path.c_str(), static_cast<int>(version), OnDone, pending);
    });
  }

  void Multi(std::vector<Operation> operations, Done done) override {
    // The C client reads the operations' bytes during the call only, but writes the results until
    // the answer is there.
    auto batch = std::make_shared<Batch>();
    batch->operations = std::move(operations);
    batch->results.resize(batch->operations.size());
    for (const Operation& operation : batch->operations) {
      std::visit([&](const auto& one) { batch->ops.push_back(ToOp(one)); }, operation);
    }
    Done keep_batch = [batch, done = std::move(done)](absl::Status status) mutable {
      done(std::move(status));
    };
    Ask("transaction", std::move(keep_batch), [&](auto* pending) {
      return zoo_amulti(handle_, static_cast<int>(batch->ops.size()), batch->ops.data(),
                        batch->results.data(), OnDone, pending);
    });
  }

  absl::Duration timeout() const override { return absl::Milliseconds(link_->timeout_ms.load()); }

 private:
  struct Batch {
    std::vector<Operation> operations;
    std::vector<zoo_op_t> ops;
    std::vector<zoo_op_result_t> results;
  };

  // How long it waits where not even the names of the servers resolve.
  static constexpr absl::Duration kRetryInterval = absl::Seconds(1);

  void Open() {
    threads_->Run([this, link = link_, url = url_, timeout = timeout_] {
      zhandle_t* handle = OpenHandle(url, timeout, link.get());
      const int error = errno;
      bool abandoned = false;
      {
        MutexLock lock(link->mutex);
        abandoned = link->abandoned;
        if (!abandoned) link->handle = handle;
      }
      if (!abandoned) {
        link->Post([this, handle, error] { OnOpened(handle, error); });
      } else if (handle != nullptr) {
        zookeeper_close(handle);
      }
    });
  }

  void OnOpened(zhandle_t* handle, int error) {
    if (handle == nullptr) {
      LOG_IF(WARNING, limiter_.Admits(executor_.Now(), url_.servers))
          << "Cannot open a ZooKeeper session with " << url_.ToString()
          << "; trying again: " << (error == ENOENT ? "no name resolves" : std::strerror(error));
      retry_ = executor_.RunAt(executor_.Now() + kRetryInterval, "zookeeper_open", [this] {
        retry_ = TimerId::kNone;
        Open();
      });
      return;
    }
    handle_ = handle;
    // Each may end this session.
    const std::shared_ptr<Link> link = link_;
    link->opened = true;
    for (Executor::Work& work : std::exchange(link->early, {})) {
      if (link->live) work();
    }
  }

  // All of the creator, and reading by everybody, as Mesos sets it for an election; or everything
  // by everybody.
  const ACL_vector* Acl() {
    if (url_.credentials.empty()) return &ZOO_OPEN_ACL_UNSAFE;
    acls_[0] = {ZOO_PERM_ALL, ZOO_AUTH_IDS};
    acls_[1] = {ZOO_PERM_READ, ZOO_ANYONE_ID_UNSAFE};
    acl_vector_ = {readers_ == Readers::kEverybody ? 2 : 1, acls_};
    return &acl_vector_;
  }

  // The answer to a read with a watch: where there is nothing to watch, the watch goes.
  template <typename Result>
  Callback<Result> Dropping(PendingWatch* context, Callback<Result> callback) {
    if (context == nullptr) return callback;
    return [link = link_, context,
            callback = std::move(callback)](absl::StatusOr<Result> result) mutable {
      if (!result.ok()) link->watches.erase(context);
      callback(std::move(result));
    };
  }

  // Hands a Pending to `call`; what the C client does not take is answered at once.
  template <typename Answer, typename Call>
  void Ask(const std::string& path, Answer answer, Call call) {
    auto pending = std::make_unique<Pending<Answer>>();
    pending->link = link_;
    pending->path = path;
    pending->answer = std::move(answer);
    const int code = handle_ == nullptr ? static_cast<int>(ZCONNECTIONLOSS) : call(pending.get());
    if (code == ZOK) {
      pending.release();
      return;
    }
    Complete<Answer>(pending.release(), ToStatus(code, path));
  }

  PendingWatch* Keep(Watch watch) {
    if (!watch) return nullptr;
    auto pending = std::make_unique<PendingWatch>(PendingWatch{link_, std::move(watch)});
    PendingWatch* context = pending.get();
    link_->watches[context] = std::move(pending);
    return context;
  }

  zoo_op_t ToOp(const CreateNode& op) {
    zoo_op_t out{};
    zoo_create_op_init(&out, op.path.c_str(), op.data.data(), static_cast<int>(op.data.size()),
                       Acl(), 0, nullptr, 0);
    return out;
  }
  zoo_op_t ToOp(const SetNode& op) {
    zoo_op_t out{};
    zoo_set_op_init(&out, op.path.c_str(), op.data.data(), static_cast<int>(op.data.size()),
                    static_cast<int>(op.version), nullptr);
    return out;
  }
  zoo_op_t ToOp(const DeleteNode& op) {
    zoo_op_t out{};
    zoo_delete_op_init(&out, op.path.c_str(), static_cast<int>(op.version));
    return out;
  }
  zoo_op_t ToOp(const CheckNode& op) {
    zoo_op_t out{};
    zoo_check_op_init(&out, op.path.c_str(), static_cast<int>(op.version));
    return out;
  }

  const Url url_;
  const absl::Duration timeout_;
  const Readers readers_;
  Executor& executor_;
  const std::shared_ptr<Threads> threads_;
  const std::shared_ptr<Link> link_;
  zhandle_t* handle_ = nullptr;  // as link_ has it, once that is known on the executor
  LogLimiter limiter_;
  TimerId retry_ = TimerId::kNone;
  TimerId patience_ = TimerId::kNone;
  ACL acls_[2];
  ACL_vector acl_vector_;
};

}  // namespace

SessionFactory ClientSessions(Url url, Executor& executor, absl::Duration timeout,
                              Readers readers) {
  zoo_set_debug_level(ZOO_LOG_LEVEL_ERROR);
  return [url = std::move(url), &executor, threads = std::make_shared<Threads>(), timeout,
          readers](SessionObserver observer) {
    return std::make_unique<ClientSession>(url, executor, threads, timeout, readers,
                                           std::move(observer));
  };
}

}  // namespace mesos::zookeeper
