#include "common/rpc/host_address.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::rpc {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

class HostAddressTest : public ::testing::Test {
 protected:
  HostAddressTest() {
    facts_.local_hostname = [] { return "box"; };
    facts_.addresses_of = [this](const std::string& name) { return addresses_[name]; };
    facts_.name_of = [this](const std::string& ip) { return names_[ip]; };
    facts_.own_addresses = [] {
      return std::vector<std::string>{"127.0.0.1", "10.0.0.2", "fd00::2"};
    };
    facts_.output_of = [this](const std::string&) { return output_; };
  }

  Addresses Choose(const AddressFlags& flags) {
    const absl::StatusOr<Addresses> addresses = ChooseAddresses(flags, facts_);
    EXPECT_TRUE(addresses.ok()) << addresses.status();
    return addresses.value_or(Addresses());
  }
  std::string Error(const AddressFlags& flags) {
    return std::string(ChooseAddresses(flags, facts_).status().message());
  }

  std::map<std::string, std::vector<std::string>> addresses_ = {
      {"box", {"127.0.1.1", "fd00::2", "10.0.0.2"}},
      {"localhost", {"127.0.0.1", "::1"}},
      {"public.example", {"203.0.113.9"}}};
  std::map<std::string, std::string> names_ = {{"10.0.0.2", "box.example"},
                                               {"127.0.0.1", "localhost"}};
  absl::StatusOr<std::string> output_ = "10.0.0.2\n";
  HostFacts facts_;
};

TEST_F(HostAddressTest, ListensOnLoopbackOnlyWhereNobodyElseIsKnownToNeedIt) {
  const Addresses alone = Choose({.alone = true});
  EXPECT_EQ(alone.listen_ip, "127.0.0.1");
  EXPECT_EQ(alone.ip, "127.0.0.1");
  EXPECT_EQ(alone.hostname, "localhost");
  EXPECT_TRUE(alone.loopback_by_default);
  const Addresses among_others = Choose({.alone = false});
  EXPECT_EQ(among_others.listen_ip, "0.0.0.0");
  EXPECT_EQ(among_others.ip, "10.0.0.2") << "no IPv6, and loopback last";
  EXPECT_FALSE(among_others.loopback_by_default);
  const Addresses advertised = Choose({.advertise_ip = "203.0.113.9", .alone = true});
  EXPECT_EQ(advertised.listen_ip, "0.0.0.0");
  EXPECT_EQ(advertised.ip, "203.0.113.9");
}

TEST_F(HostAddressTest, ListensWhereItIsToldTo) {
  EXPECT_EQ(Choose({.ip = "0.0.0.0", .alone = true}).listen_ip, "0.0.0.0");
  EXPECT_EQ(Choose({.ip = "10.0.0.2", .alone = true}).ip, "10.0.0.2");
  EXPECT_EQ(Choose({.ip = "127.0.0.1"}).listen_ip, "127.0.0.1");
  EXPECT_FALSE(Choose({.ip = "127.0.0.1"}).loopback_by_default);
  EXPECT_EQ(Choose({.ip = "::"}).ip, "fd00::2");
}

TEST_F(HostAddressTest, NamesItselfByItsAddress) {
  EXPECT_EQ(Choose({.ip = "10.0.0.2"}).hostname, "box.example");
  EXPECT_EQ(Choose({}).hostname, "box.example") << "not what gethostname says";
  EXPECT_EQ(Choose({.ip = "10.0.0.2", .hostname_lookup = false}).hostname, "10.0.0.2");
  EXPECT_EQ(Choose({.ip = "10.0.0.3"}).hostname, "10.0.0.3") << "it has no name";
  EXPECT_EQ(Choose({.ip = "10.0.0.2", .hostname = "given", .hostname_lookup = false}).hostname,
            "given");
  EXPECT_EQ(Choose({.ip = "127.0.0.1", .advertise_ip = "10.0.0.2"}).hostname, "box.example");
}

TEST_F(HostAddressTest, TellsTheAddressOfTheGivenName) {
  const Addresses addresses = Choose({.hostname = "public.example"});
  EXPECT_EQ(addresses.ip, "203.0.113.9");
  EXPECT_EQ(addresses.hostname, "public.example");
  EXPECT_EQ(Choose({.hostname = "unknown.example"}).ip, "10.0.0.2");
  addresses_.clear();
  EXPECT_THAT(Error({.hostname = "unknown.example"}),
              AllOf(HasSubstr("'unknown.example'"), HasSubstr("--advertise_ip")));
  EXPECT_EQ(Choose({.alone = true}).ip, "127.0.0.1") << "which needs no name";
}

TEST_F(HostAddressTest, AsksACommandForItsAddress) {
  EXPECT_EQ(Choose({.ip_discovery_command = "mine", .alone = true}).listen_ip, "10.0.0.2");
  EXPECT_THAT(Error({.ip = "10.0.0.2", .ip_discovery_command = "mine"}), HasSubstr("exclude"));
  output_ = "eth0: none";
  EXPECT_THAT(Error({.ip_discovery_command = "mine"}),
              AllOf(HasSubstr("'mine'"), HasSubstr("'eth0: none', which is not an IP address")));
  const HostFacts system = SystemHostFacts();
  EXPECT_EQ(*system.output_of("echo 10.1.2.3"), "10.1.2.3\n");
  EXPECT_EQ(system.output_of("exit 3").status().message(), "it exited with status 3");
}

TEST_F(HostAddressTest, KnowsThisMachine) {
  for (const char* host :
       {"127.0.0.1", "127.9.9.9", "::1", "localhost", "10.0.0.2", "fd00::2", "box"}) {
    EXPECT_TRUE(IsThisMachine(host, facts_)) << host;
  }
  for (const char* host : {"10.0.0.3", "public.example", "unknown.example", ""}) {
    EXPECT_FALSE(IsThisMachine(host, facts_)) << host;
  }
  const HostFacts system = SystemHostFacts();
  EXPECT_TRUE(IsThisMachine("localhost", system));
  EXPECT_FALSE(IsThisMachine("192.0.2.1", system));
  EXPECT_THAT(system.own_addresses(), Contains("127.0.0.1"));
}

TEST(CheckOptionalIpTest, TakesNumericAddresses) {
  EXPECT_TRUE(CheckOptionalIp("").ok());
  EXPECT_TRUE(CheckOptionalIp("::1").ok());
  EXPECT_THAT(std::string(CheckOptionalIp("localhost").message()), HasSubstr("'localhost'"));
}

}  // namespace
}  // namespace mesos::rpc
