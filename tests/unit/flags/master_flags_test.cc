#include "master/daemon/master_flags.h"

#include "tests/unit/flags/flag_fates.h"

namespace mesos::master {
namespace {

const flags::Program kMaster = {
    .name = "mesos-master", .summary = "", .required = {}, .daemon = true};

TEST(MasterFlagsTest, EveryFlagOfMesosWorksIsIdleOrIsRefusedByName) {
  flags::TryFates(kMaster, "master_flags.txt");
}

TEST(MasterFlagsTest, TakesDefaultsOfMesosInOtherWords) {
  gflags::FlagSaver saver;
  const absl::Status status =
      flags::ParseFlags(kMaster,
                        {"--registry_fetch_timeout=60secs", "--allocator_recovery_timeout=600secs",
                         "--no-authenticate_http", "--root_submissions", "--framework_sorter=drf",
                         "--offer_constraints_re2_max_mem=4096B"},
                        {});
  EXPECT_TRUE(status.ok()) << status;
}

TEST(MasterFlagsTest, ListensOnLoopbackWhereItStandsAlone) {
  gflags::FlagSaver saver;
  ASSERT_TRUE(flags::ParseFlags(kMaster, {"--registry=in_memory"}, {}).ok());
  absl::StatusOr<MasterConfig> config = ReadMasterFlags();
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->addresses.listen_ip, "127.0.0.1");
  EXPECT_EQ(config->options.ip, "127.0.0.1");
  ASSERT_TRUE(flags::ParseFlags(
                  kMaster,
                  {"--registry=in_memory", "--zk=zk://one:2181/mesos", "--advertise_ip=192.0.2.1",
                   "--no-hostname_lookup", "--external_log_file=/x"},
                  {})
                  .ok());
  config = ReadMasterFlags();
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->addresses.listen_ip, "0.0.0.0");
  EXPECT_EQ(config->options.ip, "192.0.2.1");
  EXPECT_EQ(config->options.hostname, "192.0.2.1");
  EXPECT_EQ(config->log_file, "/x");
}

}  // namespace
}  // namespace mesos::master
