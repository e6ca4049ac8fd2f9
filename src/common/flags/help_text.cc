#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/flags/flag_table.h"
#include "common/flags/flags.h"

namespace mesos::flags {
namespace {

// Breaks `text` at spaces so that no line passes the 80th column.
void AppendWrapped(std::string* out, size_t indent, absl::string_view text) {
  size_t column = 0;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (column + 1 + word.size() > 80 && column > indent) column = 0;
    if (column == 0) {
      if (!out->empty() && out->back() != '\n') out->push_back('\n');
      out->append(indent, ' ');
      column = indent;
    } else {
      out->push_back(' ');
      ++column;
    }
    absl::StrAppend(out, word);
    column += word.size();
  }
  out->push_back('\n');
}

void AppendFlag(std::string* out, const gflags::CommandLineFlagInfo& flag, bool required) {
  const bool is_switch = flag.type == "bool";
  absl::StrAppend(out, is_switch ? "  --[no-]" : "  --", flag.name, is_switch ? "" : "=VALUE",
                  required ? "  (required)" : "");
  for (const auto& [former, name] : DeprecatedNames()) {
    if (name == flag.name) absl::StrAppend(out, "  (formerly --", former, ")");
  }
  out->push_back('\n');
  AppendWrapped(out, 6, flag.description);
  if (!flag.default_value.empty()) {
    absl::StrAppend(out, "      (default: ", flag.default_value, ")\n");
  }
}

}  // namespace

std::string HelpText(const Program& program) {
  std::string text = absl::StrCat("Usage: ", program.name, " [--flag=value ...]\n\n");
  AppendWrapped(&text, 0, program.summary);
  absl::StrAppend(&text, "\n");
  AppendWrapped(&text, 0,
                "Each flag may also be given in the environment, as MESOS_NAME=value, and each "
                "value as file:///path of a file that holds it.");
  absl::StrAppend(&text, "\n  --[no-]help\n      Prints this and exits.\n");
  absl::StrAppend(&text, "  --[no-]version\n      Prints the version and exits.\n");
  std::vector<std::string> idle;
  std::vector<std::string> refused;
  for (const gflags::CommandLineFlagInfo& flag : VisibleFlags()) {
    if (IsMarked(flag.name, Mark::kWithoutEffect)) {
      idle.push_back(flag.name);
    } else if (IsMarked(flag.name, Mark::kRefused)) {
      refused.push_back(flag.name);
    } else {
      AppendFlag(&text, flag,
                 std::count(program.required.begin(), program.required.end(), flag.name) > 0);
    }
  }
  if (!idle.empty()) {
    absl::StrAppend(&text, "\nFlags of Mesos that are taken and have no effect in this version:\n");
    AppendWrapped(&text, 6, absl::StrJoin(idle, ", "));
  }
  if (!refused.empty()) {
    absl::StrAppend(
        &text, "\nFlags of Mesos that are refused, as this version lacks what they ask for:\n");
    AppendWrapped(&text, 6, absl::StrJoin(refused, ", "));
  }
  return text;
}

}  // namespace mesos::flags
