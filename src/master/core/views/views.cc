#include "master/core/views/views.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace mesos::master {
namespace {

template <typename Map>
ResourcesByRole ToVector(const Map& by_role) {
  return ResourcesByRole(by_role.begin(), by_role.end());
}

ResourcesByRole OfferedByRole(const Agent& agent) {
  ResourcesByRole offered;
  for (const Offer* offer : agent.offers) {
    auto it = std::find_if(offered.begin(), offered.end(),
                           [&](const auto& entry) { return entry.first == offer->role; });
    if (it == offered.end()) {
      offered.emplace_back(offer->role, offer->resources);
    } else {
      it->second += offer->resources;
    }
  }
  return offered;
}

// All but the lists of a framework's view.
FrameworkView MakeHead(const Framework& framework) {
  FrameworkView view;
  view.profile = framework.profile;
  view.connected = framework.connected();
  view.recovered = framework.state == Framework::State::kRecovered;
  view.registered_time = framework.registered_time;
  view.reregistered_time = framework.reregistered_time;
  view.used = framework.used.Sum();
  view.unreachable_tasks = framework.unreachable_tasks.Values();
  return view;
}

template <typename View>
void Put(SharedList<std::shared_ptr<const View>>& views, size_t place,
         std::shared_ptr<const View> view) {
  while (views.size() <= place) views.PushBack(nullptr);
  views.Set(place, std::move(view));
}

void RefreshViews(World& world) {
  for (const AgentIdx index : std::exchange(world.touched_agents, {})) {
    Agent* agent = world.FindAgent(index);
    if (agent == nullptr || !std::exchange(agent->touched, false)) continue;
    Put(world.agent_views, index.value(), std::make_shared<const AgentView>(MakeView(*agent)));
  }
  for (const FrameworkIdx index : std::exchange(world.touched_frameworks, {})) {
    Framework* framework = world.FindFramework(index);
    if (framework == nullptr || !std::exchange(framework->touched, false)) continue;
    Put(world.framework_views, index.value(),
        std::make_shared<const FrameworkView>(MakeView(*framework)));
  }
}

// Of the roles that are not at the usual weight.
std::map<std::string, double> Weights(const World& world) {
  std::map<std::string, double> weights = world.weights;
  for (const auto& framework : world.frameworks) {
    if (framework == nullptr) continue;
    for (const std::string& role : framework->roles) {
      const double weight = world.allocator->Weight(role);
      if (weight != 1) weights[role] = weight;
    }
    for (const std::string& role : framework->used.Roles()) {
      const double weight = world.allocator->Weight(role);
      if (weight != 1) weights[role] = weight;
    }
  }
  return weights;
}

bool SameHead(const FrameworkView& a, const FrameworkView& b) {
  return a.profile == b.profile && a.connected == b.connected && a.recovered == b.recovered &&
         a.registered_time == b.registered_time && a.reregistered_time == b.reregistered_time &&
         a.used == b.used && a.unreachable_tasks == b.unreachable_tasks;
}

template <typename View>
absl::Status CheckGone(const SharedList<std::shared_ptr<const View>>& views, size_t place,
                       absl::string_view what) {
  if (place >= views.size() || views[place] == nullptr) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("The view of ", what, " ", place, " outlives it"));
}

}  // namespace

AgentView MakeView(const Agent& agent) {
  AgentView view;
  view.profile = agent.profile;
  view.active = agent.connected();
  view.registered_time = agent.registered_time;
  view.reregistered_time = agent.reregistered_time;
  view.total = agent.total;
  view.used = ToVector(agent.used_by_role);
  view.offered = OfferedByRole(agent);
  for (const auto& [key, executor] : agent.executors) {
    view.executors.push_back({executor->framework->id, executor->role, executor->info});
  }
  return view;
}

FrameworkView MakeView(Framework& framework) {
  FrameworkView view = MakeHead(framework);
  view.offers = framework.offer_views.Share();
  view.tasks = framework.task_records.Share();
  view.completed_tasks = framework.completed_tasks.Share();
  return view;
}

FrameworkView MakeViewWithoutTasks(const Framework& framework) {
  FrameworkView view = MakeHead(framework);
  for (size_t i = 0; i < framework.offer_views.size(); ++i) {
    view.offers.PushBack(framework.offer_views[i]);
  }
  return view;
}

std::shared_ptr<const OfferView> MakeView(const Offer& offer) {
  return std::make_shared<const OfferView>(
      OfferView{offer.id, offer.role, offer.agent->profile, offer.resources});
}

namespace {

std::shared_ptr<const std::vector<std::shared_ptr<const v1::AgentInfo>>> ViewAwaited(World& world) {
  if (world.awaited_views == nullptr) {
    auto views = std::make_shared<std::vector<std::shared_ptr<const v1::AgentInfo>>>();
    views->reserve(world.awaited_agents.size());
    for (const auto& [id, agent] : world.awaited_agents) views->push_back(agent.info);
    world.awaited_views = std::move(views);
  }
  return world.awaited_views;
}

}  // namespace

std::shared_ptr<const Snapshot> TakeSnapshot(World& world) {
  if (std::shared_ptr<const Snapshot> last = world.last_snapshot.lock()) {
    if (world.last_snapshot_events == world.stats.events) return last;
  }
  RefreshViews(world);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->time = world.now;
  snapshot->options = world.shared_options;
  snapshot->master_info = world.shared_master_info;
  snapshot->stats = world.Stats();
  snapshot->unreachable_agents = world.unreachable_agents.size();
  snapshot->awaited_agents = ViewAwaited(world);
  snapshot->agents = world.agent_views.Share();
  snapshot->frameworks = world.framework_views.Share();
  snapshot->completed_frameworks = world.completed_frameworks.Values();
  snapshot->set_weights = world.weights;
  snapshot->weights = Weights(world);
  world.last_snapshot = snapshot;
  world.last_snapshot_events = world.stats.events;
  return snapshot;
}

absl::Status CheckViews(const World& world) {
  for (size_t i = 0; i < world.agents.size(); ++i) {
    const Agent* agent = world.agents[i].get();
    if (agent == nullptr) {
      RETURN_IF_ERROR(CheckGone(world.agent_views, i, "agent"));
    } else if (!agent->touched && !(*world.agent_views[i] == MakeView(*agent))) {
      return absl::InternalError(absl::StrCat("agent_id=", agent->id, " has an old view"));
    }
  }
  for (size_t i = 0; i < world.frameworks.size(); ++i) {
    const Framework* framework = world.frameworks[i].get();
    if (framework == nullptr) {
      RETURN_IF_ERROR(CheckGone(world.framework_views, i, "framework"));
      continue;
    }
    if (framework->touched) continue;
    const FrameworkView& view = *world.framework_views[i];
    if (!SameHead(view, MakeHead(*framework)) || !(view.offers == framework->offer_views) ||
        !(view.tasks == framework->task_records) ||
        !(view.completed_tasks == framework->completed_tasks)) {
      return absl::InternalError(absl::StrCat("framework_id=", framework->id, " has an old view"));
    }
  }
  return absl::OkStatus();
}

}  // namespace mesos::master
