#include "common/net/request_parser.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "common/net/accept_encoding.h"
#include "common/net/form.h"
#include "common/net/response_head.h"

namespace mesos::net {
namespace {

namespace http = boost::beast::http;
using ErrorCode = boost::beast::error_code;
using BeastView = boost::beast::string_view;

// No request that is still to end inside a chunked body has fewer bytes to come: "0\r\n\r\n".
// Beast's parser relies on seeing that many once it has seen the last chunk's size.
constexpr size_t kLeastChunkedRest = 5;

// What a field takes in the head beyond its name and value: ": " and a line end.
constexpr size_t kFieldOverhead = 4;

constexpr char kNotForm[] = "The request target is neither a path nor an http:// address.";

std::string ToString(BeastView view) { return std::string(view.data(), view.size()); }

// The path and query of `target`, which may be a whole address; false where it is neither.
bool SplitTarget(absl::string_view target, absl::string_view* path, absl::string_view* query) {
  const size_t fragment = target.find('#');
  if (fragment != absl::string_view::npos) target = target.substr(0, fragment);
  for (absl::string_view scheme : {"http://", "https://"}) {
    if (!absl::StartsWithIgnoreCase(target, scheme)) continue;
    target.remove_prefix(scheme.size());
    const size_t authority = std::min(target.find_first_of("/?"), target.size());
    if (authority == 0) return false;
    target.remove_prefix(authority);
    if (target.empty() || target.front() == '?') {
      *path = "/";
      *query = target.empty() ? target : target.substr(1);
      return true;
    }
  }
  if (target.empty() || target.front() != '/') return false;
  const size_t mark = std::min(target.find('?'), target.size());
  *path = target.substr(0, mark);
  *query = mark < target.size() ? target.substr(mark + 1) : absl::string_view();
  return true;
}

// Reads path and query of `request`'s target, and what its head allows. Why it cannot; else empty.
std::string DecodeTarget(HttpRequest& request) {
  absl::string_view path;
  absl::string_view query;
  if (!SplitTarget(request.target, &path, &query)) return kNotForm;
  auto decoded_path = PercentDecode(path, false);
  if (!decoded_path.ok()) {
    return absl::StrCat("Failed to decode the URL path: ", decoded_path.status().message());
  }
  auto fields = ParseForm(query);
  if (!fields.ok()) {
    return absl::StrCat("Failed to decode the URL query: ", fields.status().message());
  }
  request.path = *std::move(decoded_path);
  request.query = *std::move(fields);
  request.accepts_gzip = AcceptsEncoding(request.Header("Accept-Encoding"), "gzip");
  return "";
}

// Whether the request line at the start of `bytes` ends in a version of HTTP that we do not speak;
// where it does not, it is no request at all.
bool NamesOtherVersion(absl::string_view bytes) {
  const absl::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const absl::string_view version = line.substr(line.rfind(' ') + 1);
  return version.size() == 8 && absl::StartsWith(version, "HTTP/") && version != "HTTP/1.0" &&
         version != "HTTP/1.1" && absl::ascii_isdigit(static_cast<unsigned char>(version[5])) &&
         version[6] == '.' && absl::ascii_isdigit(static_cast<unsigned char>(version[7]));
}

}  // namespace

class RequestParser::Message : public http::basic_parser<true> {
 public:
  explicit Message(StreamsBody streams_body) : wants_stream_(std::move(streams_body)) {
    eager(true);
    header_limit(limits::kMaxHttpHeaderBytes);
    // Bounded below, where it is known whether the body streams; Beast takes no body without a
    // limit.
    body_limit(std::numeric_limits<uint64_t>::max());
  }

  HttpRequest request;
  bool is_http_1_0 = false;
  bool streams_body = false;
  // Why the target is none; empty where it is one. Once the head is done.
  std::string target_fault;

 private:
  void on_request_impl(http::verb, BeastView method, BeastView target, int version,
                       ErrorCode& error) override {
    request.method = ToString(method);
    request.target = ToString(target);
    is_http_1_0 = version == 10;
    Count(method.size() + target.size(), error);
  }
  void on_response_impl(int, BeastView, int, ErrorCode&) override {}
  // Beast bounds what it sees at once; a head that comes line by line is bounded here.
  void Count(size_t bytes, ErrorCode& error) {
    head_bytes_ += bytes + kFieldOverhead;
    if (head_bytes_ > limits::kMaxHttpHeaderBytes) error = http::error::header_limit;
  }
  void on_field_impl(http::field, BeastView name, BeastView value, ErrorCode& error) override {
    Count(name.size() + value.size(), error);
    if (!error && !is_header_done()) request.headers.emplace_back(ToString(name), ToString(value));
  }
  void on_header_impl(ErrorCode& error) override {
    target_fault = DecodeTarget(request);
    streams_body = target_fault.empty() && wants_stream_ && wants_stream_(request);
    if (streams_body) return;
    if (content_length() && *content_length() > limits::kMaxHttpBodyBytes) {
      error = http::error::body_limit;
    }
    body_limit(limits::kMaxHttpBodyBytes);
  }
  size_t Append(BeastView body) {
    request.body.append(body.data(), body.size());
    return body.size();
  }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, ErrorCode&) override {}
  std::size_t on_body_impl(BeastView body, ErrorCode&) override { return Append(body); }
  void on_chunk_header_impl(std::uint64_t, BeastView, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, BeastView body, ErrorCode&) override {
    return Append(body);
  }
  void on_finish_impl(ErrorCode&) override {}

