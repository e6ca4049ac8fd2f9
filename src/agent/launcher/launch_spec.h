#pragma once

// What the agent tells the launcher about one container, and its form on the wire between them.
//
//   std::string blob = EncodeLaunchSpec(spec);            // the agent, into an inherited file
//   LaunchSpec spec; std::string error;
//   if (!ParseLaunchSpec(blob, &spec, &error)) ...        // the launcher
//
// Form: the magic "MLS1", then records of one tag byte, a 32-bit little-endian length, and so many
// bytes. Standard library only: the launcher links neither protobuf nor Abseil. Pure functions,
// thread-safe.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mesos::launcher {

// More than any command that a 16 MB message can carry.
inline constexpr size_t kMaxLaunchSpecBytes = 32 << 20;

// The descriptors that the launcher inherits: where it reads the spec and where it writes its
// progress.
inline constexpr int kSpecDescriptor = 3;
inline constexpr int kStatusDescriptor = 4;

// Lines on the status pipe. "prepared": the pid file is written and the command about to start (the
// launcher gives up where nobody reads, so a command never runs without an agent that can know of
// it). "started": it runs. "failed <why>": it does not, nothing of it is left, and the launcher
// exits.
inline constexpr char kPrepared[] = "prepared\n";
inline constexpr char kStarted[] = "started\n";
inline constexpr char kFailed[] = "failed ";
inline constexpr char kSandboxFailed[] = "sandbox-failed ";
// Of an attached launch: "ended <wait status>", after the command's output where that was asked
// for.
inline constexpr char kEnded[] = "ended ";

// A request to a running launcher is a queued signal (SIGRTMIN) whose value is the grace period in
// milliseconds, or one of these: kill everything now; the sender is the agent from now on.
inline constexpr int kDestroyNow = -1;
inline constexpr int kAgentIsHere = -2;

// Of LaunchSpec::recovery_timeout_milliseconds: without an agent the container runs on.
inline constexpr uint32_t kNoRecoveryTimeout = 0xffffffff;

struct Account {
  uint32_t user = 0;
  uint32_t group = 0;
  std::vector<uint32_t> groups;  // supplementary ones

  bool operator==(const Account&) const = default;
};

struct LaunchSpec {
  // A helper of a container that exists, not one of its own: it works in the sandbox that is there,
  // leaves no files, tells its end on the status pipe, and is killed once nobody reads that any
  // more. Its output goes to the sandbox's stderr.
  bool attached = false;
  bool output_to_status = false;    // of an attached one: its stdout goes to the status pipe
  std::string container_directory;  // for pid and termination files; made by the launcher
  std::string sandbox;              // made by the launcher, with its parents
  std::vector<std::string> sandbox_links;
  // Run one after the other before the command, in the sandbox and as the account; the first that
  // fails ends the launch. They fetch what the command needs. Each is an argv.
  std::vector<std::vector<std::string>> preparations;
  std::vector<std::string> preparation_environment;
  std::string program;                   // sought in the command's PATH where it has no slash
  std::vector<std::string> arguments;    // with argv[0]
  std::vector<std::string> environment;  // "NAME=value"
  std::string working_directory;
  bool change_user = false;
  Account account;                // where change_user
  uint32_t descriptor_limit = 0;  // the soft RLIMIT_NOFILE of what runs; 0: the launcher's own
  // A container is ended, with this grace period, once its agent was gone for so long.
  uint32_t recovery_timeout_milliseconds = kNoRecoveryTimeout;
  uint32_t recovery_grace_milliseconds = 0;

  bool operator==(const LaunchSpec&) const = default;
};

std::string EncodeLaunchSpec(const LaunchSpec& spec);

// False where `bytes` is not a whole spec; `error` then says what is wrong and where.
bool ParseLaunchSpec(std::string_view bytes, LaunchSpec* spec, std::string* error);

}  // namespace mesos::launcher
