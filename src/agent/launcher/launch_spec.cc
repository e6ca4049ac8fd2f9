#include "agent/launcher/launch_spec.h"

#include <cstring>

namespace mesos::launcher {
namespace {

constexpr std::string_view kMagic = "MLS1";

enum Tag : char {
  kAttached = 't',
  kOutputToStatus = 'o',
  kContainerDirectory = 'c',
  kSandbox = 's',
  kSandboxLink = 'l',
  kPreparation = 'f',
  kPreparationArgument = 'g',
  kPreparationEnvironment = 'v',
  kProgram = 'p',
  kArgument = 'a',
  kEnvironment = 'e',
  kWorkingDirectory = 'w',
  kAccount = 'u',
  kDescriptorLimit = 'd',
  kRecoveryTimeout = 'r',
  kEnd = '.',
};

void AppendWord(std::string* out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out->push_back(static_cast<char>(value >> shift));
}

uint32_t WordAt(std::string_view bytes, size_t offset) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[offset + i]);
  return value;
}

void AppendRecord(std::string* out, Tag tag, std::string_view bytes) {
  out->push_back(tag);
  AppendWord(out, static_cast<uint32_t>(bytes.size()));
  out->append(bytes);
}

bool ParseAccount(std::string_view bytes, Account* account) {
  if (bytes.size() < 8 || bytes.size() % 4 != 0) return false;
  account->user = WordAt(bytes, 0);
  account->group = WordAt(bytes, 4);
  account->groups.clear();
  for (size_t i = 8; i < bytes.size(); i += 4) account->groups.push_back(WordAt(bytes, i));
  return true;
}

bool IsBinary(char tag) {
  return tag == kAccount || tag == kDescriptorLimit || tag == kRecoveryTimeout;
}

// False where the tag is not known or the bytes do not fit it.
bool TakeRecord(char tag, std::string_view bytes, LaunchSpec* spec) {
  // Every text becomes a C string in the end; a NUL inside would cut it silently.
  if (!IsBinary(tag) && bytes.find('\0') != std::string_view::npos) return false;
  switch (tag) {
    case kAttached:
      spec->attached = true;
      return bytes.empty();
    case kOutputToStatus:
      spec->output_to_status = true;
      return bytes.empty();
    case kContainerDirectory:
      spec->container_directory = bytes;
      return true;
    case kSandbox:
      spec->sandbox = bytes;
      return true;
    case kSandboxLink:
      spec->sandbox_links.emplace_back(bytes);
      return true;
    case kPreparation:
      spec->preparations.emplace_back();
      return bytes.empty();
    case kPreparationArgument:
      if (spec->preparations.empty()) return false;
      spec->preparations.back().emplace_back(bytes);
      return true;
    case kPreparationEnvironment:
      spec->preparation_environment.emplace_back(bytes);
      return true;
    case kProgram:
      spec->program = bytes;
      return true;
    case kArgument:
      spec->arguments.emplace_back(bytes);
      return true;
    case kEnvironment:
      spec->environment.emplace_back(bytes);
      return true;
    case kWorkingDirectory:
      spec->working_directory = bytes;
      return true;
    case kAccount:
      spec->change_user = true;
      return ParseAccount(bytes, &spec->account);
    case kDescriptorLimit:
      if (bytes.size() != 4) return false;
      spec->descriptor_limit = WordAt(bytes, 0);
      return true;
    case kRecoveryTimeout:
      if (bytes.size() != 8) return false;
      spec->recovery_timeout_milliseconds = WordAt(bytes, 0);
      spec->recovery_grace_milliseconds = WordAt(bytes, 4);
      return true;
    case kEnd:
      return bytes.empty();
    default:
      return false;
  }
}

bool Fail(std::string* error, std::string message) {
  *error = std::move(message);
  return false;
}

