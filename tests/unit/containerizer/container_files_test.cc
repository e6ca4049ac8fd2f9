#include "agent/launcher/container_files.h"

#include <unistd.h>

#include "agent/launcher/launch_spec.h"
#include "agent/launcher/launcher_arguments.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::launcher {
namespace {

using ::testing::HasSubstr;

LaunchSpec FullSpec() {
  LaunchSpec spec;
  spec.attached = true;
  spec.output_to_status = true;
  spec.container_directory = "/run/c";
  spec.sandbox = "/sandboxes/c";
  spec.sandbox_links = {"/sandboxes/latest", "/sandboxes/other"};
  spec.preparations = {{"cp", "a", "b"}, {"true"}};
  spec.preparation_environment = {"PATH=/bin"};
  spec.program = "env";
  spec.arguments = {"env", "", "a b"};
  spec.environment = {"A=", "B=x=y"};
  spec.working_directory = "/";
  spec.change_user = true;
  spec.account = {65534, 4294967295u, {1, 65534}};
  spec.descriptor_limit = 1024;
  spec.recovery_timeout_milliseconds = 900'000;
  spec.recovery_grace_milliseconds = 5'000;
  return spec;
}

TEST(LaunchSpecTest, ReadsWhatItWrites) {
  LaunchSpec read;
  std::string error;
  ASSERT_TRUE(ParseLaunchSpec(EncodeLaunchSpec(FullSpec()), &read, &error)) << error;
  EXPECT_EQ(read, FullSpec());
}

TEST(LaunchSpecTest, RefusesEveryPrefix) {
  const std::string bytes = EncodeLaunchSpec(FullSpec());
  LaunchSpec read;
  std::string error;
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(ParseLaunchSpec(bytes.substr(0, size), &read, &error)) << size;
    EXPECT_THAT(error, HasSubstr("launch spec: "));
  }
  EXPECT_FALSE(ParseLaunchSpec(bytes + "x", &read, &error));
}

TEST(LaunchSpecTest, NamesWhatIsWrong) {
  LaunchSpec read;
  std::string error;
  LaunchSpec spec = FullSpec();
  spec.sandbox = "relative";
  EXPECT_FALSE(ParseLaunchSpec(EncodeLaunchSpec(spec), &read, &error));
  EXPECT_THAT(error, HasSubstr("sandbox 'relative' is not an absolute path"));
  spec = FullSpec();
  spec.preparations.emplace_back();
  EXPECT_FALSE(ParseLaunchSpec(EncodeLaunchSpec(spec), &read, &error));
  EXPECT_THAT(error, HasSubstr("a preparation without argv[0]"));
  spec = FullSpec();
  spec.program.clear();
  EXPECT_FALSE(ParseLaunchSpec(EncodeLaunchSpec(spec), &read, &error));
  EXPECT_THAT(error, HasSubstr("no program"));
  spec = FullSpec();
  spec.environment = {std::string("A=\0B", 4)};
  EXPECT_FALSE(ParseLaunchSpec(EncodeLaunchSpec(spec), &read, &error));
  EXPECT_THAT(error, HasSubstr("bad record"));
}

std::string CommandLine(const LauncherArguments& arguments) {
  std::string line;
  for (const std::string& argument : FormatLauncherArguments(arguments)) {
    line += argument;
    line.push_back('\0');
  }
  return line;
}

TEST(LauncherArgumentsTest, TellWhoseALauncherIs) {
  const LauncherArguments whole = {"c-1", "/var/lib/my mesos", "/run/mesos/c-1"};
  EXPECT_EQ(ParseLauncherArguments(CommandLine(whole)), whole);
  const LauncherArguments attached = {"c-1", "/var/lib/mesos", ""};
  EXPECT_EQ(ParseLauncherArguments(CommandLine(attached)), attached);
}

TEST(LauncherArgumentsTest, AreNotThoseOfOtherPrograms) {
  const std::string line = CommandLine({"c-1", "/w", "/run/c-1"});
  for (size_t size = 0; size < line.size(); ++size) {
    EXPECT_EQ(ParseLauncherArguments(line.substr(0, size)), std::nullopt) << size;
  }
  EXPECT_EQ(ParseLauncherArguments(line + line), std::nullopt);
  EXPECT_EQ(ParseLauncherArguments("x" + line), std::nullopt);
  EXPECT_EQ(ParseLauncherArguments(CommandLine({"", "/w", "/run/c-1"})), std::nullopt);
  EXPECT_EQ(ParseLauncherArguments(CommandLine({"c-1", "", "/run/c-1"})), std::nullopt);
}

TEST(ContainerFilesTest, ReadWhatTheyWrite) {
  const ProcessIdentity identity{4321, 18446744073709551615u};
  EXPECT_EQ(ParsePidFile(FormatPidFile(identity)), identity);
  for (int32_t status : {0, 256, 9, -1, 2147483647, -2147483647 - 1}) {
    EXPECT_EQ(FormatTermination(status).size(), kTerminationBytes);
    EXPECT_EQ(ParseTermination(FormatTermination(status)), status);
  }
}

TEST(ContainerFilesTest, RefuseWhatIsDamaged) {
  for (const char* text : {"", "\n", "12\n", "12 34", "0 34\n", "1 34\n", "-5 34\n", "12 -34\n",
                           "x 34\n", "99999999999 34\n", "12 34 56\n"}) {
    EXPECT_EQ(ParsePidFile(text), std::nullopt) << text;
  }
  const std::string blank(kTerminationBytes, ' ');
  for (const std::string& text :
       {std::string(), std::string("status 0\n"), blank, FormatTermination(1).substr(1) + "\n",
        FormatTermination(0) + "\n"}) {
    EXPECT_EQ(ParseTermination(text), std::nullopt) << text;
  }
}

TEST(ProcessStatTest, SeesPastOddNames) {
  const auto stat = ParseProcessStat(
      "42 (a) b (c)) S 7 42 41 0 -1 4194560 115 0 0 0 1 20 300 4000 20 0 3 0 123456 2654208 200");
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->user_ticks, 301u);
  EXPECT_EQ(stat->system_ticks, 4020u);
  EXPECT_EQ(stat->threads, 3u);
  EXPECT_EQ(stat->resident_pages, 200u);
  EXPECT_EQ(stat->parent, 7);
  EXPECT_EQ(stat->session, 41);
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->start_time, 123456u);
  EXPECT_EQ(ParseProcessStat("42 (a"), std::nullopt);
  EXPECT_EQ(ParseProcessStat("42 (a) S 7 42"), std::nullopt);
}

TEST(ProcessStatTest, ReadsThisProcess) {
  const auto stat = ReadProcessStat(getpid());
  ASSERT_TRUE(stat.has_value());
  EXPECT_EQ(stat->parent, getppid());
  EXPECT_GT(stat->start_time, 0u);
  EXPECT_EQ(stat->session, getsid(0));
  EXPECT_FALSE(ReadProcessStat(-1).has_value());
  EXPECT_EQ(errno, ENOENT);
}

}  // namespace
}  // namespace mesos::launcher
