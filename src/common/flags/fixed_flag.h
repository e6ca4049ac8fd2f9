#pragma once

// Flags of Mesos whose feature this version lacks: they are taken with the one value that says so,
// so that the configuration of a cluster that does not use the feature goes on to work, and tools
// that look for them find them. Any other value is refused by name.
//
//   DEFINE_fixed_switch(authenticate_agents, false, "authentication of agents");
//   DEFINE_fixed_flag(role_sorter, "drf", "other sorter");

#include <string>

#include "absl/status/status.h"
#include "common/flags/flags.h"

namespace mesos::flags {

absl::Status CheckFixed(const std::string& value, const std::string& only,
                        const std::string& feature);

}  // namespace mesos::flags

#define DEFINE_fixed_flag(name, value, feature)                                     \
  DEFINE_string(name, value, "Only '" value "': this version has no " feature "."); \
  static const ::mesos::flags::CheckedFlag mesos_fixed_flag_##name(                 \
      #name,                                                                        \
      [](const std::string& given) { return ::mesos::flags::CheckFixed(given, value, feature); })

#define DEFINE_fixed_switch(name, value, feature)                                \
  DEFINE_bool(name, value, "Only " #value ": this version has no " feature "."); \
  static const ::mesos::flags::CheckedFlag mesos_fixed_flag_##name(              \
      #name,                                                                     \
      [](const std::string& given) { return ::mesos::flags::CheckFixed(given, #value, feature); })
