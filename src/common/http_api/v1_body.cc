#include "common/http_api/v1_body.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/json/json_codec.h"

namespace mesos {
namespace {

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return 503;
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
    default:  // codes that absl may add
      return 500;
  }
}

}  // namespace

std::optional<net::HttpResponse> ReadCall(const net::HttpRequest& request,
                                          google::protobuf::Message& call) {
  const absl::StatusOr<net::MediaType> type = net::RequestMediaType(request);
  if (!type.ok()) {
    const int status = type.status().code() == absl::StatusCode::kInvalidArgument ? 415 : 400;
    return net::HttpResponse::Text(status, type.status().message());
  }
  switch (*type) {
    case net::MediaType::kJson:
      if (absl::Status read = json::FromJson(request.body, call); !read.ok()) {
        return ErrorResponse(read);
      }
      return std::nullopt;
    case net::MediaType::kProtobuf:
      if (!call.ParseFromString(request.body)) {
        return net::HttpResponse::Text(
            400,
            absl::StrCat("Failed to parse body into ", call.GetDescriptor()->name(), " protobuf"));
      }
      return std::nullopt;
  }
  return std::nullopt;
}

std::string Serialize(const google::protobuf::Message& message, net::MediaType type) {
  switch (type) {
    case net::MediaType::kJson:
      return json::ToJson(message);
    case net::MediaType::kProtobuf:
      return message.SerializeAsString();
  }
  return {};
}

net::HttpResponse MessageResponse(const google::protobuf::Message& message, net::MediaType type) {
  return {200, {{"Content-Type", net::MediaTypeName(type)}}, Serialize(message, type)};
}

net::HttpResponse ErrorResponse(const absl::Status& status) {
  net::HttpResponse response = net::HttpResponse::Text(HttpStatus(status.code()), status.message());
  if (absl::IsUnauthenticated(status)) {
    response.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"mesos\"");
  }
  return response;
}

net::HttpResponse EmptyResponse(int status) { return {status, {}, ""}; }

}  // namespace mesos
