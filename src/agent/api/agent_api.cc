#include "agent/api/agent_api.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "agent/api/agent_metrics.h"
#include "agent/api/sandbox_files.h"

namespace mesos::agent {
namespace {

std::shared_ptr<const AgentFacts> WithFlags(AgentFacts facts, const OperatorApi& shared) {
  facts.flags = shared.flags();
  return std::make_shared<const AgentFacts>(std::move(facts));
}

void Unrecovered(net::Responder& responder) {
  responder.Respond(net::HttpResponse::Text(503, "Agent has not finished recovery"));
}

}  // namespace

AgentApi::AgentApi(Deps deps)
    : deps_(std::move(deps)),
      shared_({.name = "agent",
               .executor = deps_.executor,
               .files = files_,
               .run_on_read_pool = deps_.run_on_read_pool,
               .collect_metrics = [this](auto done) { CollectMetrics(std::move(done)); }}),
      facts_(WithFlags(deps_.facts, shared_)),
      executors_({.port = deps_.port,
                  .executor = deps_.executor,
                  .run_on_read_pool = deps_.run_on_read_pool,
                  .is_within = deps_.is_within}),
      calls_({.port = deps_.port,
              .shared = shared_,
              .run_on_read_pool = deps_.run_on_read_pool,
              .gate = deps_.gate}),
      router_({"/slave(1)"}, deps_.gate),
      executors_only_({"/slave(1)"}, deps_.gate) {
  AttachFiles();
  shared_.AddRoutes(router_);
  router_.Add("/api/v1", {"POST"}, auth::Action::kCallApi,
              [this](auto request, auto, auto responder) {
                calls_.Handle(std::move(request), std::move(responder));
              });
  for (net::Router* router : {&router_, &executors_only_}) {
    router->Add("/api/v1/executor", {"POST"}, auth::Action::kActAsExecutor,
                [this](auto request, auto, auto responder) {
                  executors_.Handle(std::move(request), std::move(responder));
                });
  }
  AddReads();
}

AgentApi::~AgentApi() = default;

void AgentApi::Handle(net::HttpRequest request, net::Responder responder) {
  const net::Router& router = request.peer.local() ? executors_only_ : router_;
  router.Handle(std::move(request), std::move(responder));
}

void AgentApi::Answer(std::shared_ptr<const v1::agent::Call> call, const auth::CallerPtr& caller,
                      rpc::Answer<v1::agent::Response> answer) {
  calls_.Answer(std::move(call), caller, std::move(answer));
}

void AgentApi::AddRead(const std::string& path, Render render) {
  router_.Add(path, {}, auth::Action::kViewState,
              [this, render = std::move(render)](auto request, auto, auto responder) {
                deps_.port.Post("read", [this, render, request = std::move(request),
                                         responder = std::move(responder)]() mutable {
                  std::shared_ptr<const Snapshot> snapshot =
                      deps_.port.TakeSnapshot(deps_.gate.VisibleTo(*request.caller));
                  if (snapshot == nullptr) {
                    Unrecovered(responder);
                    return;
                  }
                  deps_.run_on_read_pool(
                      [render = std::move(render), snapshot = std::move(snapshot),
                       request = std::move(request), responder = std::move(responder)]() mutable {
                        render(std::move(snapshot), std::move(request), std::move(responder));
                      });
                });
              });
}

void AgentApi::AddReads() {
  AddRead("/state", [this](auto snapshot, auto request, auto responder) {
    absl::StatusOr<net::JsonFrame> frame = net::JsonFrameOf(request);
    if (!frame.ok()) {
      responder.Respond(net::HttpResponse::Text(400, frame.status().message()));
      return;
    }
    net::Fields headers = {{"Content-Type", frame->content_type}};
    responder.RespondFrom(std::move(headers),
                          StateBody(std::move(snapshot), facts_, *std::move(frame)));
  });
  for (const auto& [path, form] : {std::pair("/containers", ContainersForm::kContainers),
                                   std::pair("/monitor/statistics", ContainersForm::kStatistics)}) {
    AddRead(path, [form = form](auto snapshot, auto request, auto responder) {
      responder.Respond(
          net::JsonOrScript(request, ContainersJson(*snapshot, ProcessTable::Read(), form)));
    });
  }
}

void AgentApi::AttachFiles() {
  AttachSandboxes(facts_->work_directory, files_);
  if (!facts_->log_file.empty()) {
    files_.Attach("/slave/log", facts_->log_file);
    files_.Attach("/agent/log", facts_->log_file);
  }
}

void AgentApi::CollectMetrics(absl::AnyInvocable<void(OperatorApi::FillMetrics)> done) {
  deps_.port.Post("metrics", [this, done = std::move(done)]() mutable {
    std::shared_ptr<const Snapshot> snapshot = deps_.port.TakeSnapshot(auth::Visibility::All());
    done([this, snapshot = std::move(snapshot)](metrics::MetricsPage& page) {
      if (snapshot != nullptr) AddAgentMetrics(*snapshot, facts_->started, page);
      if (deps_.add_metrics) deps_.add_metrics(page);
    });
  });
}

}  // namespace mesos::agent
