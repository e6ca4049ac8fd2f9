#include "common/net/accept_encoding.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace mesos::net {
namespace {

// What is not a number weighs nothing: a body that the client cannot read is worse than a big one.
double Weight(absl::string_view parameters) {
  for (absl::string_view parameter : absl::StrSplit(parameters, ';')) {
    parameter = absl::StripAsciiWhitespace(parameter);
    if (!absl::StartsWithIgnoreCase(parameter, "q=")) continue;
    double weight = 0;
    return absl::SimpleAtod(parameter.substr(2), &weight) ? weight : 0;
  }
  return 1;
}

}  // namespace

bool AcceptsEncoding(absl::string_view header, absl::string_view coding) {
  bool any = false;
  for (absl::string_view entry : absl::StrSplit(header, ',')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(entry, absl::MaxSplits(';', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(parts.first);
    if (absl::EqualsIgnoreCase(name, coding)) return Weight(parts.second) > 0;
    if (name == "*") any = Weight(parts.second) > 0;
  }
  return any;
}

}  // namespace mesos::net
