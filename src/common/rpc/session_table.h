#pragma once

// Maps what a core names by number to what a transport holds: sessions to streams, tokens to
// answers.
//
//   SessionTable<v1::scheduler::Event> sessions;
//   sessions.Add(id, std::move(stream));  sessions.Send(id, event);  sessions.Close(id, status);
//
//   AnswerTable<CallToken, v1::master::Response> calls;
//   CallToken token = calls.Add(std::move(answer));  calls.Complete(token, status, response);
//
// A session or token that is not (or no longer) there is ignored: the peer may be gone while the
// core still speaks to it. Executor's thread only.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "common/auth/caller.h"
#include "common/base/ids.h"
#include "common/rpc/dial.h"
#include "common/rpc/stream.h"

namespace mesos::rpc {

template <typename Out>
class SessionTable {
 public:
  void Add(SessionId id, std::unique_ptr<Stream<Out>> stream,
           auth::CallerPtr caller = auth::Anonymous(), std::string token = "") {
    sessions_.insert_or_assign(id, Session{std::move(stream), std::move(caller), std::move(token)});
  }

  void Send(SessionId id, std::shared_ptr<const Out> message) {
    auto it = sessions_.find(id);
    if (it != sessions_.end()) it->second.stream->Send(std::move(message));
  }

  // See Stream::WhenWritten.
  void WhenWritten(SessionId id, absl::AnyInvocable<void()> written) {
    auto it = sessions_.find(id);
    if (it != sessions_.end()) it->second.stream->WhenWritten(std::move(written));
  }

  // What was sent before is still written. Nothing is heard of the session any more.
  void Close(SessionId id, absl::Status status) {
    auto it = sessions_.find(id);
    if (it == sessions_.end()) return;
    it->second.stream->Close(std::move(status));
    sessions_.erase(it);
  }

  // Whether it was there.
  bool Remove(SessionId id) { return sessions_.erase(id) > 0; }

  // Anonymous where the session is not there.
  auth::CallerPtr CallerOf(SessionId id) const {
    auto it = sessions_.find(id);
    return it == sessions_.end() ? auth::Anonymous() : it->second.caller;
  }

  // What proves who its peer is; empty where it brought nothing, or the session is not there.
  std::string TokenOf(SessionId id) const {
    auto it = sessions_.find(id);
    return it == sessions_.end() ? std::string() : it->second.token;
  }

  void Clear() { sessions_.clear(); }
  size_t size() const { return sessions_.size(); }

 private:
  struct Session {
    std::unique_ptr<Stream<Out>> stream;
    auth::CallerPtr caller;
    std::string token;
  };
  absl::flat_hash_map<SessionId, Session> sessions_;
};

template <typename Token, typename Response>
class AnswerTable {
 public:
  Token Add(Answer<Response> answer) {
    const Token token{++last_token_};
    answers_.emplace(token, std::move(answer));
    return token;
  }

  void Complete(Token token, absl::Status status, std::shared_ptr<const Response> response) {
    auto it = answers_.find(token);
    if (it == answers_.end()) return;
    Answer<Response> answer = std::move(it->second);
    answers_.erase(it);
    answer(std::move(status), std::move(response));
  }

  void Clear() { answers_.clear(); }

 private:
  absl::flat_hash_map<Token, Answer<Response>> answers_;
  uint64_t last_token_ = 0;
};

}  // namespace mesos::rpc