bool CheckComplete(const LaunchSpec& spec, std::string* error) {
  const std::pair<const char*, const std::string*> paths[] = {
      {"container directory", &spec.container_directory},
      {"sandbox", &spec.sandbox},
      {"working directory", &spec.working_directory}};
  for (const auto& [name, path] : paths) {
    if (spec.attached && path == &spec.container_directory) continue;
    if (path->empty() || path->front() != '/') {
      return Fail(error, std::string("launch spec: the ") + name + " '" + *path +
                             "' is not an absolute path");
    }
  }
  for (const std::vector<std::string>& preparation : spec.preparations) {
    if (preparation.empty()) return Fail(error, "launch spec: a preparation without argv[0]");
  }
  if (spec.program.empty()) return Fail(error, "launch spec: no program");
  if (spec.arguments.empty()) return Fail(error, "launch spec: no argv[0]");
  return true;
}

}  // namespace

std::string EncodeLaunchSpec(const LaunchSpec& spec) {
  std::string out(kMagic);
  if (spec.attached) AppendRecord(&out, kAttached, "");
  if (spec.output_to_status) AppendRecord(&out, kOutputToStatus, "");
  AppendRecord(&out, kContainerDirectory, spec.container_directory);
  AppendRecord(&out, kSandbox, spec.sandbox);
  for (const std::string& link : spec.sandbox_links) AppendRecord(&out, kSandboxLink, link);
  for (const std::vector<std::string>& preparation : spec.preparations) {
    AppendRecord(&out, kPreparation, "");
    for (const std::string& argument : preparation) {
      AppendRecord(&out, kPreparationArgument, argument);
    }
  }
  for (const std::string& variable : spec.preparation_environment) {
    AppendRecord(&out, kPreparationEnvironment, variable);
  }
  AppendRecord(&out, kProgram, spec.program);
  for (const std::string& argument : spec.arguments) AppendRecord(&out, kArgument, argument);
  for (const std::string& variable : spec.environment) AppendRecord(&out, kEnvironment, variable);
  AppendRecord(&out, kWorkingDirectory, spec.working_directory);
  if (spec.change_user) {
    std::string account;
    AppendWord(&account, spec.account.user);
    AppendWord(&account, spec.account.group);
    for (uint32_t group : spec.account.groups) AppendWord(&account, group);
    AppendRecord(&out, kAccount, account);
  }
  if (spec.descriptor_limit != 0) {
    std::string limit;
    AppendWord(&limit, spec.descriptor_limit);
    AppendRecord(&out, kDescriptorLimit, limit);
  }
  if (spec.recovery_timeout_milliseconds != kNoRecoveryTimeout) {
    std::string recovery;
    AppendWord(&recovery, spec.recovery_timeout_milliseconds);
    AppendWord(&recovery, spec.recovery_grace_milliseconds);
    AppendRecord(&out, kRecoveryTimeout, recovery);
  }
  AppendRecord(&out, kEnd, "");
  return out;
}

bool ParseLaunchSpec(std::string_view bytes, LaunchSpec* spec, std::string* error) {
  *spec = LaunchSpec();
  if (bytes.size() > kMaxLaunchSpecBytes) return Fail(error, "launch spec: larger than 32 MB");
  if (bytes.substr(0, kMagic.size()) != kMagic)
    return Fail(error, "launch spec: it does not begin with MLS1");
  size_t offset = kMagic.size();
  while (true) {
    const std::string place = " at byte " + std::to_string(offset);
    if (bytes.size() - offset < 5) return Fail(error, "launch spec: cut off" + place);
    const char tag = bytes[offset];
    const uint32_t length = WordAt(bytes, offset + 1);
    offset += 5;
    if (bytes.size() - offset < length)
      return Fail(error, "launch spec: cut off in the record" + place);
    if (!TakeRecord(tag, bytes.substr(offset, length), spec)) {
      return Fail(error, "launch spec: bad record" + place);
    }
    offset += length;
    if (tag == kEnd) break;
  }
  if (offset != bytes.size()) return Fail(error, "launch spec: bytes after its end");
  return CheckComplete(*spec, error);
}

}  // namespace mesos::launcher
