#include "master/daemon/open_store.h"

#include "absl/strings/str_cat.h"
#include "common/store/memory_store.h"
#include "common/store/sqlite_store.h"
#include "common/store/zookeeper_store.h"
#include "common/zookeeper/client_session.h"
#include "glog/logging.h"

namespace mesos::master {
namespace {

// A memory store with its medium, which nobody shares.
class OwnMemory {
 protected:
  store::MemoryMedium own_medium_;
};
class LoneMemoryStore final : private OwnMemory, public store::MemoryStore {
 public:
  explicit LoneMemoryStore(Executor& executor) : MemoryStore(executor, own_medium_) {}
};

}  // namespace

absl::StatusOr<std::unique_ptr<store::Store>> OpenStore(const MasterConfig& config,
                                                        Executor& executor) {
  switch (config.registry.backend) {
    case RegistryBackend::kMemory:
      return std::make_unique<LoneMemoryStore>(executor);
    case RegistryBackend::kFile:
      return store::OpenSqliteStore(config.registry.path, executor);
    case RegistryBackend::kZooKeeper:
      return std::make_unique<store::ZooKeeperStore>(
          executor,
          zookeeper::ClientSessions(*config.zookeeper, executor, config.zookeeper_session_timeout,
                                    zookeeper::Readers::kCreator),
          absl::StrCat(config.zookeeper->path, "-registry"));
  }
  LOG(FATAL) << "Not a RegistryBackend: " << static_cast<int>(config.registry.backend);
}

}  // namespace mesos::master
