// Bytes of a scheduler's call into the master's validation. Whatever they say, it answers with a
// status: nothing crashes, and a task that passes takes no more than was offered.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "master/validation/framework_info.h"
#include "master/validation/offer.h"
#include "master/validation/operation.h"
#include "master/validation/scheduler_call.h"
#include "master/validation/task.h"
#include "master/validation/unsupported.h"

namespace mesos::master {
namespace {

// 8 cpus, 4096 MB and a thousand ports, allocated to role "web".
const ResourceSet& Offered() {
  static const ResourceSet* const offered = [] {
    google::protobuf::RepeatedPtrField<v1::Resource> resources;
    const auto add_scalar = [&](const char* name, double value) {
      v1::Resource* resource = resources.Add();
      resource->set_name(name);
      resource->set_type(v1::Value::SCALAR);
      resource->mutable_scalar()->set_value(value);
    };
    add_scalar("cpus", 8);
    add_scalar("mem", 4096);
    v1::Resource* ports = resources.Add();
    ports->set_name("ports");
    ports->set_type(v1::Value::RANGES);
    v1::Value::Range* range = ports->mutable_ranges()->add_range();
    range->set_begin(31000);
    range->set_end(31999);
    return new ResourceSet(ResourceSet::FromProto(resources).value().AllocatedTo("web"));
  }();
  return *offered;
}

void CheckTask(v1::TaskInfo task) {
  NormalizeTask("f", "web", &task);
  // Odd lengths stand for known ids, so that both branches are walked.
  const auto find_task = [](absl::string_view id) {
    return id.size() % 3 == 2 ? TaskPresence::kActive : TaskPresence::kUnknown;
  };
  v1::ExecutorInfo running = task.executor();
  running.mutable_command()->add_arguments("another");
  const auto find_executor = [&](absl::string_view id) -> const v1::ExecutorInfo* {
    return id.size() % 2 == 1 ? &running : nullptr;
  };
  const LaunchContext context{"f", task.agent_id().value(), Offered(), find_task, find_executor};
  absl::StatusOr<LaunchResources> launch = ValidateTask(task, context);
  if (launch.ok() && !Offered().Contains(launch->task + launch->executor)) std::abort();
}

void CheckFramework(const v1::FrameworkInfo& info,
                    const google::protobuf::RepeatedPtrField<std::string>& suppressed) {
  (void)ValidateFrameworkInfo(info);
  (void)ValidateSuppressedRoles(info, suppressed);
  (void)CheckFrameworkSupported(info);
  v1::FrameworkInfo other = info;
  other.set_user(info.user() + "x");
  KeepImmutableFields(info, &other);
  if (!ValidateFrameworkUpdate(info, other).ok()) std::abort();
}

void CheckAccept(const v1::scheduler::Call::Accept& accept) {
  (void)ValidateOffers(accept.offer_ids(), "f", [](absl::string_view id) {
    return id.empty() ? std::nullopt : std::optional<OfferFacts>({"f", id.substr(0, 1), "web"});
  });
  (void)RefuseDuration(accept.filters());
  for (const v1::Offer::Operation& operation : accept.operations()) {
    (void)ValidateOperation(operation);
    for (const v1::TaskInfo* task : TasksOf(operation)) CheckTask(*task);
  }
}

}  // namespace
}  // namespace mesos::master

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mesos::master;
  mesos::v1::scheduler::Call call;
  // HTTP hands over calls whose required fields may be missing; validation names them.
  if (!call.ParsePartialFromArray(data, static_cast<int>(size))) return 0;
  if (!ValidateSchedulerCall(call).ok()) return 0;
  (void)CheckCallSupported(call);
  CheckFramework(call.subscribe().framework_info(), call.subscribe().suppressed_roles());
  CheckFramework(call.update_framework().framework_info(),
                 call.update_framework().suppressed_roles());
  CheckAccept(call.accept());
  return 0;
}
