#pragma once

// The values of which the classic endpoints (/state, /tasks, /slaves, ...) are made, as Mesos
// writes them. Each writes one value to where `json` stands.
//
//   json.Key("resources");
//   WriteResources(json, task.resources());              // {"cpus":4.0,...,"ports":"[1-2]"}
//
// Pure functions.

#include "common/json/json_writer.h"
#include "common/resources/resource_set.h"
#include "google/protobuf/repeated_field.h"
#include "mesos/v1/mesos.pb.h"

namespace mesos::classic {

using Resources = google::protobuf::RepeatedPtrField<v1::Resource>;

// Totals by name, what is revocable under "<name>_revocable"; cpus, disk, gpus and mem are always
// there. What is not valid counts as nothing.
void WriteResources(json::JsonWriter& json, const ResourceSet& resources);
void WriteResources(json::JsonWriter& json, const Resources& resources);

// Resource by resource, in Mesos' form for operators.
void WriteResourceList(json::JsonWriter& json, const ResourceSet& resources);

// {"rack":"r1","zone":3.0}
void WriteAttributes(json::JsonWriter& json,
                     const google::protobuf::RepeatedPtrField<v1::Attribute>& attributes);

// [{"key":"k","value":"v"}]
void WriteLabels(json::JsonWriter& json, const v1::Labels& labels);

void WriteStatus(json::JsonWriter& json, const v1::TaskStatus& status);
void WriteTask(json::JsonWriter& json, const v1::Task& task);

}  // namespace mesos::classic
