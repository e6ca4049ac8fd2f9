#include "agent/api/v1_json.h"

#include <utility>

#include "agent/api/piecewise.h"

namespace mesos::agent {
namespace {

using v1::agent::Response;

// One step of a body: an array, element by element.
template <typename Elements>
void AddArray(Piecewise& body, const char* name, const Elements& elements) {
  body.Add([name](json::JsonWriter& json) { json.Key(name).BeginArray(); });
  for (const auto& element : elements) {
    body.Add([&element](json::JsonWriter& json) { json.Message(element); });
  }
  body.Add([](json::JsonWriter& json) { json.EndArray(); });
}

void AddObject(Piecewise& body, const char* name) {
  body.Add([name](json::JsonWriter& json) { json.Key(name).BeginObject(); });
}

void EndObject(Piecewise& body) {
  body.Add([](json::JsonWriter& json) { json.EndObject(); });
}

void AddTasks(Piecewise& body, const Response::GetTasks& tasks) {
  AddObject(body, "get_tasks");
  AddArray(body, "pending_tasks", tasks.pending_tasks());
  AddArray(body, "queued_tasks", tasks.queued_tasks());
  AddArray(body, "launched_tasks", tasks.launched_tasks());
  AddArray(body, "terminated_tasks", tasks.terminated_tasks());
  AddArray(body, "completed_tasks", tasks.completed_tasks());
  EndObject(body);
}

void AddExecutors(Piecewise& body, const Response::GetExecutors& executors) {
  AddObject(body, "get_executors");
  AddArray(body, "executors", executors.executors());
  AddArray(body, "completed_executors", executors.completed_executors());
  EndObject(body);
}

void AddFrameworks(Piecewise& body, const Response::GetFrameworks& frameworks) {
  AddObject(body, "get_frameworks");
  AddArray(body, "frameworks", frameworks.frameworks());
  AddArray(body, "completed_frameworks", frameworks.completed_frameworks());
  EndObject(body);
}

}  // namespace

std::unique_ptr<net::BodySource> JsonBody(Response response) {
  auto kept = std::make_shared<const Response>(std::move(response));
  auto body = std::make_unique<Piecewise>(kept);
  const bool shows_lists = kept->has_get_state() || kept->has_get_tasks() ||
                           kept->has_get_executors() || kept->has_get_frameworks();
  if (!shows_lists) {
    body->Add([&kept = *kept](json::JsonWriter& json) { json.Message(kept); });
    return body;
  }
  body->Add([&kept = *kept](json::JsonWriter& json) {
    json.BeginObject().Key("type").String(Response::Type_Name(kept.type()));
  });
  if (kept->has_get_state()) {
    const Response::GetState& state = kept->get_state();
    AddObject(*body, "get_state");
    AddTasks(*body, state.get_tasks());
    AddExecutors(*body, state.get_executors());
    AddFrameworks(*body, state.get_frameworks());
    EndObject(*body);
  }
  if (kept->has_get_tasks()) AddTasks(*body, kept->get_tasks());
  if (kept->has_get_executors()) AddExecutors(*body, kept->get_executors());
  if (kept->has_get_frameworks()) AddFrameworks(*body, kept->get_frameworks());
  EndObject(*body);
  return body;
}

}  // namespace mesos::agent
