#include "common/files/files_routes.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/json/json_writer.h"
#include "common/net/jsonp.h"

namespace mesos::files {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr size_t kDownloadPieceBytes = 128 << 10;

struct ContentType {
  absl::string_view extension;
  const char* type;
};
constexpr ContentType kContentTypes[] = {
    {".css", "text/css"},           {".csv", "text/csv"},          {".gif", "image/gif"},
    {".gz", "application/x-gzip"},  {".htm", "text/html"},         {".html", "text/html"},
    {".ico", "image/x-icon"},       {".jpeg", "image/jpeg"},       {".jpg", "image/jpeg"},
    {".js", "text/javascript"},     {".json", "application/json"}, {".pdf", "application/pdf"},
    {".png", "image/png"},          {".svg", "image/svg+xml"},     {".tar", "application/x-tar"},
    {".tgz", "application/x-gzip"}, {".txt", "text/plain"},        {".xml", "application/xml"},
    {".zip", "application/zip"},
};

HttpResponse ErrorResponse(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return HttpResponse::Text(404, "");
    case absl::StatusCode::kPermissionDenied:
      return HttpResponse::Text(403, absl::StrCat(status.message(), ".\n"));
    case absl::StatusCode::kInvalidArgument:
      return HttpResponse::Text(400, absl::StrCat(status.message(), ".\n"));
    default:
      return HttpResponse::Text(503, absl::StrCat(status.message(), ".\n"));
  }
}

absl::StatusOr<std::string> PathOf(const HttpRequest& request) {
  std::optional<std::string> path = request.Query("path");
  if (path && !path->empty()) return *std::move(path);
  return absl::InvalidArgumentError("Expecting 'path=value' in query");
}

// -1 and absent mean unset.
absl::StatusOr<std::optional<uint64_t>> NumberOf(const HttpRequest& request, const char* name) {
  const std::optional<std::string> text = request.Query(name);
  if (!text) return std::optional<uint64_t>();
  int64_t number = 0;
  if (!absl::SimpleAtoi(*text, &number)) {
    return absl::InvalidArgumentError(
        absl::StrCat("Failed to parse ", name, ": Failed to convert '", *text, "' to number"));
  }
  if (number < -1) {
    return absl::InvalidArgumentError(absl::StrCat("Negative ", name, " provided: ", number));
  }
  if (number == -1) return std::optional<uint64_t>();
  return std::optional<uint64_t>(static_cast<uint64_t>(number));
}

absl::StatusOr<std::string> BrowseJson(const Files& files, const HttpRequest& request) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(request));
  ASSIGN_OR_RETURN(const std::vector<FileStat> entries, files.Browse(path));
  std::string text;
  json::JsonWriter json(text);
  json.BeginArray();
  for (const FileStat& file : entries) {
    json.BeginObject();
    json.Key("gid").String(file.gid);
    json.Key("mode").String(ModeText(file.mode));
    json.Key("mtime").Double(absl::ToDoubleSeconds(file.mtime - absl::UnixEpoch()));
    json.Key("nlink").Int(file.nlink);
    json.Key("path").String(file.path);
    json.Key("size").Uint(file.size);
    json.Key("uid").String(file.uid);
    json.EndObject();
  }
  json.EndArray();
  return text;
}

absl::StatusOr<std::string> ReadJson(const Files& files, const HttpRequest& request) {
  ASSIGN_OR_RETURN(const std::string path, PathOf(request));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> offset, NumberOf(request, "offset"));
  ASSIGN_OR_RETURN(const std::optional<uint64_t> length, NumberOf(request, "length"));
  // Without an offset the reader asks where the end is.
  ASSIGN_OR_RETURN(const FilePiece piece, files.Read(path, offset.value_or(UINT64_MAX), length));
  std::string text;
  json::JsonWriter json(text);
  json.BeginObject();
  json.Key("data").String(piece.data);
  json.Key("offset").Uint(offset.value_or(piece.size));
  json.EndObject();
  return text;
}

std::string DebugJson(const Files& files) {
  std::string text;
  json::JsonWriter json(text);
  json.BeginObject();
  for (const auto& [virtual_path, real_path] : files.Attached()) {
    json.KeyOf(virtual_path).String(real_path);
  }
  json.EndObject();
  return text;
}

// What the file had when it was opened: a log that grows does not make an endless download.
class FileSource : public net::BodySource {
 public:
  explicit FileSource(OpenFile file) : file_(std::move(file)) {}

