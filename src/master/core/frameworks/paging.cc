#include "master/core/frameworks/paging.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/limits.h"
#include "glog/logging.h"
#include "master/core/offers/offers.h"
#include "master/core/tasks/reconciliation.h"

namespace mesos::master {
namespace {

// So many tasks are told in the order of the list before the page is looked at again.
constexpr size_t kTasksAtOnce = 64;

void SendInPage(World& world, Framework& framework,
                std::shared_ptr<const v1::scheduler::Event> event) {
  framework.outbox.sent_bytes += event->ByteSizeLong();
  world.SendToFramework(framework, std::move(event));
}

void SendStatusInPage(World& world, Framework& framework, v1::TaskStatus status) {
  auto event = NewEvent(v1::scheduler::Event::UPDATE);
  *event->mutable_update()->mutable_status() = std::move(status);
  SendInPage(world, framework, std::move(event));
}

void AnswerNamed(World& world, Framework& framework) {
  Outbox& outbox = framework.outbox;
  Outbox::Named& first = outbox.named.front();
  const auto& tasks = first.call->reconcile().tasks();
  const v1::scheduler::Call::Reconcile::Task& task = tasks[first.told++];
  if (std::optional<v1::TaskStatus> status =
          ReconcileTask(world, framework, task.task_id().value(), task.agent_id().value())) {
    SendStatusInPage(world, framework, *std::move(status));
  }
  if (first.told < tasks.size()) return;
  outbox.named_bytes -= first.bytes;
  outbox.named.pop_front();
}

void AnswerAll(World& world, Framework& framework) {
  Outbox& outbox = framework.outbox;
  const size_t end = std::min(outbox.all_left, framework.task_list.size());
  const size_t begin = end - std::min(end, kTasksAtOnce);
  for (size_t place = begin; place < end; ++place) {
    SendStatusInPage(world, framework,
                     DescribeTask(world, framework.task_records[place].ToProto()));
  }
  outbox.all_left = begin;
  if (begin == 0 && std::exchange(outbox.all_again, false)) {
    outbox.all_left = framework.task_list.size();
  }
}

void SendOffersInPage(World& world, Framework& framework) {
  Outbox& outbox = framework.outbox;
  auto event = NewEvent(v1::scheduler::Event::OFFERS);
  auto& offers = *event->mutable_offers()->mutable_offers();
  size_t bytes = 0;
  while (!outbox.offers.empty() && offers.size() < limits::kMaxOffersPerEvent) {
    const Offer& offer = *world.FindOffer(*outbox.offers.begin());
    auto filled = std::make_unique<v1::Offer>();
    FillOffer(offer, filled.get());
    bytes += filled->ByteSizeLong();
    if (!offers.empty() && bytes > std::min(limits::kMaxOffersBytes, world.options.page_bytes))
      break;
    offers.AddAllocated(filled.release());
    outbox.offers.erase(outbox.offers.begin());
    ++world.stats.offers_sent;
    ++framework.counters.offers_sent;
  }
  SendInPage(world, framework, std::move(event));
}

}  // namespace

void SendPages(World& world, Framework& framework) {
  Outbox& outbox = framework.outbox;
  while (framework.connected() && !outbox.awaiting && !outbox.empty()) {
    if (!outbox.named.empty()) {
      AnswerNamed(world, framework);
    } else if (outbox.all_left > 0) {
      AnswerAll(world, framework);
    } else {
      SendOffersInPage(world, framework);
    }
    if (outbox.sent_bytes < world.options.page_bytes) continue;
    outbox.sent_bytes = 0;
    outbox.awaiting = true;
    ++world.counters.full_pages;
    world.Emit(AwaitDrain{framework.session});
  }
}

void OnSchedulerDrained(World& world, SessionId session) {
  Framework* framework = world.FindFramework(session);
  if (framework == nullptr) return;
  framework->outbox.awaiting = false;
  SendPages(world, *framework);
}

absl::Status Reconcile(World& world, Framework& framework,
                       std::shared_ptr<const v1::scheduler::Call> call) {
  const int named = call->reconcile().tasks_size();
  Outbox& outbox = framework.outbox;
  const size_t bytes = call->ByteSizeLong();
  if (named > 0 && !outbox.named.empty() &&
      outbox.named_bytes + bytes > limits::kMaxPagedCallBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("Reconciliations of ", outbox.named_bytes,
                     " bytes wait to be answered already; read those answers first"));
  }
  LOG(INFO) << "Reconciling " << (named == 0 ? "all" : absl::StrCat(named))
            << " tasks of framework_id=" << framework.id;
  if (named > 0) {
    outbox.named.push_back({std::move(call), bytes, 0});
    outbox.named_bytes += bytes;
  } else if (outbox.all_left > 0) {
    outbox.all_again = true;
  } else {
    outbox.all_left = framework.task_list.size();
  }
  SendPages(world, framework);
  return absl::OkStatus();
}

}  // namespace mesos::master
