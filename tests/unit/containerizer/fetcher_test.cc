// What is fetched, and that it arrives: with real files, archives and curl.

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <utility>

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
  const auto commands = FetchCommands({{uri, false, true, output}}, "");
  return commands.ok() ? "OK" : std::string(commands.status().message());
}

std::vector<std::string> Commands(const ContainerSpec::Uri& uri, const std::string& home = "") {
  std::vector<std::string> lines;
  const auto commands = FetchCommands({uri}, home);
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

TEST(FetchCommandsTest, RelativePathsBeginAtTheFrameworksHome) {
  EXPECT_THAT(Commands({"a/b.txt", false, true, ""}, "/home"),
              ElementsAre("cp /home/a/b.txt ./b.txt"));
  EXPECT_THAT(Commands({"b.txt", false, true, ""}, "/home"), ElementsAre("cp /home/b.txt ./b.txt"));
  EXPECT_THAT(Commands({"/b.txt", false, true, ""}, "/home"), ElementsAre("cp /b.txt ./b.txt"));
  EXPECT_THAT(Commands({"file://a/b.txt", false, true, ""}, "/home"),
              ElementsAre("cp /home/a/b.txt ./b.txt"));
  EXPECT_FALSE(FetchCommands({{"", false, true, ""}}, "/home").ok());
}

TEST(FetchCommandsTest, WhiteSpaceBeforeAUriDoesNotCount) {
  EXPECT_THAT(Commands({" \t\n/data/x", false, true, ""}), ElementsAre("cp /data/x ./x"));
  EXPECT_THAT(Commands({"  http://host/p/x", false, true, ""}),
              ElementsAre(HasSubstr("--url http://host/p/x")));
}

TEST(FetchCommandsTest, RefusesByName) {
  EXPECT_THAT(Error("relative/x"), HasSubstr("'relative/x' is neither"));
  EXPECT_THAT(Error("http://host"), HasSubstr("no path"));
  EXPECT_THAT(Error("http://host/"), HasSubstr("names no file"));
  EXPECT_THAT(Error("/data/.."), HasSubstr("names no file"));
  EXPECT_THAT(Error("hdfs://host/x"), HasSubstr("'hdfs'"));
  for (const char* uri : {"file://elsewhere/x", "file://relative", "file://"}) {
    EXPECT_THAT(Error(uri), AllOf(HasSubstr(uri), HasSubstr("take absolute paths"))) << uri;
  }
  EXPECT_THAT(Error(std::string("/a\0b", 4)), HasSubstr("NUL"));
  EXPECT_THAT(Error("/x", "/etc/passwd"), HasSubstr("'/etc/passwd'"));
  EXPECT_THAT(Error("/x", "a/../../b"), HasSubstr("not a relative path in the sandbox"));
}

// Answers one request over HTTP, whatever it asks for.
class OneAnswer {
 public:
  explicit OneAnswer(std::string body) : body_(std::move(body)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener_, 1), 0);
    EXPECT_EQ(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneAnswer() {
    shutdown(listener_, SHUT_RDWR);  // where nobody came
    thread_.join();
    close(listener_);
  }

  int port() const { return port_; }

 private:
  void Serve() {
    const int peer = accept(listener_, nullptr, nullptr);
    if (peer < 0) return;
    std::string request;
    char byte = 0;
    while (!request.ends_with("\r\n\r\n") && read(peer, &byte, 1) == 1) request += byte;
    const std::string answer =
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + std::to_string(body_.size()) +
        "\r\n\r\n" + body_;
    EXPECT_EQ(write(peer, answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
    close(peer);
  }

  const std::string body_;
  const int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::thread thread_;
};

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

TEST_F(FetcherTest, TakesBracketsAndBracesOfAUrlAsTheyAre) {
  OneAnswer server("as it is");
  ContainerSpec spec = harness_.Shell("cat 'x[1-3]{a,b}'");
  spec.uris = {
      {" http://127.0.0.1:" + std::to_string(server.port()) + "/x[1-3]{a,b}", false, true, ""}};
  EXPECT_EQ(harness_.Run(spec), 0);
  EXPECT_EQ(ContainerHarness::ReadFile(spec.sandbox + "/stdout"), "as it is");
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
