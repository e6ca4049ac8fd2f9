// A real cluster under real faults.
//
//   faults_test [--faults=20] [--seed=1] [--directory=...]
//
// The directory keeps the logs where the run fails, or where it was named.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tests/e2e/faults/fault_run.h"
#include "tests/e2e/faults/small_disk.h"

namespace mesos::e2e {
namespace {

FaultRun::Options options;
std::string directory;

TEST(FaultsTest, EveryTaskIsAccountedForWhateverBreaks) {
  const bool keep = !directory.empty();
  if (!keep) {
    std::string pattern = (std::filesystem::temp_directory_path() / "mesos-faults.XXXXXX").string();
    directory = mkdtemp(pattern.data());
  }
  std::vector<std::string> broken;
  {
    // Not the directory itself: all whose arguments name the cluster's are killed at its end.
    FaultRun run(options, directory + "/cluster");
    broken = run.Run();
  }
  EXPECT_TRUE(broken.empty()) << absl::StrJoin(broken, "\n") << "\n\nlogs: " << directory
                              << "/cluster/logs; again: scripts/faults " << options.faults
                              << " --seed=" << options.seed;
  std::error_code ignored;
  if (broken.empty() && !HasFailure() && !keep) std::filesystem::remove_all(directory, ignored);
}

// False where an argument is none of ours.
bool Parse(absl::string_view argument) {
  if (absl::ConsumePrefix(&argument, "--faults=")) {
    return absl::SimpleAtoi(argument, &options.faults) && options.faults > 0;
  }
  if (absl::ConsumePrefix(&argument, "--seed=")) return absl::SimpleAtoi(argument, &options.seed);
  directory = std::string(argument);
  return absl::ConsumePrefix(&argument, "--directory=") && !argument.empty() &&
         !(directory = std::string(argument)).empty();
}

}  // namespace
}  // namespace mesos::e2e

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  mesos::e2e::UseOwnMounts();
  for (int i = 1; i < argc; ++i) {
    if (mesos::e2e::Parse(argv[i])) continue;
    std::fprintf(stderr,
                 "faults_test: cannot use '%s'; it takes --faults=N, --seed=S and "
                 "--directory=PATH\n",
                 argv[i]);
    return 2;
  }
  return RUN_ALL_TESTS();
}
