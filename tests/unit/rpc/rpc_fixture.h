#pragma once

// What the rpc tests share: a journal that both ends write to and a test waits on, a server that
// keeps its sessions, and clients. Everything of a stream happens on the one executor.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/dial.h"
#include "common/rpc/server.h"
#include "common/runtime/asio_executor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "internal/agent_link.pb.h"
#include "mesos/v1/scheduler/scheduler.pb.h"
#include "tests/unit/rpc/journal.h"

namespace mesos::rpc {

inline std::shared_ptr<const v1::scheduler::Call> CallNamed(const std::string& id) {
  auto call = std::make_shared<v1::scheduler::Call>();
  call->set_type(v1::scheduler::Call::REVIVE);
  call->mutable_framework_id()->set_value(id);
  return call;
}

inline std::shared_ptr<const v1::scheduler::Event> EventNamed(const std::string& text) {
  auto event = std::make_shared<v1::scheduler::Event>();
  event->set_type(v1::scheduler::Event::ERROR);
  event->mutable_error()->set_message(text);
  return event;
}

class RpcTest : public testing::Test {
 protected:
  using EventStream = Stream<v1::scheduler::Event>;
  using CallStream = Stream<v1::scheduler::Call>;

  RpcTest() : executor_("rpc-test") {}

  ~RpcTest() override {
    Run([&] {
      clients_.clear();
      sessions_.clear();
    });
    if (server_ != nullptr) server_->Shutdown();
    executor_.Stop();
  }

  // On the executor, and waits for it.
  void Run(std::function<void()> work) {
    Journal done;
    executor_.Post("test", [&] {
      work();
      done.Add("done");
    });
    ASSERT_TRUE(done.WaitForSize(1));
  }

  // An empty address: it does not listen.
  void StartServer(const std::string& address = "127.0.0.1:0") {
    server_ = std::make_unique<Server>(executor_, server_options_);
    StreamAcceptor<v1::scheduler::Call, v1::scheduler::Event> acceptor;
    acceptor.opened = [&](SessionId id, std::unique_ptr<EventStream> stream,
                          const auth::Credentials& from) {
      server_log_.Add("opened " + from.address);
      last_session_ = id;
      sessions_[id] = std::move(stream);
    };
    acceptor.message = [&](SessionId id, std::shared_ptr<const v1::scheduler::Call> call) {
      if (on_call_) {
        on_call_(id, *call);
      } else {
        server_log_.Add(call->framework_id().value());
      }
    };
    acceptor.closed = [&](SessionId id, absl::Status status) {
      server_log_.Add("closed " + status.ToString());
      sessions_.erase(id);
    };
    server_->ServeScheduler(std::move(acceptor));
    const absl::Status status =
        address.empty() ? server_->StartWithoutListening() : server_->Start(address);
    ASSERT_TRUE(status.ok()) << status;
    target_ =
        address.rfind("unix:", 0) == 0 ? address : "127.0.0.1:" + std::to_string(server_->port());
  }

  // The stream is clients_.back() once this returns.
  void Dial(const std::string& target) {
    Run([&] {
      StreamObserver<v1::scheduler::Event> observer;
      observer.opened = [&] { client_log_.Add("opened"); };
      observer.message = [&](std::shared_ptr<const v1::scheduler::Event> event) {
        if (on_event_) {
          on_event_(*event);
        } else {
          client_log_.Add(event->error().message());
        }
      };
      observer.closed = [&](absl::Status status) {
        client_log_.Add("closed " + status.ToString());
      };
      clients_.push_back(DialScheduler(target, executor_, std::move(observer)));
    });
  }

  AsioExecutor executor_;
  Journal server_log_;
  Journal client_log_;
  std::string target_;
  ServerOptions server_options_;
  std::unique_ptr<Server> server_;

  // Of the executor's thread only.
  std::map<SessionId, std::unique_ptr<EventStream>> sessions_;
  SessionId last_session_ = SessionId::kNone;
  std::vector<std::unique_ptr<CallStream>> clients_;
  std::function<void(SessionId, const v1::scheduler::Call&)> on_call_;
  std::function<void(const v1::scheduler::Event&)> on_event_;
};

}  // namespace mesos::rpc
