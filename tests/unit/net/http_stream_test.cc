// Answers that go on: one chunk a record, bounded, ended by either side.

#include <atomic>
#include <deque>
#include <functional>
#include <thread>

#include "tests/unit/net/http_fixture.h"

namespace mesos::net {
namespace {

constexpr char kSubscribe[] = "POST /api/v1/scheduler HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";

class HttpStreamTest : public HttpServerTest {};

TEST_F(HttpStreamTest, SendsEachRecordAsOneChunk) {
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  const RawAnswer head = client.ReadHead();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(head.headers.at("content-type"), "application/json");
  EXPECT_EQ(head.headers.count("content-length"), 0u);
  std::string sent;
  for (int i = 0; i < 1000; ++i) stream->Send(Record(absl::StrCat("3\n", i % 900 + 100)));
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(client.ReadChunk(), absl::StrCat("3\n", i % 900 + 100));
  }
  stream->Send(Record(std::string(1 << 20, 'x')));
  EXPECT_EQ(client.ReadChunk(), std::string(1 << 20, 'x'));
  EXPECT_EQ(server_->Stats().streams, 1u);
  stream->Close();
  EXPECT_EQ(client.ReadChunk(), "");
  EXPECT_TRUE(client.AtEnd());
  EXPECT_TRUE(closed_.Take().ok());
  EXPECT_EQ(server_->Stats().streams, 0u);
}

// Fact 3 of what clients depend on.
TEST_F(HttpStreamTest, GoesOnAlthoughTheClientSaidClose) {
  StartStreams();
  RawClient client = Connect();
  client.Send("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  const auto stream = streams_.Take();
  EXPECT_EQ(client.ReadHead().headers.at("transfer-encoding"), "chunked");
  for (int i = 0; i < 3; ++i) {
    stream->Send(Record("3\nabc"));
    EXPECT_EQ(client.ReadChunk(), "3\nabc");
  }
}

TEST_F(HttpStreamTest, EndsWithWhatIsQueuedWhenTheSenderDropsIt) {
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  auto stream = streams_.Take();
  for (int i = 0; i < 100; ++i) stream->Send(Record("1\na"));
  stream = nullptr;
  const RawAnswer answer = client.ReadAnswer();
  EXPECT_TRUE(answer.whole);
  EXPECT_EQ(answer.chunks.size(), 100u);
  EXPECT_TRUE(client.AtEnd());
  server_->Shutdown();
  EXPECT_TRUE(closed_.empty());
}

TEST_F(HttpStreamTest, TellsWhenTheClientLeaves) {
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  client.ReadHead();
  client.Close();
  EXPECT_TRUE(absl::IsCancelled(closed_.Take()));
  stream->Send(Record("1\na"));
  stream->Close();
}

TEST_F(HttpStreamTest, TellsWhenTheServerShutsDown) {
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  client.ReadHead();
  server_->Shutdown();
  EXPECT_TRUE(absl::IsCancelled(closed_.Take()));
  EXPECT_FALSE(client.ReadChunk().has_value());
  server_ = nullptr;
  stream->Send(Record("1\na"));
}

TEST_F(HttpStreamTest, IgnoresALittleThatTheClientSendsIntoIt) {
  StartStreams();
  RawClient client = Connect();
  client.Send(absl::StrCat(kSubscribe, "\r\nmore"));
  const auto stream = streams_.Take();
  client.ReadHead();
  client.Send("and more");
  stream->Send(Record("1\na"));
  EXPECT_EQ(client.ReadChunk(), "1\na");
}

TEST_F(HttpStreamTest, ClosesAClientThatSendsAndSends) {
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  const std::string flood(1 << 20, 'x');
  while (client.Send(flood)) {
  }
  EXPECT_TRUE(absl::IsCancelled(closed_.Take()));
}

TEST_F(HttpStreamTest, ClosesASlowReaderAtTheBoundOfBytes) {
  options_.max_stream_bytes = 1 << 20;
  StartStreams();
  RawClient client = Connect();
  client.ShrinkReceiveBuffer();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  const auto record = Record(std::string(100'000, 'x'));
  // The kernel's buffers take some MiB, the queue one.
  for (int i = 0; i < 1000 && closed_.empty(); ++i) stream->Send(record);
  EXPECT_TRUE(absl::IsResourceExhausted(closed_.Take()));
  // What comes before the cut is whole, and no last chunk pretends an end.
  while (std::optional<std::string> chunk = client.ReadChunk()) EXPECT_EQ(*chunk, *record);
}

TEST_F(HttpStreamTest, ARecordBeyondTheBoundGoesOutWholeAndTheNextBehindIt) {
  options_.max_stream_bytes = 1 << 20;
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  const auto large = Record(std::string(5 << 20, 'x'));
  const auto small = Record("small");
  stream->Send(large);
  stream->Send(small);
  client.ReadHead();
  EXPECT_EQ(client.ReadChunk(), *large);
  EXPECT_EQ(client.ReadChunk(), *small);
}

TEST_F(HttpStreamTest, ManySmallRecordsCountForMoreThanTheirBytes) {
  options_.max_stream_bytes = 1 << 20;
  StartStreams();
  RawClient client = Connect();
  client.ShrinkReceiveBuffer();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  // More than the kernel's buffers take, and of bytes alone less than the bound.
  const auto record = Record("x");
  for (int i = 0; i < 1'200'000 && closed_.empty(); ++i) stream->Send(record);
  EXPECT_TRUE(absl::IsResourceExhausted(closed_.Take()));
  EXPECT_EQ(server_->Stats().stalled_streams, 1u);
}

TEST_F(HttpStreamTest, ClosesAReaderThatTakesNothingForATime) {
  options_.stall_timeout = absl::Milliseconds(200);
  StartStreams();
  RawClient client = Connect();
  client.ShrinkReceiveBuffer();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  const auto record = Record(std::string(1 << 20, 'x'));
  for (int i = 0; i < 16; ++i) stream->Send(record);
  const absl::Status status = closed_.Take();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  EXPECT_EQ(server_->Stats().stalled_streams, 1u);
}

TEST_F(HttpStreamTest, ASilentStreamIsNotAStalledOne) {
  options_.stall_timeout = absl::Milliseconds(10);
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  client.ReadHead();
  for (int i = 0; i < 5; ++i) {
    stream->Send(Record("x"));
    EXPECT_EQ(client.ReadChunk(), "x");
    poll(nullptr, 0, 30);  // longer than the timeout
  }
  EXPECT_TRUE(closed_.empty());
  EXPECT_EQ(server_->Stats().stalled_streams, 0u);
}

TEST_F(HttpStreamTest, WhenWrittenComesOnceTheClientHasRoom) {
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  Mailbox<int> written;
  // Many times what the kernel's buffers take.
  constexpr int kRecords = 64;
  const auto record = Record(std::string(1 << 20, 'x'));
  stream->WhenWritten([&] { written.Put(0); });
  EXPECT_EQ(written.Take(), 0);
  for (int i = 0; i < kRecords; ++i) stream->Send(record);
  stream->WhenWritten([&] { written.Put(1); });
  stream->Send(record);
  client.ReadHead();
  EXPECT_TRUE(written.empty());
  for (int i = 0; i < kRecords + 1; ++i) ASSERT_EQ(client.ReadChunk(), *record);
  EXPECT_EQ(written.Take(), 1);
}

TEST_F(HttpStreamTest, SharesRecordsBetweenStreams) {
  StartStreams();
  const auto record = Record(std::string(1000, 'x'));
  std::vector<RawClient> clients;
  std::vector<std::unique_ptr<EventStream>> streams;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(Connect());
    clients.back().Send(kSubscribe);
    streams.push_back(streams_.Take());
    streams.back()->Send(record);
  }
  for (RawClient& client : clients) {
    client.ReadHead();
    EXPECT_EQ(client.ReadChunk(), *record);
  }
}

TEST_F(HttpStreamTest, TakesRecordsFromSeveralThreads) {
  StartStreams();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto stream = streams_.Take();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&stream, t] {
      for (int i = 0; i < 1000; ++i) stream->Send(Record(absl::StrCat(t, " ", i)));
    });
  }
  client.ReadHead();
  std::vector<int> next(4);
  for (int i = 0; i < 4000; ++i) {
    const std::optional<std::string> chunk = client.ReadChunk();
    ASSERT_TRUE(chunk.has_value());
    const size_t thread = static_cast<size_t>(chunk->front() - '0');
    EXPECT_EQ(*chunk, absl::StrCat(thread, " ", next.at(thread)++));
  }
  for (std::thread& thread : threads) thread.join();
}

