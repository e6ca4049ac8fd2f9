// A framework outside the tree. Without arguments it tries a master of a form that is refused,
// which shows that the driver runs; with host:port it waits until that master takes it.
#include <mesos/executor.h>
#include <mesos/scheduler.h>
#include <mesos/v1/scheduler.h>
#include <mesos/version.h>

#include <cstdio>
#include <cstring>

namespace {

class Outside : public mesos::Scheduler {
 public:
  void registered(mesos::SchedulerDriver* driver, const mesos::FrameworkID& id,
                  const mesos::MasterInfo&) override {
    std::printf("registered as %s\n", id.value().c_str());
    driver->stop();
  }
  void resourceOffers(mesos::SchedulerDriver*, const std::vector<mesos::Offer>&) override {}
  void statusUpdate(mesos::SchedulerDriver*, const mesos::TaskStatus&) override {}
  void error(mesos::SchedulerDriver*, const std::string& message) override { last_error = message; }

  std::string last_error;
};

}  // namespace

int main(int argc, char** argv) {
  if (std::strcmp(mesos::Version(), MESOS_VERSION) != 0) return 3;
  Outside scheduler;
  mesos::FrameworkInfo framework;
  framework.set_user("");
  framework.set_name("outside");
  mesos::MesosSchedulerDriver driver(&scheduler, framework,
                                     argc > 1 ? argv[1] : "host-without-port");
  const mesos::Status status = driver.run();
  std::printf("%s %s %s\n", mesos::Version(), mesos::Status_Name(status).c_str(),
              scheduler.last_error.c_str());
  if (argc > 1) return status == mesos::DRIVER_STOPPED ? 0 : 1;
  return status == mesos::DRIVER_ABORTED &&
                 scheduler.last_error.find("host-without-port") != std::string::npos
             ? 0
             : 1;
}
