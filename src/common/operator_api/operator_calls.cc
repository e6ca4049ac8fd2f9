// The calls of the v1 API that master and agent have in common: the same messages in two packages.

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/operator_api/build_info.h"
#include "common/operator_api/operator_api.h"
#include "mesos/v1/agent/agent.pb.h"
#include "mesos/v1/master/master.pb.h"

namespace mesos {
namespace {

const char* PackageOf(const v1::master::Call&) { return "master"; }
const char* PackageOf(const v1::agent::Call&) { return "agent"; }

template <typename Call>
absl::Status MissingPart(const Call& call, const char* part) {
  return absl::InvalidArgumentError(absl::StrCat("Failed to validate ", PackageOf(call),
                                                 "::Call: Expecting '", part, "' to be present"));
}

template <typename Response>
std::shared_ptr<Response> NewResponse(typename Response::Type type) {
  auto response = std::make_shared<Response>();
  response->set_type(type);
  return response;
}

enum class SharedCall {
  kNone,
  kGetHealth,
  kGetFlags,
  kGetVersion,
  kGetMetrics,
  kGetLoggingLevel,
  kSetLoggingLevel,
  kListFiles,
  kReadFile,
};

template <typename Call>
SharedCall SharedCallOf(const Call& call) {
  if (call.type() == Call::GET_HEALTH) return SharedCall::kGetHealth;
  if (call.type() == Call::GET_FLAGS) return SharedCall::kGetFlags;
  if (call.type() == Call::GET_VERSION) return SharedCall::kGetVersion;
  if (call.type() == Call::GET_METRICS) return SharedCall::kGetMetrics;
  if (call.type() == Call::GET_LOGGING_LEVEL) return SharedCall::kGetLoggingLevel;
  if (call.type() == Call::SET_LOGGING_LEVEL) return SharedCall::kSetLoggingLevel;
  if (call.type() == Call::LIST_FILES) return SharedCall::kListFiles;
  if (call.type() == Call::READ_FILE) return SharedCall::kReadFile;
  return SharedCall::kNone;
}

// Mesos' words where a part is missing.
template <typename Call>
absl::Status Validate(const Call& call) {
  if (call.type() == Call::GET_METRICS) {
    if (!call.has_get_metrics()) return MissingPart(call, "get_metrics");
    if (call.get_metrics().timeout().nanoseconds() < 0) {
      return absl::InvalidArgumentError("The timeout of GET_METRICS is negative");
    }
  }
  if (call.type() == Call::SET_LOGGING_LEVEL && !call.has_set_logging_level()) {
    return MissingPart(call, "set_logging_level");
  }
  if (call.type() == Call::LIST_FILES && !call.has_list_files()) {
    return MissingPart(call, "list_files");
  }
  if (call.type() == Call::READ_FILE && !call.has_read_file()) {
    return MissingPart(call, "read_file");
  }
  return absl::OkStatus();
}

template <typename Response>
std::shared_ptr<Response> HealthResponse() {
  auto response = NewResponse<Response>(Response::GET_HEALTH);
  response->mutable_get_health()->set_healthy(true);
  return response;
}

template <typename Response>
std::shared_ptr<Response> FlagsResponse(
    const std::vector<std::pair<std::string, std::string>>& flags) {
  auto response = NewResponse<Response>(Response::GET_FLAGS);
  for (const auto& [name, value] : flags) {
    v1::Flag* flag = response->mutable_get_flags()->add_flags();
    flag->set_name(name);
    flag->set_value(value);
  }
  return response;
}

template <typename Response>
std::shared_ptr<Response> VersionResponse() {
  const BuildInfo& build = ThisBuild();
  auto response = NewResponse<Response>(Response::GET_VERSION);
  v1::VersionInfo* info = response->mutable_get_version()->mutable_version_info();
  info->set_version(kApiVersion);
  info->set_build_date(build.date);
  info->set_build_time(build.time);
  info->set_build_user(build.user);
  if (!build.git_sha.empty()) info->set_git_sha(build.git_sha);
  return response;
}

template <typename Response>
std::shared_ptr<Response> LoggingLevelResponse(int level) {
  auto response = NewResponse<Response>(Response::GET_LOGGING_LEVEL);
  response->mutable_get_logging_level()->set_level(static_cast<uint32_t>(level));
  return response;
}

void FillFile(const files::FileStat& file, v1::FileInfo& info) {
  info.set_path(file.path);
  info.set_nlink(file.nlink);
  info.set_size(file.size);
  info.mutable_mtime()->set_nanoseconds(absl::ToUnixNanos(file.mtime));
  info.set_mode(file.mode);
  info.set_uid(file.uid);
  info.set_gid(file.gid);
}

template <typename Response>
std::shared_ptr<Response> MetricsResponse(const metrics::MetricsPage& page) {
  auto response = NewResponse<Response>(Response::GET_METRICS);
  auto* metrics = response->mutable_get_metrics()->mutable_metrics();
  metrics->Reserve(static_cast<int>(page.mesos_count()));
  for (const metrics::MetricsPage::Group& group : page.groups()) {
    for (size_t i = 0; i < group.values.size(); ++i) {
      v1::Metric* metric = metrics->Add();
      metric->set_name(absl::StrCat(group.prefix, group.suffix(i)));
      metric->set_value(group.values[i]);
    }
  }
  return response;
}

template <typename Response>
absl::StatusOr<std::shared_ptr<Response>> ListFiles(const files::Files& files,
                                                    const std::string& path) {
  absl::StatusOr<std::vector<files::FileStat>> entries = files.Browse(path);
  if (!entries.ok()) return entries.status();
  auto response = NewResponse<Response>(Response::LIST_FILES);
  response->mutable_list_files();
  for (const files::FileStat& file : *entries) {
    FillFile(file, *response->mutable_list_files()->add_file_infos());
  }
  return response;
}

template <typename Response>
absl::StatusOr<std::shared_ptr<Response>> ReadFile(const files::Files& files,
                                                   const std::string& path, uint64_t offset,
                                                   std::optional<uint64_t> length) {
  absl::StatusOr<files::FilePiece> piece = files.Read(path, offset, length);
  if (!piece.ok()) return piece.status();
  auto response = NewResponse<Response>(Response::READ_FILE);
  response->mutable_read_file()->set_size(piece->size);
  response->mutable_read_file()->set_data(std::move(piece->data));
  return response;
}

}  // namespace

bool OperatorApi::Takes(const v1::master::Call& call) {
  return SharedCallOf(call) != SharedCall::kNone;
}
bool OperatorApi::Takes(const v1::agent::Call& call) {
  return SharedCallOf(call) != SharedCall::kNone;
}

template <typename Response>
void OperatorApi::AnswerOnReadPool(
    absl::AnyInvocable<absl::StatusOr<std::shared_ptr<Response>>()> make, Answer<Response> answer) {
  deps_.run_on_read_pool([make = std::move(make), answer = std::move(answer)]() mutable {
    absl::StatusOr<std::shared_ptr<Response>> response = make();
    if (response.ok()) {
      answer(absl::OkStatus(), *std::move(response));
    } else {
      answer(response.status(), nullptr);
    }
  });
}

template <typename Call, typename Response>
void OperatorApi::HandleCall(const Call& call, Answer<Response> answer) {
  if (absl::Status valid = Validate(call); !valid.ok()) {
    answer(std::move(valid), nullptr);
    return;
  }
  const files::Files* files = &deps_.files;
  switch (SharedCallOf(call)) {
    case SharedCall::kNone:
      answer(absl::UnimplementedError("Not a call that master and agent share"), nullptr);
      return;
    case SharedCall::kGetHealth:
      answer(absl::OkStatus(), HealthResponse<Response>());
      return;
    case SharedCall::kGetFlags:
      answer(absl::OkStatus(), FlagsResponse<Response>(flags_));
      return;
    case SharedCall::kGetVersion:
      answer(absl::OkStatus(), VersionResponse<Response>());
      return;
    case SharedCall::kGetLoggingLevel:
      answer(absl::OkStatus(), LoggingLevelResponse<Response>(logging_->level()));
      return;
    case SharedCall::kSetLoggingLevel: {
      const auto& set = call.set_logging_level();
      answer(logging_->Raise(set.level(), absl::Nanoseconds(set.duration().nanoseconds())),
             nullptr);
      return;
    }
    case SharedCall::kGetMetrics:
      Collect(metrics::Form::kMesos,
              [answer = std::move(answer)](metrics::MetricsPage page) mutable {
                answer(absl::OkStatus(), MetricsResponse<Response>(page));
              });
      return;
    case SharedCall::kListFiles:
      AnswerOnReadPool<Response>(
          [files, path = call.list_files().path()] { return ListFiles<Response>(*files, path); },
          std::move(answer));
      return;
    case SharedCall::kReadFile: {
      const auto& read = call.read_file();
      std::optional<uint64_t> length;
      if (read.has_length()) length = read.length();
      AnswerOnReadPool<Response>(
          [files, path = read.path(), offset = read.offset(), length] {
            return ReadFile<Response>(*files, path, offset, length);
          },
          std::move(answer));
      return;
    }
  }
}

void OperatorApi::Handle(const v1::master::Call& call, Answer<v1::master::Response> answer) {
  HandleCall<v1::master::Call, v1::master::Response>(call, std::move(answer));
}

void OperatorApi::Handle(const v1::agent::Call& call, Answer<v1::agent::Response> answer) {
  HandleCall<v1::agent::Call, v1::agent::Response>(call, std::move(answer));
}

}  // namespace mesos