  const StreamsBody wants_stream_;
  size_t head_bytes_ = 0;
};

RequestParser::RequestParser(const StreamsBody& streams_body)
    : message_(std::make_unique<Message>(streams_body)) {}

RequestParser::~RequestParser() = default;

size_t RequestParser::body_size() const { return message_->request.body.size(); }

bool RequestParser::streams_body() const { return message_->streams_body; }

std::string RequestParser::TakeBody() { return std::exchange(message_->request.body, {}); }

bool RequestParser::is_http_1_0() const { return message_->is_http_1_0; }

size_t RequestParser::Feed(absl::string_view bytes) {
  size_t taken = 0;
  while (!started_ && taken < bytes.size() && (bytes[taken] == '\r' || bytes[taken] == '\n')) {
    ++taken;  // clients of old end a body with a line end that belongs to nothing
  }
  bytes.remove_prefix(taken);
  if (bytes.empty() || state_ != State::kNeedsMore) return taken;
  started_ = true;
  if (pending_.empty()) {
    const size_t consumed = Put(bytes);
    if (state_ != State::kNeedsMore) return taken + consumed;
    pending_.assign(bytes.data() + consumed, bytes.size() - consumed);
  } else {
    const size_t before = pending_.size();
    pending_.append(bytes.data(), bytes.size());
    if (message_->is_header_done() && pending_.size() < kLeastChunkedRest) {
      return taken + bytes.size();
    }
    const size_t consumed = Put(pending_);
    if (state_ != State::kNeedsMore) {
      pending_.clear();
      return taken + (consumed > before ? consumed - before : 0);
    }
    pending_.erase(0, consumed);
    if (pending_.empty()) pending_.shrink_to_fit();
  }
  if (pending_.size() > limits::kMaxHttpHeaderBytes) {
    Refuse(431, "The head of a chunk, or what follows the last one, is too long.");
  }
  return taken + bytes.size();
}

size_t RequestParser::Put(absl::string_view bytes) {
  const bool in_head = !message_->is_header_done();
  ErrorCode error;
  const size_t consumed =
      message_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  if (in_head && message_->is_header_done()) {
    keep_alive_ = message_->keep_alive();
    // Without a final "chunked" nobody knows where the body ends.
    if (!message_->request.Header("Transfer-Encoding").empty() && !message_->chunked()) {
      keep_alive_ = false;
      Refuse(501, "Of transfer encodings only 'chunked' is implemented.");
      return consumed;
    }
    const absl::string_view expect = message_->request.Header("Expect");
    if (!expect.empty() && !absl::EqualsIgnoreCase(expect, "100-continue")) {
      keep_alive_ = false;
      Refuse(417, "Of expectations only '100-continue' is met.");
      return consumed;
    }
  }
  if (error && error != http::error::need_more) {
    keep_alive_ = false;
    if (error == http::error::header_limit) {
      Refuse(431, absl::StrCat("The request's head has more than ", limits::kMaxHttpHeaderBytes,
                               " bytes."));
    } else if (error == http::error::body_limit) {
      Refuse(413, absl::StrCat("The request's body has more than ", limits::kMaxHttpBodyBytes,
                               " bytes."));
    } else if (error == http::error::bad_version && NamesOtherVersion(bytes)) {
      Refuse(505, "Expecting HTTP/1.0 or HTTP/1.1.");
    } else {
      Refuse(400, absl::StrCat("Malformed request: ", error.message(), "."));
    }
  } else if (message_->is_done()) {
    Finish();
  }
  return consumed;
}

void RequestParser::Finish() {
  if (!message_->target_fault.empty()) {
    Refuse(400, message_->target_fault);
    return;
  }
  state_ = State::kDone;
}

void RequestParser::Refuse(int status, absl::string_view reason) {
  if (state_ == State::kNeedsMore && !message_->is_done()) keep_alive_ = false;
  state_ = State::kRefused;
  refusal_ = HttpResponse::Text(status, absl::StrCat(StatusLine(status), ". ", reason));
}

bool RequestParser::TakeExpectsContinue() {
  if (continue_sent_ || state_ != State::kNeedsMore || !message_->is_header_done()) return false;
  if (message_->request.Header("Expect").empty() || message_->is_http_1_0) return false;
  continue_sent_ = true;
  return message_->request.body.empty();
}

HttpRequest RequestParser::TakeRequest() { return std::exchange(message_->request, {}); }

HttpResponse RequestParser::TakeRefusal() { return std::move(refusal_); }

}  // namespace mesos::net
