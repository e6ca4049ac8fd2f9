#include "master/api/event_followers.h"

#include <array>
#include <atomic>
#include <map>
#include <utility>

#include "common/http_api/v1_body.h"
#include "common/net/recordio.h"
#include "glog/logging.h"
#include "master/api/event_log.h"
#include "master/reads/visible.h"

namespace mesos::master {
namespace {

constexpr metrics::Family kLogBytes = {
    "mesos_master_event_log_bytes",
    "What the events take that some operator who follows them has still to read.",
    metrics::Type::kGauge};
constexpr metrics::Family kCut = {"mesos_master_event_subscribers_cut_total",
                                  "Operators whose event stream was cut off for not being read.",
                                  metrics::Type::kCounter};

constexpr net::MediaType kForms[] = {net::MediaType::kJson, net::MediaType::kProtobuf};

}  // namespace

class EventFollowers::Table {
 public:
  explicit Table(size_t max_log_bytes) {
    for (std::shared_ptr<EventLog>& log : logs_) log = std::make_shared<EventLog>(max_log_bytes);
  }

  const std::shared_ptr<EventLog>& LogOf(net::MediaType form) const {
    return logs_[static_cast<size_t>(form)];
  }

  void Add(SessionId session, std::shared_ptr<FollowerStream> follower) {
    followers_[session] = std::move(follower);
  }

  void Greet(SessionId session, Greeting greeting) {
    auto it = followers_.find(session);
    if (it != followers_.end()) it->second->Greet(std::move(greeting));  // else it is gone
  }

  void Send(const SendToFollowers& told) {
    const Subject subject = SubjectOf(told);
    for (const net::MediaType form : kForms) {
      EventLog& log = *LogOf(form);
      if (!log.HasReaders()) continue;
      const bool lost = log.Append(
          std::make_shared<const std::string>(net::EncodeRecord(Serialize(*told.event, form))),
          subject);
      for (auto& [session, follower] : followers_) {
        if (follower->type() != form) continue;
        if (lost && follower->CutIfLost()) {
          ++cut_followers_;
        } else {
          follower->Wake();
        }
      }
    }
  }

  void Remove(SessionId session) {
    auto it = followers_.find(session);
    if (it == followers_.end()) return;
    it->second->Remove();
    followers_.erase(it);
  }

  Figures ReadFigures() const {
    Figures figures{0, cut_followers_};
    for (const std::shared_ptr<EventLog>& log : logs_) figures.log_bytes += log->bytes();
    return figures;
  }

 private:
  std::array<std::shared_ptr<EventLog>, std::size(kForms)> logs_;  // by form
  std::map<SessionId, std::shared_ptr<FollowerStream>> followers_;
  std::atomic<uint64_t> cut_followers_ = 0;
};

EventFollowers::EventFollowers(Executor& encoder, ReadPool run_on_read_pool, size_t max_log_bytes)
    : encoder_(encoder),
      run_on_read_pool_(std::move(run_on_read_pool)),
      table_(std::make_shared<Table>(max_log_bytes)) {}

void EventFollowers::Add(SessionId session, net::MediaType type, net::Responder responder,
                         auth::Visibility visibility, absl::AnyInvocable<void()> lost) {
  auto follower = std::make_shared<FollowerStream>(type, table_->LogOf(type), run_on_read_pool_,
                                                   std::move(visibility), std::move(lost));
  encoder_.Post("follower_add",
                [table = table_, session, follower] { table->Add(session, follower); });
  follower->Attach(responder.StreamFrom({{"Content-Type", net::MediaTypeName(type)}}, follower));
}

void EventFollowers::Greet(SessionId session, Greeting greeting) {
  encoder_.Post("follower_greet",
                [table = table_, session, greeting = std::move(greeting)]() mutable {
                  table->Greet(session, std::move(greeting));
                });
}

void EventFollowers::Send(SendToFollowers told) {
  encoder_.Post("follower_send", [table = table_, told = std::move(told)] { table->Send(told); });
}

void EventFollowers::Remove(SessionId session) {
  encoder_.Post("follower_remove", [table = table_, session] { table->Remove(session); });
}

EventFollowers::Figures EventFollowers::ReadFigures() const { return table_->ReadFigures(); }

void AddFollowerMetrics(const EventFollowers::Figures& figures, metrics::MetricsPage& page) {
  page.AddPrometheus(kLogBytes, {}, metrics::Number(figures.log_bytes));
  page.AddPrometheus(kCut, {}, metrics::Number(figures.cut_followers));
}

}  // namespace mesos::master
