#include "master/allocator/offer_filters.h"

#include <algorithm>

namespace mesos::master {

void OfferFilters::Add(ClientIdx client, AgentIdx agent, const ResourceSet& resources,
                       absl::Time until) {
  if (agent.value() >= agents_.size()) agents_.resize(agent.value() + 1);
  OfAgent& of_agent = agents_[agent.value()];
  auto& filters = of_agent.clients[client];
  for (const Filter& filter : filters) {
    if (filter.expiry.first >= until && filter.resources->Contains(resources)) return;
  }
  auto within = std::remove_if(filters.begin(), filters.end(), [&](const Filter& filter) {
    if (filter.expiry.first > until || !resources.Contains(*filter.resources)) return false;
    expiries_.erase(filter.expiry);
    return true;
  });
  filters.erase(within, filters.end());
  if (filters.size() >= most_) {
    auto first =
        std::min_element(filters.begin(), filters.end(),
                         [](const Filter& a, const Filter& b) { return a.expiry < b.expiry; });
    ++dropped_;
    expiries_.erase(first->expiry);
    filters.erase(first);
  }
  if (of_agent.last == nullptr || !(*of_agent.last == resources)) {
    of_agent.last = std::make_shared<const ResourceSet>(resources);
  }
  filters.push_back({{until, next_number_++}, of_agent.last});
  expiries_.emplace(filters.back().expiry, std::make_pair(client, agent));
  clients_[client].insert(agent);
}

bool OfferFilters::BlocksSlow(ClientIdx client, AgentIdx agent, const ResourceSet& resources,
                              Memo& memo) const {
  const auto& clients = agents_[agent.value()].clients;
  auto it = clients.find(client);
  if (it == clients.end()) return false;
  for (const Filter& filter : it->second) {
    if (memo.declined != filter.resources.get()) {
      memo = {filter.resources.get(), filter.resources->Contains(resources)};
    }
    if (memo.within) return true;
  }
  return false;
}

void OfferFilters::RemoveClient(ClientIdx client) {
  auto it = clients_.find(client);
  if (it == clients_.end()) return;
  for (AgentIdx agent : it->second) {
    OfAgent& of_agent = agents_[agent.value()];
    auto filters = of_agent.clients.find(client);
    for (const Filter& filter : filters->second) expiries_.erase(filter.expiry);
    of_agent.clients.erase(filters);
    if (of_agent.clients.empty()) of_agent.last.reset();
  }
  clients_.erase(it);
}

void OfferFilters::RemoveAgent(AgentIdx agent) {
  if (agent.value() >= agents_.size()) return;
  for (const auto& [client, filters] : agents_[agent.value()].clients) {
    for (const Filter& filter : filters) expiries_.erase(filter.expiry);
    auto of_client = clients_.find(client);
    of_client->second.erase(agent);
    if (of_client->second.empty()) clients_.erase(of_client);
  }
  agents_[agent.value()] = OfAgent();
}

void OfferFilters::EndFirst() {
  auto [expiry, place] = *expiries_.begin();
  auto [client, agent] = place;
  expiries_.erase(expiries_.begin());
  OfAgent& of_agent = agents_[agent.value()];
  auto filters = of_agent.clients.find(client);
  auto it = std::find_if(filters->second.begin(), filters->second.end(),
                         [&](const Filter& filter) { return filter.expiry == expiry; });
  filters->second.erase(it);
  if (!filters->second.empty()) return;
  of_agent.clients.erase(filters);
  if (of_agent.clients.empty()) of_agent.last.reset();
  auto of_client = clients_.find(client);
  of_client->second.erase(agent);
  if (of_client->second.empty()) clients_.erase(of_client);
}

absl::Time OfferFilters::NextExpiry() const {
  return expiries_.empty() ? absl::InfiniteFuture() : expiries_.begin()->first.first;
}

}  // namespace mesos::master
