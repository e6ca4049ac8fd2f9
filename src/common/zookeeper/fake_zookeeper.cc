#include "common/zookeeper/fake_zookeeper.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace mesos::zookeeper {
namespace {

absl::Status Lost() { return absl::UnavailableError("ZooKeeper: connection loss"); }

}  // namespace

// A client's view of its session.
class FakeZooKeeper::FakeSession final : public Session {
 public:
  FakeSession(FakeZooKeeper& ensemble, std::string client, SessionObserver observer)
      : ensemble_(ensemble),
        id_(++ensemble.last_session_),
        client_(std::move(client)),
        observer_(std::make_shared<SessionObserver>(std::move(observer))) {
    ensemble_.sessions_[id_] = this;
    Soon([this] { Update(); });
  }

  ~FakeSession() override {
    *exists_ = false;
    ensemble_.sessions_.erase(id_);
    // A close that does not reach the ensemble: the session times out there.
    if (ensemble_.Reaches(*this)) {
      ensemble_.EndSession(id_);
    } else {
      ensemble_.executor_.RunAt(ensemble_.executor_.Now() + ensemble_.timeout_, "fake_zookeeper",
                                [ensemble = &ensemble_, alive = ensemble_.exists_, id = id_] {
                                  if (*alive) ensemble->EndSession(id);
                                });
    }
  }

  void Create(const std::string& path, std::string data, CreateMode mode,
              Callback<std::string> callback) override {
    Ask<std::string>(
        [this, path, data = std::move(data), mode]() mutable -> absl::StatusOr<std::string> {
          if (ensemble_.uncreatable_.count(path) > 0)
            return absl::PermissionDeniedError("ZooKeeper: not authenticated");
          return ensemble_.tree_.Create(path, std::move(data), mode, id_);
        },
        std::move(callback), true);
  }

  void Sync(const std::string&, Done done) override {
    if (ensemble_.stranded_.count(client_) > 0) return;
    Ask<bool>(
        []() -> absl::StatusOr<bool> { return true; },
        [done = std::move(done)](absl::StatusOr<bool> result) mutable { done(result.status()); },
        false);
  }

  void Get(const std::string& path, Watch watch, Callback<Node> callback) override {
    Ask<Node>(
        [this, path, watch = std::move(watch)]() mutable -> absl::StatusOr<Node> {
          const Node* node = ensemble_.TreeFor(client_).Find(path);
          if (node == nullptr) return absl::NotFoundError(absl::StrCat("ZooKeeper: no ", path));
          if (watch) ensemble_.data_watches_.emplace(path, std::pair(id_, std::move(watch)));
          return *node;
        },
        std::move(callback), false);
  }

  void Children(const std::string& path, Watch watch,
                Callback<std::vector<std::string>> callback) override {
    using Names = std::vector<std::string>;
    Ask<Names>(
        [this, path, watch = std::move(watch)]() mutable -> absl::StatusOr<Names> {
          const NodeTree& tree = ensemble_.TreeFor(client_);
          if (tree.Find(path) == nullptr)
            return absl::NotFoundError(absl::StrCat("ZooKeeper: no ", path));
          if (watch) ensemble_.child_watches_.emplace(path, std::pair(id_, std::move(watch)));
          return tree.ChildrenOf(path);
        },
        std::move(callback), false);
  }

  void Delete(const std::string& path, Version version, Done done) override {
    Multi({DeleteNode{path, version}}, std::move(done));
  }

  void Multi(std::vector<Operation> operations, Done done) override {
    Ask<bool>(
        [this, operations = std::move(operations)]() -> absl::StatusOr<bool> {
          if (absl::Status applied = ensemble_.tree_.Apply(operations); !applied.ok())
            return applied;
          return true;
        },
        [done = std::move(done)](absl::StatusOr<bool> result) mutable { done(result.status()); },
        true);
  }

  absl::Duration timeout() const override { return ensemble_.timeout_; }

  // What the client sees follows from whether it reaches the ensemble.
  void Update() {
    if (ended_) return;
    const bool reaches = ensemble_.Reaches(*this);
    if (reaches) cut_at_.reset();
    if (!reaches && cut_at_) return;
    if (reaches == connected_) {
      if (reaches && ensemble_.alive_.count(id_) == 0) End();
      return;
    }
    if (reaches) {
      if (established_ && ensemble_.alive_.count(id_) == 0) return End();
      established_ = true;
      ensemble_.alive_.insert(id_);
      connected_ = true;
      const std::shared_ptr<SessionObserver> observer = observer_;
      if (observer->connected) observer->connected();
      return;
    }
    // Its pings stay unanswered.
    const absl::Time cut = ensemble_.executor_.Now();
    At(cut + ensemble_.timeout_ / 3, [this] {
      if (ensemble_.Reaches(*this) || !std::exchange(connected_, false)) return;
      const std::shared_ptr<SessionObserver> observer = observer_;
      if (!ended_ && observer->disconnected) observer->disconnected();
    });
    cut_at_ = cut;
    ensemble_.executor_.RunAt(cut + ensemble_.timeout_, "fake_zookeeper",
                              [this, alive = exists_, cut] {
                                if (!*alive || !cut_at_ || *cut_at_ != cut) return;
                                // An ensemble that is down ends no session.
                                if (ensemble_.up_) ensemble_.EndSession(id_);
                              });
  }

  void End() {
    if (std::exchange(ended_, true)) return;
    connected_ = false;
    Soon([observer = observer_] {
      if (observer->ended)
        observer->ended(absl::CancelledError("the ZooKeeper session has expired"));
    });
  }

  uint64_t id() const { return id_; }
  const std::string& client() const { return client_; }

