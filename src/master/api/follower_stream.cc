#include "master/api/follower_stream.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/http_api/v1_body.h"
#include "common/net/recordio.h"
#include "glog/logging.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos::master {
namespace {

// What goes into the socket's queue at once.
constexpr size_t kMaxStepBytes = 256 << 10;
constexpr size_t kMaxStepRecords = 80;

}  // namespace

FollowerStream::FollowerStream(net::MediaType type, std::shared_ptr<EventLog> log,
                               ReadPool run_on_read_pool, auth::Visibility visibility,
                               absl::AnyInvocable<void()> lost)
    : type_(type),
      log_(std::move(log)),
      run_on_read_pool_(std::move(run_on_read_pool)),
      visibility_(std::move(visibility)),
      lost_(std::move(lost)) {}

void FollowerStream::Attach(std::shared_ptr<net::PulledStreamHandle> stream) {
  {
    MutexLock lock(mutex_);
    if (over_) return;
    stream_ = stream;
  }
  stream->Wake();
}

void FollowerStream::Greet(Greeting greeting) {
  {
    MutexLock lock(mutex_);
    if (over_ || removed_ || phase_ != Phase::kWaiting) return;
    phase_ = Phase::kMaking;
    reader_ = log_->Join();
  }
  run_on_read_pool_([self = shared_from_this(), greeting = std::move(greeting)]() mutable {
    self->body_ = greeting(self->type_);
    greeting = nullptr;
    self->Measure();
  });
}

void FollowerStream::Wake() {
  if (const auto to = stream()) to->Wake();
}

bool FollowerStream::CutIfLost() {
  {
    MutexLock lock(mutex_);
    if (over_ || reader_ == EventLog::Reader::kNone || !log_->Lost(reader_)) return false;
  }
  const auto to = stream();
  if (to == nullptr) return false;
  to->Cut(absl::ResourceExhaustedError("the client is too slow: the log of events has gone on"));
  return true;
}

void FollowerStream::Remove() {
  bool within_record;
  {
    MutexLock lock(mutex_);
    removed_ = true;
    lost_ = nullptr;
    within_record = phase_ == Phase::kMaking;
  }
  const auto to = stream();
  if (to == nullptr) return;
  if (within_record) {
    to->Cut(absl::CancelledError("the master has closed the stream"));
  } else {
    to->End();
  }
}

void FollowerStream::Measure() {
  if (DropIfOver()) return;
  if (!body_->Measure(bytes_)) return MakePiece();
  run_on_read_pool_([self = shared_from_this()] { self->Measure(); });
}

void FollowerStream::MakePiece() {
  if (DropIfOver()) return;
  std::string piece;
  bool more = true;
  while (more && piece.empty()) more = body_->Next(piece);
  if (!more) body_ = nullptr;
  {
    MutexLock lock(mutex_);
    if (over_) return body_.reset();
    ready_ = std::move(piece);
    made_last_ = !more;
  }
  Wake();
}

bool FollowerStream::DropIfOver() {
  {
    MutexLock lock(mutex_);
    if (!over_) return false;
  }
  body_ = nullptr;
  return true;
}

net::StreamSource::Step FollowerStream::Next(net::RecordSink& sink) {
  std::optional<std::string> piece;
  EventLog::Reader reader;
  {
    MutexLock lock(mutex_);
    const bool within_record = begun_ && phase_ == Phase::kMaking;
    if (removed_) return within_record ? Step::kBreaks : Step::kEnds;
    if (phase_ == Phase::kWaiting) return Step::kWaits;
    if (phase_ == Phase::kMaking && !ready_) return Step::kWaits;
    piece = std::exchange(ready_, std::nullopt);
    reader = reader_;
  }
  return piece ? WritePiece(sink, *std::move(piece)) : WriteEvents(sink, reader);
}

net::StreamSource::Step FollowerStream::WritePiece(net::RecordSink& sink, std::string piece) {
  if (!std::exchange(begun_, true)) {
    const std::string length = absl::StrCat(bytes_, "\n");
    sink.Begin(length.size() + bytes_);
    sink.Part(length);
  }
  written_ += piece.size();
  const bool fits = sink.Part(std::move(piece));
  bool last;
  {
    MutexLock lock(mutex_);
    last = made_last_;
    if (last) phase_ = Phase::kFollowing;
  }
  if (!fits || (last && written_ != bytes_)) {
    LOG(DFATAL) << "The first event of an operator has " << written_ << " bytes so far, and was to "
                << "have " << bytes_;
    return Step::kBreaks;
  }
  if (!last) {
    run_on_read_pool_([self = shared_from_this()] { self->MakePiece(); });
    return Step::kMore;
  }
  v1::master::Event heartbeat;
  heartbeat.set_type(v1::master::Event::HEARTBEAT);
  sink.Add(std::make_shared<const std::string>(net::EncodeRecord(Serialize(heartbeat, type_))));
  return Step::kMore;
}

net::StreamSource::Step FollowerStream::WriteEvents(net::RecordSink& sink,
                                                    EventLog::Reader reader) {
  std::vector<EventLog::Record> records;
  if (!log_->Read(reader, kMaxStepRecords, kMaxStepBytes, records, visibility_)) {
    return Step::kBreaks;
  }
  for (EventLog::Record& record : records) sink.Add(std::move(record));
  return records.empty() ? Step::kWaits : Step::kMore;
}

void FollowerStream::Closed(absl::Status why) {
  absl::AnyInvocable<void()> lost;
  EventLog::Reader reader;
  bool idle;
  {
    MutexLock lock(mutex_);
    over_ = true;
    stream_ = nullptr;
    idle = std::exchange(ready_, std::nullopt).has_value();
    lost = std::exchange(lost_, nullptr);
    reader = reader_;
  }
  log_->Leave(reader);
  // What the body holds may be big. Who makes a piece of it right now drops it then.
  if (idle) run_on_read_pool_([self = shared_from_this()] { self->body_ = nullptr; });
  if (absl::IsResourceExhausted(why)) {
    LOG(WARNING) << "Closed an operator's event stream: " << why.message();
  }
  if (lost) lost();
}

std::shared_ptr<net::PulledStreamHandle> FollowerStream::stream() {
  MutexLock lock(mutex_);
  return stream_;
}

}  // namespace mesos::master
