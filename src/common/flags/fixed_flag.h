#pragma once

// Flags of Mesos whose feature this version lacks, so that the configuration of a cluster that does
// not use it goes on to work, and tools that look for the flags find them. Of three kinds:
//
//   // Taken with the one value that says that the feature is off; others are refused by name.
//   DEFINE_fixed_switch(authenticate_agents, false, "authentication of agents");
//   DEFINE_fixed_flag(role_sorter, "drf", "other sorter");
//
//   // Taken with any value of the right form: it tunes what is off in any case.
//   DEFINE_idle_flag(docker_remove_delay, "6hrs", "Docker containers", CheckDuration);
//   DEFINE_idle_switch(docker_kill_orphans, true, "Docker containers");
//
//   // Refused with any value: it asks for what is not there.
//   DEFINE_refused_flag(acls, "authorization");
//   DEFINE_refused_secret(credential, "authentication");   // the value is not shown
//
// Values are compared by what they mean: 60secs is 1mins.

#include <string>

#include "absl/status/status.h"
#include "common/flags/flags.h"

namespace mesos::flags {

// Whether both are the same duration, number of bytes, number, or list of quantities in whatever
// order ("cpus:0.01|mem:32"); or the same text.
bool SameValue(const std::string& a, const std::string& b);

absl::Status CheckFixed(const std::string& value, const std::string& only,
                        const std::string& feature);
absl::Status CheckRefused(const std::string& value, const std::string& feature);
absl::Status CheckRefusedSecret(const std::string& value, const std::string& feature);

// Forms of values, besides CheckDuration. Empty is fine for an idle flag that has no default.
absl::Status CheckAnything(const std::string& value);
absl::Status CheckNumber(const std::string& value);
absl::Status CheckBytes(const std::string& value);  // "2GB"; also B, KB, MB, TB
absl::Status CheckOptionalDuration(const std::string& value);

}  // namespace mesos::flags

#define DEFINE_fixed_flag(name, value, feature)                                     \
  DEFINE_string(name, value, "Only '" value "': this version has no " feature "."); \
  static const ::mesos::flags::MarkedFlag mesos_marked_flag_##name(                 \
      #name, ::mesos::flags::Mark::kShownEmpty);                                    \
  static const ::mesos::flags::CheckedFlag mesos_fixed_flag_##name(                 \
      #name,                                                                        \
      [](const std::string& given) { return ::mesos::flags::CheckFixed(given, value, feature); })

#define DEFINE_fixed_switch(name, value, feature)                                \
  DEFINE_bool(name, value, "Only " #value ": this version has no " feature "."); \
  static const ::mesos::flags::CheckedFlag mesos_fixed_flag_##name(              \
      #name,                                                                     \
      [](const std::string& given) { return ::mesos::flags::CheckFixed(given, #value, feature); })

#define DEFINE_idle_flag(name, value, feature, check)                             \
  DEFINE_string(name, value, "Without effect: this version has no " feature "."); \
  static const ::mesos::flags::MarkedFlag mesos_marked_flag_##name(               \
      #name, ::mesos::flags::Mark::kWithoutEffect);                               \
  static const ::mesos::flags::CheckedFlag mesos_checked_flag_##name(#name, check)

#define DEFINE_idle_switch(name, value, feature)                                \
  DEFINE_bool(name, value, "Without effect: this version has no " feature "."); \
  static const ::mesos::flags::MarkedFlag mesos_marked_flag_##name(             \
      #name, ::mesos::flags::Mark::kWithoutEffect)

#define MESOS_REFUSED_FLAG(name, feature, check)                        \
  DEFINE_string(name, "", "Refused: this version has no " feature "."); \
  static const ::mesos::flags::MarkedFlag mesos_marked_flag_##name(     \
      #name, ::mesos::flags::Mark::kRefused);                           \
  static const ::mesos::flags::MarkedFlag mesos_unread_flag_##name(     \
      #name, ::mesos::flags::Mark::kAsGiven);                           \
  static const ::mesos::flags::CheckedFlag mesos_checked_flag_##name(   \
      #name, [](const std::string& given) { return ::mesos::flags::check(given, feature); })

#define DEFINE_refused_flag(name, feature) MESOS_REFUSED_FLAG(name, feature, CheckRefused)
#define DEFINE_refused_secret(name, feature) MESOS_REFUSED_FLAG(name, feature, CheckRefusedSecret)
