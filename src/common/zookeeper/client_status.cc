#include "common/zookeeper/client_status.h"

#include <zookeeper/zookeeper.h>

#include "absl/strings/str_cat.h"

namespace mesos::zookeeper {
namespace {

absl::StatusCode CodeOf(int code) {
  switch (code) {
    case ZOK:
      return absl::StatusCode::kOk;
    case ZNONODE:
      return absl::StatusCode::kNotFound;
    case ZNODEEXISTS:
      return absl::StatusCode::kAlreadyExists;
    case ZBADVERSION:
      return absl::StatusCode::kAborted;
    case ZNOTEMPTY:
    case ZNOCHILDRENFOREPHEMERALS:
      return absl::StatusCode::kFailedPrecondition;
    case ZNOAUTH:
    case ZAUTHFAILED:
    case ZINVALIDACL:
      return absl::StatusCode::kPermissionDenied;
    case ZSESSIONEXPIRED:
    case ZCLOSING:
    case ZINVALIDSTATE:
      return absl::StatusCode::kCancelled;
    case ZBADARGUMENTS:
    case ZMARSHALLINGERROR:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

absl::Status ToStatus(int code, const std::string& path) {
  if (code == ZOK) return absl::OkStatus();
  return absl::Status(CodeOf(code), absl::StrCat("ZooKeeper: ", path, ": ", zerror(code)));
}

}  // namespace mesos::zookeeper