// HTTP/1.0 knows no chunks: the records come bare, and the connection's end ends them.
TEST_F(HttpStreamTest, StreamsWithoutChunksToHttp10) {
  StartStreams();
  RawClient client = Connect();
  client.Send("GET / HTTP/1.0\r\n\r\n");
  const auto stream = streams_.Take();
  EXPECT_EQ(client.ReadHead().headers.count("transfer-encoding"), 0u);
  stream->Send(Record("1\na"));
  stream->Send(Record("1\nb"));
  stream->Close();
  EXPECT_EQ(client.ReadToEnd(), "1\na1\nb");
}

// ---- Streams whose records are pulled

// Gives what it is told to, a step each.
class ScriptedSource : public StreamSource {
 public:
  using Give = std::function<Step(RecordSink&)>;

  explicit ScriptedSource(Mailbox<absl::Status>& closed) : closed_(closed) {}

  void Add(Give give) {
    MutexLock lock(mutex_);
    steps_.push_back(std::move(give));
  }

  Step Next(RecordSink& sink) override {
    Give give;
    {
      MutexLock lock(mutex_);
      if (steps_.empty()) return Step::kWaits;
      give = std::move(steps_.front());
      steps_.pop_front();
    }
    return give(sink);
  }

  void Closed(absl::Status why) override { closed_.Put(std::move(why)); }

 private:
  Mailbox<absl::Status>& closed_;
  Mutex mutex_;
  std::deque<Give> steps_ ABSL_GUARDED_BY(mutex_);
};

