#pragma once

// Lets a host lead while ZooKeeper has elected it, and tells it where the leader is while not.
//
//   Candidacy candidacy({.executor = executor, .host = host, .ensemble = url, ...});
//
// Each time it stands it comes under a new id, since every id that a leader gives begins with its
// own and is counted from zero. Executor's thread only, destruction too, which withdraws it at
// once: the next leader is elected then.

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/election/contender.h"
#include "common/election/detector.h"
#include "common/runtime/executor.h"
#include "common/runtime/random.h"
#include "common/zookeeper/session.h"
#include "master/core/master_core.h"
#include "master/transport/master_host.h"

namespace mesos::master {

class Candidacy {
 public:
  struct Deps {
    Executor& executor;
    MasterHost& host;
    zookeeper::SessionFactory sessions;
    std::string path;
    MasterOptions options;  // the id is given anew at each election
    std::function<std::unique_ptr<MasterCore>(const MasterOptions&)> make_core;
    uint64_t seed = 0;
  };

  explicit Candidacy(Deps deps);
  ~Candidacy();

 private:
  std::string Stand();
  void OnElected();
  void OnDetected(const std::optional<std::string>& master_info_json);

  Deps deps_;
  Random random_;
  std::unique_ptr<election::Contender> contender_;
  std::unique_ptr<election::Detector> detector_;
};

}  // namespace mesos::master
