#include "master/api/event_followers.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include "common/base/limits.h"
#include "common/http_api/v1_body.h"
#include "common/net/recordio.h"
#include "glog/logging.h"
#include "master/reads/visible.h"

namespace mesos::master {
namespace {

using Record = std::shared_ptr<const std::string>;

}  // namespace

class EventFollowers::Table {
 public:
  void Add(SessionId session, net::MediaType type, std::unique_ptr<net::EventStream> stream,
           auth::Visibility visibility) {
    followers_.insert_or_assign(
        session, Follower{type, std::move(stream), std::move(visibility), false, {}, 0});
  }

  // Nullopt where it is gone.
  std::optional<net::MediaType> TypeOf(SessionId session) const {
    auto it = followers_.find(session);
    if (it == followers_.end()) return std::nullopt;
    return it->second.type;
  }

  void Greet(SessionId session, const std::vector<std::string>& records) {
    auto it = followers_.find(session);
    if (it == followers_.end()) return;  // gone while it was made
    Follower& follower = it->second;
    for (const std::string& record : records) {
      follower.stream->Send(std::make_shared<const std::string>(net::EncodeRecord(record)));
    }
    for (Record& record : follower.held) follower.stream->Send(std::move(record));
    follower.held.clear();
    follower.greeted = true;
  }

  void Send(const SendToFollowers& told) {
    std::array<Record, 2> encoded;  // by form
    for (auto& [session, follower] : followers_) {
      if (!IsVisible(told, follower.visibility)) continue;
      Record& record = encoded[static_cast<size_t>(follower.type)];
      if (record == nullptr) {
        record = std::make_shared<const std::string>(
            net::EncodeRecord(Serialize(*told.event, follower.type)));
      }
      if (follower.greeted) {
        follower.stream->Send(record);
      } else {
        Hold(session, follower, record);
      }
    }
  }

  void Remove(SessionId session) {
    auto it = followers_.find(session);
    if (it == followers_.end()) return;
    it->second.stream->Close();
    followers_.erase(it);
  }

 private:
  struct Follower {
    net::MediaType type;
    std::unique_ptr<net::EventStream> stream;
    auth::Visibility visibility;
    bool greeted = false;
    // What came before the greeting was made, and how many bytes that is.
    std::vector<Record> held;
    size_t held_bytes = 0;
  };

  static void Hold(SessionId session, Follower& follower, const Record& record) {
    if (follower.held_bytes > limits::kMaxSessionQueueBytes) return;  // closed already
    follower.held_bytes += record->size();
    if (follower.held_bytes > limits::kMaxSessionQueueBytes) {
      LOG(WARNING) << "Closing an operator's event stream session="
                   << static_cast<uint64_t>(session) << ": more than "
                   << limits::kMaxSessionQueueBytes << " bytes wait for its first event";
      // The master hears of it as of any client that is gone, and removes the follower.
      follower.stream->Close();
      follower.held.clear();
      return;
    }
    follower.held.push_back(record);
  }

  std::map<SessionId, Follower> followers_;
};

EventFollowers::EventFollowers(Executor& encoder, ReadPool run_on_read_pool)
    : encoder_(encoder),
      run_on_read_pool_(std::move(run_on_read_pool)),
      table_(std::make_shared<Table>()) {}

void EventFollowers::Add(SessionId session, net::MediaType type,
                         std::unique_ptr<net::EventStream> stream, auth::Visibility visibility) {
  encoder_.Post("follower_add", [table = table_, session, type, stream = std::move(stream),
                                 visibility = std::move(visibility)]() mutable {
    table->Add(session, type, std::move(stream), std::move(visibility));
  });
}

void EventFollowers::Greet(SessionId session, Greeting greeting) {
  encoder_.Post("follower_greet", [this, session, greeting = std::move(greeting)]() mutable {
    const std::optional<net::MediaType> type = table_->TypeOf(session);
    if (!type.has_value()) return;
    run_on_read_pool_([&encoder = encoder_, table = table_, session, type = *type,
                       greeting = std::move(greeting)]() mutable {
      encoder.Post("follower_greeted",
                   [table, session, records = greeting(type)] { table->Greet(session, records); });
    });
  });
}

void EventFollowers::Send(SendToFollowers told) {
  encoder_.Post("follower_send", [table = table_, told = std::move(told)] { table->Send(told); });
}

void EventFollowers::Remove(SessionId session) {
  encoder_.Post("follower_remove", [table = table_, session] { table->Remove(session); });
}

}  // namespace mesos::master
