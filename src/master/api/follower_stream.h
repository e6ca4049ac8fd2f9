#pragma once

// One operator who follows the events: the state as it was, made piece by piece on the read pool,
// and then what the log has.
//
//   waiting ──Greet──> measuring ──> writing the state ──> following the log ──Remove──> ended
//                          (a piece is written, one is ready or in the making, and no more)
//
// The log is joined at Greet, so that nothing between the state and the first event is missed.
// Thread-safe; Next and Closed are of the I/O thread.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "common/auth/visibility.h"
#include "common/base/mutex.h"
#include "common/net/http_server.h"
#include "common/net/media_type.h"
#include "master/api/event_log.h"
#include "master/reads/v1_reads.h"

namespace mesos::master {

class FollowerStream final : public net::StreamSource,
                             public std::enable_shared_from_this<FollowerStream> {
 public:
  using ReadPool = std::function<void(absl::AnyInvocable<void()>)>;
  // Makes the first record in the follower's form. Run on the read pool.
  using Greeting = absl::AnyInvocable<std::unique_ptr<SizedBody>(net::MediaType)>;

  // `lost` is called once, on the I/O thread, when the client is gone before Remove.
  FollowerStream(net::MediaType type, std::shared_ptr<EventLog> log, ReadPool run_on_read_pool,
                 auth::Visibility visibility, absl::AnyInvocable<void()> lost);

  net::MediaType type() const { return type_; }

  void Attach(std::shared_ptr<net::PulledStreamHandle> stream);
  void Greet(Greeting greeting);
  // The log has more.
  void Wake();
  // Cuts it off where it was too slow for the log, and says whether it was.
  bool CutIfLost();
  // Ends its answer: at once while the state is being written, else at the end of a record.
  void Remove();

  // ---- net::StreamSource
  Step Next(net::RecordSink& sink) override;
  void Closed(absl::Status why) override;

 private:
  enum class Phase { kWaiting, kMaking, kFollowing };

  // On the read pool.
  void Measure();
  void MakePiece();
  // Whether nobody waits for what is made; it is given up then.
  bool DropIfOver();

  Step WritePiece(net::RecordSink& sink, std::string piece);
  Step WriteEvents(net::RecordSink& sink, EventLog::Reader reader);
  std::shared_ptr<net::PulledStreamHandle> stream();

  const net::MediaType type_;
  const std::shared_ptr<EventLog> log_;
  const ReadPool run_on_read_pool_;
  const auth::Visibility visibility_;

  // Of the read pool while a piece is in the making, else of nobody. `bytes_` are those of the
  // first record, known once `measured_`.
  std::unique_ptr<SizedBody> body_;
  size_t bytes_ = 0;

  // Of the I/O thread.
  size_t written_ = 0;
  bool begun_ = false;

  Mutex mutex_;
  Phase phase_ ABSL_GUARDED_BY(mutex_) = Phase::kWaiting;
  bool removed_ ABSL_GUARDED_BY(mutex_) = false;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  EventLog::Reader reader_ ABSL_GUARDED_BY(mutex_) = EventLog::Reader::kNone;
  std::shared_ptr<net::PulledStreamHandle> stream_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::string> ready_ ABSL_GUARDED_BY(mutex_);
  bool made_last_ ABSL_GUARDED_BY(mutex_) = false;
  absl::AnyInvocable<void()> lost_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mesos::master
