#include "common/resources/parse.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status_macros.h"
#include "common/resources/invalid.h"
#include "common/resources/print.h"
#include "common/resources/validate.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace mesos {
namespace {

// "cpus" or "cpus(role)".
absl::Status ParseKey(absl::string_view key, absl::string_view token, v1::Resource& resource) {
  key = absl::StripAsciiWhitespace(key);
  const size_t open = key.find('(');
  const size_t close = key.find(')');
  if (open == absl::string_view::npos && close == absl::string_view::npos) {
    resource.set_name(std::string(key));
    return absl::OkStatus();
  }
  if (open == absl::string_view::npos || close != key.size() - 1 || close < open) {
    return Invalid("Bad value for resources, mismatched parentheses in ", token);
  }
  resource.set_name(std::string(absl::StripAsciiWhitespace(key.substr(0, open))));
  resource.set_role(
      std::string(absl::StripAsciiWhitespace(key.substr(open + 1, close - open - 1))));
  return absl::OkStatus();
}

absl::StatusOr<v1::Resource> ParseToken(absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, ':', absl::SkipEmpty());
  if (parts.size() != 2) {
    return Invalid("Bad value for resources, missing or extra ':' in ", token);
  }
  v1::Resource resource;
  RETURN_IF_ERROR(ParseKey(parts[0], token, resource));
  const absl::StatusOr<v1::Value> value = ParseValue(parts[1]);
  if (!value.ok()) {
    return Invalid("Failed to parse resource ", resource.name(), " value ", parts[1], " error ",
                   value.status().message());
  }
  if (value->type() == v1::Value::TEXT) {
    return Invalid("Bad type for resource ", resource.name(), " value ", parts[1], " type TEXT");
  }
  resource.set_type(value->type());
  if (value->has_scalar()) *resource.mutable_scalar() = value->scalar();
  if (value->has_ranges()) *resource.mutable_ranges() = value->ranges();
  if (value->has_set()) *resource.mutable_set() = value->set();
  return resource;
}

absl::StatusOr<std::vector<v1::Resource>> ParseText(absl::string_view text) {
  std::vector<v1::Resource> resources;
  for (absl::string_view token : absl::StrSplit(text, ';')) {
    token = absl::StripAsciiWhitespace(token);
    if (token.empty()) continue;
    ASSIGN_OR_RETURN(v1::Resource resource, ParseToken(token));
    resources.push_back(std::move(resource));
  }
  return resources;
}

absl::StatusOr<std::vector<v1::Resource>> ParseJson(absl::string_view text) {
  const auto invalid = [](absl::string_view why) {
    return Invalid("Some JSON resources were not formatted properly: ", why);
  };
  const std::string json(text);
  // As in Mesos, so that files made for another version go on to be read.
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  // First as any array, because below it is made part of a larger object.
  google::protobuf::ListValue list;
  auto status = google::protobuf::util::JsonStringToMessage(json, &list);
  v1::Request request;
  if (status.ok()) {
    status = google::protobuf::util::JsonStringToMessage(absl::StrCat("{\"resources\":", json, "}"),
                                                         &request, options);
  }
  if (!status.ok()) return invalid(std::string(status.message()));
  std::vector<v1::Resource> resources;
  for (v1::Resource& resource : *request.mutable_resources()) {
    if (!resource.IsInitialized()) {
      return invalid(absl::StrCat("resource ", resources.size(), " lacks ",
                                  resource.InitializationErrorString()));
    }
    resources.push_back(std::move(resource));
  }
  return resources;
}

absl::Status ValidateForFlag(const std::vector<v1::Resource>& resources) {
  std::map<std::string, v1::Value::Type> types;
  for (const v1::Resource& resource : resources) {
    if (resource.disk().has_persistence()) {
      return Invalid("Persistent volumes cannot be specified at the command line");
    }
    if (resource.has_revocable()) {
      return Invalid(
          "Revocable resources cannot be specified at the command line; do not include a "
          "'revocable' key in the resources JSON");
    }
    for (const auto& reservation : resource.reservations()) {
      if (reservation.type() == v1::Resource::ReservationInfo::DYNAMIC) {
        return Invalid(
            "Dynamic reservations cannot be specified at the command line; do not include a "
            "reservation with DYNAMIC type in the resources JSON");
      }
    }
    const auto [it, inserted] = types.try_emplace(resource.name(), resource.type());
    if (!inserted && it->second != resource.type()) {
      return Invalid("Resources with the same name ('", resource.name(),
                     "') but different types are not allowed");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<v1::Resource>> ParseResourceList(absl::string_view text,
                                                            absl::string_view default_role) {
  text = absl::StripAsciiWhitespace(text);
  ASSIGN_OR_RETURN(std::vector<v1::Resource> resources,
                   absl::StartsWith(text, "[") ? ParseJson(text) : ParseText(text));
  for (v1::Resource& resource : resources) {
    if (!resource.has_role() && resource.reservations_size() == 0) {
      resource.set_role(std::string(default_role));
    }
    const absl::Status status = ValidateResource(resource);
    if (!status.ok()) {
      return Invalid("Resource '", ToString(resource), "' is invalid: ", status.message());
    }
    NormalizeReservations(resource);
  }
  return resources;
}

absl::StatusOr<ResourceSet> ParseResources(absl::string_view text, absl::string_view default_role) {
  ASSIGN_OR_RETURN(const std::vector<v1::Resource> resources,
                   ParseResourceList(text, default_role));
  RETURN_IF_ERROR(ValidateForFlag(resources));
  return ResourceSet::FromProto({resources.begin(), resources.end()});
}

}  // namespace mesos
