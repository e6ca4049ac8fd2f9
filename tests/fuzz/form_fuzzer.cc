// What headers, paths, queries and forms may hold: any bytes are decoded or refused.

#include <glog/logging.h>

#include <cstdint>
#include <string>

#include "common/base/limits.h"
#include "common/net/form.h"
#include "common/net/media_type.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto decoded = mesos::net::PercentDecode(text, false);
  if (decoded.ok()) {
    CHECK_LE(decoded->size(), size);
    CHECK_EQ(decoded->find('\0'), std::string::npos);
  }
  const auto fields = mesos::net::ParseForm(text);
  if (fields.ok()) CHECK_LE(fields->size(), mesos::limits::kMaxFormFields);

  mesos::net::HttpRequest request;
  request.headers = {{"Accept", std::string(text)}, {"Content-Type", std::string(text)}};
  (void)mesos::net::RequestMediaType(request);
  (void)mesos::net::ResponseMediaType(request);
  mesos::net::Accepts(text, "text/html");
  return 0;
}
