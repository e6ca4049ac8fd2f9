#pragma once

// An agent as the classic endpoints show it. Thread-safe.

#include "common/json/json_writer.h"
#include "master/core/views/snapshot.h"

namespace mesos::master {

// The fields of an agent, within an object that stands open.
void WriteAgentFields(json::JsonWriter& json, const AgentView& agent);

// Those that /slaves adds: its resources one by one.
void WriteAgentResourceLists(json::JsonWriter& json, const AgentView& agent);

// A whole object of "recovered_slaves".
void WriteAwaitedAgent(json::JsonWriter& json, const v1::AgentInfo& info);

}  // namespace mesos::master
