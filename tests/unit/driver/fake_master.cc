#include "tests/unit/driver/fake_master.h"

#include <atomic>
#include <chrono>
#include <deque>
#include <utility>

#include "scheduler_driver/dial.h"

namespace mesos {

// Shared by the driver's Stream and the master; its observer runs on the driver's executor only.
class FakeMaster::Session : public std::enable_shared_from_this<FakeMaster::Session> {
 public:
  Session(Executor& executor, rpc::StreamObserver<Event> observer)
      : executor_(executor), observer_(std::move(observer)) {}

  void Opened() {
    Post([](Session& s) { s.observer_.opened(); });
  }
  void Message(std::shared_ptr<const Event> event) {
    Post([event](Session& s) {
      s.unread_.push_back(event);
      s.Read();
    });
  }
  // A Status that two threads share looks like a race to ThreadSanitizer: its last owner frees it
  // in Abseil's library, which is not instrumented. So it is taken apart and made again.
  void Closed(const absl::Status& status) {
    Post([code = status.code(), message = std::string(status.message())](Session& s) {
      if (std::exchange(s.closed_, true)) return;
      s.observer_.closed(absl::Status(code, message));
    });
  }

  // On the executor's thread: what comes waits, or comes now.
  void SetReading(bool on) {
    if (reading_ == on) return;
    reading_ = on;
    if (on) {
      Post([](Session& s) { s.Read(); });
    } else {
      ++FakeMaster::Get().pauses_;
    }
  }

  // On the executor's thread: the driver hears nothing more.
  void Silence() { silent_ = true; }

 private:
  void Read() {
    while (reading_ && !silent_ && !unread_.empty()) {
      const std::shared_ptr<const Event> event = std::move(unread_.front());
      unread_.pop_front();
      observer_.message(event);
    }
  }

  // The executor may be gone once the driver has dropped the session, which `silent_` tells.
  void Post(std::function<void(Session&)> work) {
    MutexLock lock(mutex_);
    if (silent_) return;
    executor_.Post("fake_master", [self = shared_from_this(), work = std::move(work)] {
      if (!self->silent_) work(*self);
    });
  }

  friend class FakeStream;
  Mutex mutex_;
  Executor& executor_;
  rpc::StreamObserver<Event> observer_;
  // Of the executor's thread.
  bool closed_ = false;
  bool reading_ = true;
  std::deque<std::shared_ptr<const Event>> unread_;
  std::atomic<bool> silent_{false};
};

class FakeStream : public rpc::Stream<FakeMaster::Call> {
 public:
  explicit FakeStream(std::shared_ptr<FakeMaster::Session> session)
      : session_(std::move(session)) {}
  ~FakeStream() override {
    MutexLock lock(session_->mutex_);
    session_->Silence();
  }

  void Send(std::shared_ptr<const FakeMaster::Call> call) override {
    FakeMaster::Get().Received(*session_, *call);
  }
  void SetReading(bool on) override { session_->SetReading(on); }
  void Close(absl::Status) override { session_->Closed(absl::OkStatus()); }

 private:
  const std::shared_ptr<FakeMaster::Session> session_;
};

FakeMaster& FakeMaster::Get() {
  static auto* master = new FakeMaster;
  return *master;
}

void FakeMaster::Reset() {
  MutexLock lock(mutex_);
  calls_.clear();
  newest_.reset();
  sessions_ = 0;
  refuse_ = false;
  pauses_ = 0;
}

void FakeMaster::Refuse(bool refuse) {
  MutexLock lock(mutex_);
  refuse_ = refuse;
}

std::vector<FakeMaster::Call> FakeMaster::calls() const {
  MutexLock lock(mutex_);
  return calls_;
}

int FakeMaster::Count(Call::Type type) const {
  int count = 0;
  for (const Call& call : calls()) count += call.type() == type ? 1 : 0;
  return count;
}

int FakeMaster::sessions() const {
  MutexLock lock(mutex_);
  return sessions_;
}

bool FakeMaster::Await(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    // Conditions may be about the framework too, which tells nobody: look again soon.
    MutexLock lock(mutex_);
    lock.WaitFor(changed_, 0.002, [] { return false; });
  }
  return true;
}

void FakeMaster::Send(const Event& event) {
  std::shared_ptr<Session> session;
  {
    MutexLock lock(mutex_);
    session = newest_;
  }
  if (session != nullptr) session->Message(std::make_shared<Event>(event));
}

void FakeMaster::SendUpdate(const std::string& task, v1::TaskState state, const std::string& uuid) {
  Event event;
  event.set_type(Event::UPDATE);
  auto* status = event.mutable_update()->mutable_status();
  status->mutable_task_id()->set_value(task);
  status->mutable_agent_id()->set_value("A1");
  status->set_state(state);
  if (!uuid.empty()) status->set_uuid(uuid);
  Send(event);
}

void FakeMaster::Break(absl::Status reason) {
  std::shared_ptr<Session> session;
  {
    MutexLock lock(mutex_);
    session = std::exchange(newest_, nullptr);
  }
  if (session != nullptr) session->Closed(std::move(reason));
}

std::unique_ptr<rpc::Stream<FakeMaster::Call>> FakeMaster::Dial(
    Executor& executor, rpc::StreamObserver<Event> observer) {
  auto session = std::make_shared<Session>(executor, std::move(observer));
  bool refused;
  {
    MutexLock lock(mutex_);
    ++sessions_;
    refused = refuse_;
    if (!refused) newest_ = session;
    changed_.notify_all();
  }
  if (refused) {
    session->Closed(absl::UnavailableError("refused by the test"));
  } else {
    session->Opened();
  }
  return std::make_unique<FakeStream>(std::move(session));
}

void FakeMaster::Received(Session& session, const Call& call) {
  {
    MutexLock lock(mutex_);
    calls_.push_back(call);
    changed_.notify_all();
  }
  if (call.type() == Call::SUBSCRIBE) {
    auto event = std::make_shared<Event>();
    event->set_type(Event::SUBSCRIBED);
    event->mutable_subscribed()->mutable_framework_id()->set_value("F1");
    event->mutable_subscribed()->set_heartbeat_interval_seconds(15);
    session.Message(std::move(event));
  } else if (call.type() == Call::TEARDOWN) {
    session.Closed(absl::OkStatus());
  }
}

namespace scheduler_driver {

std::unique_ptr<rpc::Stream<v1::scheduler::Call>> DialMaster(
    const std::string&, Executor& executor, rpc::StreamObserver<v1::scheduler::Event> observer) {
  return FakeMaster::Get().Dial(executor, std::move(observer));
}

}  // namespace scheduler_driver
}  // namespace mesos
