// What is fetched, and that it arrives: with real files, archives and curl.

#include <sys/stat.h>
#include <sys/wait.h>

#include "absl/strings/str_join.h"
#include "agent/fetcher/fetch_commands.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/containerizer/container_harness.h"

namespace mesos::agent {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Error(const std::string& uri, const std::string& output = "") {
  const auto commands = FetchCommands({{uri, false, true, output}});
  return commands.ok() ? "OK" : std::string(commands.status().message());
}

std::vector<std::string> Commands(const ContainerSpec::Uri& uri) {
  std::vector<std::string> lines;
  const auto commands = FetchCommands({uri});
  for (const auto& command : *commands) lines.push_back(absl::StrJoin(command, " "));
  return lines;
}

TEST(FetchCommandsTest, CopiesMarksAndUnpacks) {
  EXPECT_THAT(Commands({"/data/x", true, true, ""}),
              ElementsAre("cp /data/x ./x", "chmod 0755 ./x"));
  EXPECT_THAT(Commands({"file:///data/a.tgz", false, true, ""}),
              ElementsAre("cp /data/a.tgz ./a.tgz", HasSubstr("tar --extract")));
  EXPECT_THAT(Commands({"file:///data/a.tgz", false, false, ""}),
              ElementsAre("cp /data/a.tgz ./a.tgz"));
  EXPECT_THAT(
      Commands({"/a.zip", false, true, "sub/b.zip"}),
      ElementsAre("mkdir -p ./sub", "cp /a.zip ./sub/b.zip", "unzip -o -q ./sub/b.zip -d ."));
  EXPECT_THAT(Commands({"https://host/p/-x", false, true, ""}),
              ElementsAre(AllOf(HasSubstr("--output ./-x"), HasSubstr("--url https://host/p/-x"))));
}

TEST(FetchCommandsTest, RefusesByName) {
  EXPECT_THAT(Error("relative/x"), HasSubstr("'relative/x' is neither"));
  EXPECT_THAT(Error("http://host"), HasSubstr("no path"));
  EXPECT_THAT(Error("http://host/"), HasSubstr("names no file"));
  EXPECT_THAT(Error("/data/.."), HasSubstr("names no file"));
  EXPECT_THAT(Error("hdfs://host/x"), HasSubstr("'hdfs'"));
  EXPECT_THAT(Error("file://elsewhere/x"), HasSubstr("another host"));
  EXPECT_THAT(Error("/x", "/etc/passwd"), HasSubstr("'/etc/passwd'"));
  EXPECT_THAT(Error("/x", "a/../../b"), HasSubstr("not a relative path in the sandbox"));
}

class FetcherTest : public ::testing::Test {
 protected:
  std::string Make(const std::string& name, const std::string& content) {
    const std::string path = harness_.directory() + "/" + name;
    std::ofstream(path) << content;
    return path;
  }

  ContainerHarness harness_;
};

TEST_F(FetcherTest, FetchesBeforeTheCommandStarts) {
  Make("inner", "from the archive");
  ASSERT_EQ(system(("tar -C " + harness_.directory() + " -czf " + harness_.directory() +
                    "/pack.tar.gz inner")
                       .c_str()),
            0);
  ContainerSpec spec = harness_.Shell("./runner; cat inner; cat sub/renamed");
  spec.uris = {{Make("runner", "#!/bin/sh\necho ran\n"), true, true, ""},
               {"file://" + harness_.directory() + "/pack.tar.gz", false, true, ""},
               {Make("plain", "plain"), false, true, "sub/renamed"},
               {"file://" + Make("inner2", "x"), false, true, ""}};
  EXPECT_EQ(harness_.Run(spec), 0);
  EXPECT_EQ(ContainerHarness::ReadFile(spec.sandbox + "/stdout"), "ran\nfrom the archiveplain");
  EXPECT_EQ(harness_.Count<ContainerStarted>(spec.container_id), 1);
}

TEST_F(FetcherTest, FetchesAsTheUser) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const std::string secret = Make("secret", "x");
  chmod(secret.c_str(), 0600);
  ContainerSpec spec = harness_.Shell("true");
  spec.user = "nobody";
  spec.uris = {{secret, false, true, ""}};
  harness_.Launch(spec);
  EXPECT_TRUE(harness_.AwaitExit(spec.container_id).launch_failed);
  EXPECT_THAT(ContainerHarness::ReadFile(spec.sandbox + "/stderr"), HasSubstr("Permission denied"));
}

TEST_F(FetcherTest, AFailureIsTheLaunchs) {
  ContainerSpec spec = harness_.Shell("echo never");
  spec.uris = {{"file:///no/such/file", false, true, ""}};
  harness_.Launch(spec);
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  EXPECT_TRUE(exited.launch_failed);
  EXPECT_FALSE(exited.sandbox_failed);
  EXPECT_EQ(exited.message, "Failed to fetch all URIs for container '" + spec.container_id +
                                "': exited with status 1");
  EXPECT_EQ(harness_.Count<ContainerStarted>(spec.container_id), 0);
  EXPECT_EQ(ContainerHarness::ReadFile(spec.sandbox + "/stdout"), "");
  EXPECT_THAT(ContainerHarness::ReadFile(spec.sandbox + "/stderr"), HasSubstr("/no/such/file"));

  ContainerSpec remote = harness_.Shell("true");
  remote.uris = {{"http://127.0.0.1:1/x", false, true, ""}};
  harness_.Launch(remote);
  EXPECT_THAT(harness_.AwaitExit(remote.container_id).message, HasSubstr("exited with status 7"));

  ContainerSpec unknown = harness_.Shell("true");
  unknown.uris = {{"gopher://x/y", false, true, ""}};
  harness_.Launch(unknown);
  EXPECT_THAT(harness_.AwaitExit(unknown.container_id).message,
              AllOf(HasSubstr("Failed to fetch all URIs"), HasSubstr("gopher")));
}

TEST_F(FetcherTest, AFailureWithoutAnAgentIsToldToTheNext) {
  const std::string pipe = harness_.directory() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0666), 0);
  ContainerSpec spec = harness_.Shell("echo never");
  spec.uris = {{pipe, false, false, "out"}, {"/no/such/file", false, false, ""}};
  harness_.Launch(spec);
  std::ofstream writer(pipe);  // the fetch has begun
  harness_.Restart();
  harness_.Reattach(spec);
  harness_.AwaitStart(spec.container_id);
  writer.close();
  EXPECT_EQ(harness_.AwaitExit(spec.container_id).status, 1 << 8);
}

TEST_F(FetcherTest, AKillEndsAFetch) {
  const std::string pipe = harness_.directory() + "/pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0666), 0);
  ContainerSpec spec = harness_.Shell("echo never");
  spec.uris = {{pipe, false, true, "out"}};
  harness_.Launch(spec);
  // Opening waits until the fetch has come to read it; it then waits for what never comes.
  std::ofstream writer(pipe);
  harness_.containerizer().Kill(spec.container_id, absl::Minutes(5));
  const ContainerExited exited = harness_.AwaitExit(spec.container_id);
  ASSERT_TRUE(exited.status.has_value());
  EXPECT_EQ(WTERMSIG(*exited.status), SIGTERM);
  EXPECT_EQ(harness_.Count<ContainerStarted>(spec.container_id), 0);
  EXPECT_EQ(ContainerHarness::ReadFile(spec.sandbox + "/stdout"), "");
}

}  // namespace
}  // namespace mesos::agent