 private:
  template <typename Result, typename Do>
  void Ask(Do perform, Callback<Result> callback, bool changes) {
    Soon([this, perform = std::move(perform), callback = std::move(callback), changes]() mutable {
      if (ensemble_.stranded_.count(client_) > 0 && !ended_) {
        // What is not read is not answered.
        if (!changes) callback(perform());
      } else if (ended_ || (established_ && ensemble_.alive_.count(id_) == 0)) {
        callback(absl::CancelledError("ZooKeeper: session expired"));
      } else if (!connected_ || !ensemble_.Reaches(*this)) {
        callback(Lost());
      } else if (ensemble_.forbidden_.count(client_) > 0) {
        callback(absl::PermissionDeniedError("ZooKeeper: not authenticated"));
      } else {
        absl::StatusOr<Result> result = perform();
        if (changes && ensemble_.losing_answer_.erase(client_) > 0) {
          callback(Lost());
          return;
        }
        // A step later, so that watches fire before the answers to what comes after them.
        Soon([callback = std::move(callback), result = std::move(result)]() mutable {
          callback(std::move(result));
        });
      }
    });
  }

  void Soon(Executor::Work work) {
    ensemble_.executor_.Post("fake_zookeeper", [alive = exists_, work = std::move(work)]() mutable {
      if (*alive) work();
    });
  }

  void At(absl::Time when, Executor::Work work) {
    ensemble_.executor_.RunAt(when, "fake_zookeeper",
                              [alive = exists_, work = std::move(work)]() mutable {
                                if (*alive) work();
                              });
  }

  FakeZooKeeper& ensemble_;
  const uint64_t id_;
  const std::string client_;
  // Held while it is called: the callback may destroy the session.
  const std::shared_ptr<SessionObserver> observer_;
  bool connected_ = false;
  bool established_ = false;
  std::optional<absl::Time> cut_at_;  // since when it does not reach the ensemble
  bool ended_ = false;
  std::shared_ptr<bool> exists_ = std::make_shared<bool>(true);
};

FakeZooKeeper::FakeZooKeeper(Executor& executor, absl::Duration timeout)
    : executor_(executor),
      timeout_(timeout),
      tree_([this](NodeTree::Change change, const std::string& path) {
        Fire(change == NodeTree::Change::kData ? data_watches_ : child_watches_, path);
      }) {}

FakeZooKeeper::~FakeZooKeeper() { *exists_ = false; }

SessionFactory FakeZooKeeper::Sessions(const std::string& client) {
  return [this, client](SessionObserver observer) {
    return std::make_unique<FakeSession>(*this, client, std::move(observer));
  };
}

void FakeZooKeeper::SetUp(bool up) {
  up_ = up;
  Refresh();
}

void FakeZooKeeper::SetReachable(const std::string& client, bool reachable) {
  if (reachable) {
    unreachable_.erase(client);
  } else {
    unreachable_.insert(client);
  }
  Refresh();
}

void FakeZooKeeper::Expire(const std::string& client) {
  std::vector<uint64_t> ids;
  for (const auto& [id, session] : sessions_) {
    if (session->client() == client) ids.push_back(id);
  }
  for (uint64_t id : ids) EndSession(id);
  Refresh();
}

void FakeZooKeeper::Strand(const std::string& client) {
  stranded_.emplace(client, tree_);
  for (const auto& [id, session] : sessions_) {
    if (session->client() != client) continue;
    executor_.RunAt(executor_.Now() + timeout_, "fake_zookeeper", [this, alive = exists_, id = id] {
      if (*alive) EndSession(id);
    });
  }
}

const NodeTree& FakeZooKeeper::TreeFor(const std::string& client) const {
  auto it = stranded_.find(client);
  return it == stranded_.end() ? tree_ : it->second;
}

void FakeZooKeeper::LoseNextAnswer(const std::string& client) { losing_answer_.insert(client); }
void FakeZooKeeper::Forbid(const std::string& client) { forbidden_.insert(client); }

bool FakeZooKeeper::Reaches(const FakeSession& session) const {
  return up_ && unreachable_.count(session.client()) == 0;
}

size_t FakeZooKeeper::WatchesOf(const std::string& client) const {
  size_t count = 0;
  for (const auto* watches : {&data_watches_, &child_watches_}) {
    for (const auto& [path, watch] : *watches) {
      auto it = sessions_.find(watch.first);
      if (it != sessions_.end() && it->second->client() == client) ++count;
    }
  }
  return count;
}

// Watches of clients that are cut off fire once they are back; here: at once, or never.
void FakeZooKeeper::Fire(std::multimap<std::string, std::pair<uint64_t, Watch>>& watches,
                         const std::string& path) {
  auto [begin, end] = watches.equal_range(path);
  std::vector<std::pair<uint64_t, Watch>> fired;
  for (auto it = begin; it != end; ++it) fired.push_back(std::move(it->second));
  watches.erase(begin, end);
  for (auto& [id, watch] : fired) {
    executor_.Post("fake_zookeeper",
                   [this, alive = exists_, id = id, watch = std::move(watch)]() mutable {
                     if (!*alive) return;
                     if (sessions_.count(id) > 0 && alive_.count(id) > 0) watch();
                   });
  }
}

void FakeZooKeeper::EndSession(uint64_t id) {
  if (alive_.erase(id) > 0) tree_.EndSession(id);
}

void FakeZooKeeper::Refresh() {
  std::vector<uint64_t> ids;
  for (const auto& [id, session] : sessions_) ids.push_back(id);
  for (uint64_t id : ids) {
    auto it = sessions_.find(id);
    if (it != sessions_.end()) it->second->Update();
  }
}

}  // namespace mesos::zookeeper