  bool Next(std::string& out) override {
    const size_t before = out.size();
    const uint64_t wanted = std::min<uint64_t>(kDownloadPieceBytes, file_.size - offset_);
    if (wanted == 0) return false;
    out.resize(before + wanted);
    ssize_t count = -1;
    do {
      count =
          pread(file_.descriptor.value(), out.data() + before, wanted, static_cast<off_t>(offset_));
    } while (count < 0 && errno == EINTR);
    out.resize(before + static_cast<size_t>(std::max<ssize_t>(count, 0)));
    if (count <= 0) return false;
    offset_ += static_cast<uint64_t>(count);
    return true;
  }

 private:
  const OpenFile file_;
  uint64_t offset_ = 0;
};

std::string AttachmentHeader(std::string name) {
  for (char& c : name) {
    if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '_';
  }
  return absl::StrCat("attachment; filename=\"", name, "\"");
}

void Download(const Files& files, const HttpRequest& request, net::Responder responder) {
  absl::StatusOr<std::string> path = PathOf(request);
  if (!path.ok()) return responder.Respond(ErrorResponse(path.status()));
  absl::StatusOr<OpenFile> file = files.Open(*path);
  if (!file.ok()) return responder.Respond(ErrorResponse(file.status()));
  // A sandbox's content is anybody's: a browser saves it and does not run it as a page of ours.
  net::Fields headers = {{"Content-Type", ContentTypeOf(file->name)},
                         {"Content-Disposition", AttachmentHeader(file->name)},
                         {"X-Content-Type-Options", "nosniff"}};
  responder.RespondFrom(std::move(headers), std::make_unique<FileSource>(*std::move(file)));
}

using MakeJson = std::function<absl::StatusOr<std::string>(const HttpRequest&)>;

void AddJsonRoute(const char* path, const RunOnReadPool& run_on_read_pool, MakeJson make,
                  net::Router& router) {
  router.Add(path, {}, auth::Action::kReadFiles,
             [run_on_read_pool, make = std::move(make)](HttpRequest request, std::string,
                                                        net::Responder responder) {
               run_on_read_pool([make, request = std::move(request),
                                 responder = std::move(responder)]() mutable {
                 absl::StatusOr<std::string> json = make(request);
                 responder.Respond(json.ok() ? net::JsonOrScript(request, *std::move(json))
                                             : ErrorResponse(json.status()));
               });
             });
}

}  // namespace

std::string ModeText(uint32_t mode) {
  std::string text = "?rwxrwxrwx";
  switch (mode & S_IFMT) {
    case S_IFREG:
      text[0] = '-';
      break;
    case S_IFDIR:
      text[0] = 'd';
      break;
    case S_IFLNK:
      text[0] = 'l';
      break;
    case S_IFIFO:
      text[0] = 'p';
      break;
    case S_IFSOCK:
      text[0] = 's';
      break;
    case S_IFCHR:
      text[0] = 'c';
      break;
    case S_IFBLK:
      text[0] = 'b';
      break;
  }
  for (int bit = 0; bit < 9; ++bit) {
    if ((mode & (0400u >> bit)) == 0) text[static_cast<size_t>(bit) + 1] = '-';
  }
  const auto special = [&](uint32_t bit, size_t place, char with_execute, char without) {
    if (mode & bit) text[place] = text[place] == 'x' ? with_execute : without;
  };
  special(S_ISUID, 3, 's', 'S');
  special(S_ISGID, 6, 's', 'S');
  special(S_ISVTX, 9, 't', 'T');
  return text;
}

const char* ContentTypeOf(absl::string_view name) {
  for (const ContentType& known : kContentTypes) {
    if (absl::EndsWithIgnoreCase(name, known.extension)) return known.type;
  }
  return "application/octet-stream";
}

void AddFilesRoutes(const Files& files, RunOnReadPool run_on_read_pool, net::Router& router) {
  AddJsonRoute(
      "/files/browse", run_on_read_pool,
      [&files](const HttpRequest& request) { return BrowseJson(files, request); }, router);
  AddJsonRoute(
      "/files/read", run_on_read_pool,
      [&files](const HttpRequest& request) { return ReadJson(files, request); }, router);
  AddJsonRoute(
      "/files/debug", run_on_read_pool, [&files](const HttpRequest&) { return DebugJson(files); },
      router);
  router.Add("/files/download", {}, auth::Action::kReadFiles,
             [&files, run_on_read_pool = std::move(run_on_read_pool)](
                 HttpRequest request, std::string, net::Responder responder) {
               run_on_read_pool([&files, request = std::move(request),
                                 responder = std::move(responder)]() mutable {
                 Download(files, request, std::move(responder));
               });
             });
}

}  // namespace mesos::files
