#pragma once

// The classic endpoints of Files: /files/browse, /files/read, /files/download, /files/debug.
//
//   AddFilesRoutes(files, [&](auto work) { server.RunOnReadPool(std::move(work)); }, router);
//
//   GET /files/browse?path=P                       [{"path": ..., "size": ..., ...}, ...]
//   GET /files/read?path=P&offset=O&length=L       {"data": "...", "offset": O}; O=-1: the size
//   GET /files/download?path=P                     the file, of any size
//   GET /files/debug                               {virtual path: real path}
//
// Parameters, statuses and texts as in Mesos; all but the download take `jsonp`. `files` outlives
// the router. All disk I/O runs where `run_on_read_pool` puts it.

#include <functional>

#include "absl/functional/any_invocable.h"
#include "common/files/files.h"
#include "common/net/router.h"

namespace mesos::files {

using RunOnReadPool = std::function<void(absl::AnyInvocable<void()>)>;

void AddFilesRoutes(const Files& files, RunOnReadPool run_on_read_pool, net::Router& router);

// "-rw-r--r--", as ls writes it.
std::string ModeText(uint32_t mode);

// By the extension of the file's name; application/octet-stream where it is not known.
const char* ContentTypeOf(absl::string_view name);

}  // namespace mesos::files