class PulledStreamTest : public HttpServerTest {
 protected:
  using Step = StreamSource::Step;

  void StartPulled() {
    Start([this](const HttpRequest&, Responder responder) {
      handles_.Put(responder.StreamFrom({{"Content-Type", "application/json"}}, source_));
    });
  }

  // With more than the kernel's buffers take.
  void FillTheSource() {
    for (int i = 0; i < 1000; ++i) {
      source_->Add([this](RecordSink& sink) {
        ++given_;
        sink.Add(Record(std::string(100'000, 'x')));
        return Step::kMore;
      });
    }
  }

  std::atomic<int> given_ = 0;
  Mailbox<std::unique_ptr<PulledStreamHandle>> handles_;
  std::shared_ptr<ScriptedSource> source_ = std::make_shared<ScriptedSource>(closed_);
};

TEST_F(PulledStreamTest, ARecordIsOneChunkAlsoWhereItComesInParts) {
  StartPulled();
  source_->Add([](RecordSink& sink) {
    sink.Add(Record("3\nabc"));
    sink.Begin(10);
    EXPECT_TRUE(sink.Part("8\nab"));
    EXPECT_FALSE(sink.Part("more than there is"));
    return Step::kMore;
  });
  source_->Add([](RecordSink& sink) {
    EXPECT_TRUE(sink.Part("cdefgh"));
    return Step::kMore;
  });
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto handle = handles_.Take();
  EXPECT_EQ(client.ReadHead().headers.at("transfer-encoding"), "chunked");
  EXPECT_EQ(client.ReadChunk(), "3\nabc");
  EXPECT_EQ(client.ReadChunk(), "8\nabcdefgh");
  source_->Add([](RecordSink& sink) {
    sink.Add(Record("1\na"));
    return Step::kEnds;
  });
  handle->Wake();
  EXPECT_EQ(client.ReadChunk(), "1\na");
  EXPECT_EQ(client.ReadChunk(), "");
  EXPECT_TRUE(client.AtEnd());
  EXPECT_TRUE(closed_.Take().ok());
}

TEST_F(PulledStreamTest, TellsWhenTheClientLeavesWhileNothingComes) {
  StartPulled();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto handle = handles_.Take();
  client.ReadHead();
  client.Close();
  EXPECT_TRUE(absl::IsCancelled(closed_.Take()));
  handle->Wake();
  handle->Cut(absl::CancelledError("again"));
}

TEST_F(PulledStreamTest, ASourceThatBreaksCutsTheClientOff) {
  StartPulled();
  source_->Add([](RecordSink& sink) {
    sink.Begin(10);
    sink.Part("half");
    return Step::kMore;
  });
  source_->Add([](RecordSink&) { return Step::kBreaks; });
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto handle = handles_.Take();
  client.ReadHead();
  EXPECT_FALSE(client.ReadChunk().has_value());
  EXPECT_TRUE(absl::IsResourceExhausted(closed_.Take()));
}

TEST_F(PulledStreamTest, EndsForAClientThatReads) {
  StartPulled();
  RawClient client = Connect();
  client.Send(kSubscribe);
  const auto handle = handles_.Take();
  client.ReadHead();
  source_->Add([](RecordSink&) { return Step::kEnds; });
  handle->End();
  EXPECT_EQ(client.ReadChunk(), "");
  EXPECT_TRUE(client.AtEnd());
  EXPECT_TRUE(closed_.Take().ok());
}

TEST_F(PulledStreamTest, ClosesAClientThatTakesNothingForAWhile) {
  options_.stall_timeout = absl::Milliseconds(200);
  StartPulled();
  FillTheSource();
  RawClient client = Connect();
  client.ShrinkReceiveBuffer();
  client.Send(kSubscribe);
  const auto handle = handles_.Take();
  EXPECT_TRUE(absl::IsResourceExhausted(closed_.Take()));
  EXPECT_LT(given_, 1000);
}

// Nothing to write is no stall.
TEST_F(PulledStreamTest, AStreamWithoutEventsOutlivesOneThatStalls) {
  options_.stall_timeout = absl::Milliseconds(200);
  auto idle = std::make_shared<ScriptedSource>(closed_);
  Start([this, idle](const HttpRequest& request, Responder responder) {
    std::shared_ptr<StreamSource> source = source_;
    if (request.path == "/idle") source = idle;
    handles_.Put(responder.StreamFrom({}, std::move(source)));
  });
  RawClient client = Connect();
  client.Send("GET /idle HTTP/1.1\r\n\r\n");
  const auto idle_handle = handles_.Take();
  client.ReadHead();
  FillTheSource();
  RawClient stalls = Connect();
  stalls.ShrinkReceiveBuffer();
  stalls.Send(kSubscribe);
  const auto handle = handles_.Take();
  EXPECT_TRUE(absl::IsResourceExhausted(closed_.Take()));
  idle->Add([](RecordSink& sink) {
    sink.Add(Record("1\na"));
    return Step::kMore;
  });
  idle_handle->Wake();
  EXPECT_EQ(client.ReadChunk(), "1\na");
  EXPECT_TRUE(closed_.empty());
}

}  // namespace
}  // namespace mesos::net
