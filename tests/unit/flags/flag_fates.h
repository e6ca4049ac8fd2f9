#pragma once

// What becomes of the flags of a Mesos daemon here: a table, tried flag by flag, from the command
// line and from the environment.
//
//   TEST(MasterFlagsTest, EveryFlagOfMesos) { TryFates(kProgram, "master_flags.txt"); }

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/flags/flags.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::flags {

struct FateCase {
  std::string fate;
  std::string flag;
  std::string name;  // the flag's, where that above is a former one
  std::string value;
};

inline std::vector<FateCase> ReadFates(const std::string& file) {
  std::ifstream in(std::string(MESOS_FLAG_FATES) + "/" + file);
  std::vector<FateCase> cases;
  for (std::string line; std::getline(in, line);) {
    if (absl::StartsWith(line, "#")) continue;
    const std::vector<std::string> words = absl::StrSplit(line, absl::MaxSplits(' ', 1));
    std::pair<std::string, std::string> rest =
        absl::StrSplit(absl::StripLeadingAsciiWhitespace(words.at(1)), absl::MaxSplits(' ', 1));
    std::pair<std::string, std::string> names = absl::StrSplit(rest.first, absl::MaxSplits('>', 1));
    cases.push_back({words[0], names.first, names.second, rest.second});
  }
  return cases;
}

inline void TryFate(const Program& program, const FateCase& one, bool from_environment) {
  gflags::FlagSaver saver;
  const std::string variable = absl::StrCat("MESOS_", absl::AsciiStrToUpper(one.flag));
  std::vector<std::string> arguments, environment, notes;
  (from_environment ? environment : arguments)
      .push_back(from_environment ? absl::StrCat(variable, "=", one.value)
                                  : absl::StrCat("--", one.flag, "=", one.value));
  const absl::Status status = ParseFlags(program, arguments, environment, &notes);
  const std::string name = one.name.empty() ? one.flag : one.name;
  if (one.fate == "refused" || one.fate == "secret") {
    ASSERT_FALSE(status.ok());
    const std::string message(status.message());
    EXPECT_THAT(message, ::testing::HasSubstr(absl::StrCat("flag '", name, "'")));
    EXPECT_THAT(message, ::testing::HasSubstr("this version"));
    if (from_environment) EXPECT_THAT(message, ::testing::HasSubstr(variable));
    EXPECT_EQ(absl::StrContains(message, one.value), one.fate == "refused") << message;
    return;
  }
  ASSERT_TRUE(status.ok()) << status;
  gflags::CommandLineFlagInfo info;
  ASSERT_TRUE(gflags::GetCommandLineFlagInfo(name.c_str(), &info));
  EXPECT_EQ(info.current_value, one.value);
  EXPECT_EQ(std::count_if(
                notes.begin(), notes.end(),
                [](const std::string& note) { return absl::StrContains(note, "has no effect"); }),
            one.fate == "idle" ? 1 : 0);
  EXPECT_EQ(
      std::count_if(notes.begin(), notes.end(),
                    [](const std::string& note) { return absl::StrContains(note, "deprecated"); }),
      one.name.empty() ? 0 : 1);
}

inline void TryFates(const Program& program, const std::string& file) {
  const std::vector<FateCase> cases = ReadFates(file);
  ASSERT_GT(cases.size(), 50u) << file;
  for (const FateCase& one : cases) {
    SCOPED_TRACE(absl::StrCat(one.flag, "=", one.value));
    TryFate(program, one, /*from_environment=*/false);
    TryFate(program, one, /*from_environment=*/true);
  }
}

}  // namespace mesos::flags
