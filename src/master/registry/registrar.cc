#include "master/registry/registrar.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace mesos::master {

Registrar::Registrar(Executor& executor, store::Store& store, const RegistrarOptions& options)
    : executor_(executor), store_(store), options_(options) {}

Registrar::~Registrar() {
  *alive_ = false;
  executor_.Cancel(retry_);
}

void Registrar::Recover(const std::string& owner, Recovered recovered) {
  owner_ = owner;
  recovered_ = std::move(recovered);
  began_at_ = executor_.Now();
  give_up_at_ = began_at_ + options_.fetch_timeout;
  Acquire();
}

void Registrar::Acquire() {
  store_.Acquire(owner_, [this, alive = alive_](absl::StatusOr<store::Contents> contents) {
    if (!*alive) return;
    if (!contents.ok()) {
      if (RetryLater(contents.status(), "recover", &Registrar::Acquire)) return;
      Lose(contents.status());
      recovered_(contents.status());
      return;
    }
    epoch_ = contents->epoch;
    absl::StatusOr<Registry> registry = Registry::FromEntries(contents->entries);
    if (registry.ok()) {
      registry_ = *registry;
      if (options_.observer.recovered) options_.observer.recovered(executor_.Now() - began_at_);
      TellChanged();
      LOG(INFO) << "Recovered the registry epoch=" << epoch_
                << " agents=" << registry_.agents().size()
                << " weights=" << registry_.weights().size();
    } else {
      Lose(registry.status());
    }
    recovered_(std::move(registry));
  });
}

void Registrar::Persist(std::vector<RegistryOperation> operations, Done done) {
  waiting_.push_back({std::move(operations), std::move(done)});
  TellChanged();
  if (writing_.empty() && waiting_.size() == 1) {
    // A little later, so that what the same event asks for goes out with it.
    executor_.Post("registry_write", [this, alive = alive_] {
      if (*alive) WriteNext();
    });
  }
}

void Registrar::WriteNext() {
  if (!writing_.empty() || waiting_.empty()) return;
  if (!lost_.ok()) {
    Lose(lost_);
    return;
  }
  writing_ = std::exchange(waiting_, {});
  std::vector<RegistryOperation> operations;
  for (Request& request : writing_) {
    operations.insert(operations.end(), request.operations.begin(), request.operations.end());
  }
  changes_ = registry_.Apply(operations);
  began_at_ = executor_.Now();
  give_up_at_ = began_at_ + options_.store_timeout;
  Write();
}

void Registrar::Write() {
  ++writes_;
  store_.Apply(changes_, [this, alive = alive_](absl::Status status) {
    if (*alive) OnWritten(status);
  });
}

void Registrar::OnWritten(const absl::Status& status) {
  if (!status.ok()) {
    if (!RetryLater(status, "write", &Registrar::Write)) Lose(status);
    return;
  }
  changes_.clear();
  if (options_.observer.written) options_.observer.written(executor_.Now() - began_at_);
  TellChanged();
  std::vector<Request> written = std::exchange(writing_, {});
  const std::shared_ptr<bool> alive = alive_;
  for (Request& request : written) {
    request.done(absl::OkStatus());
    if (!*alive) return;
  }
  WriteNext();
}

bool Registrar::RetryLater(const absl::Status& why, const char* what, void (Registrar::*retry)()) {
  const absl::Time next = executor_.Now() + options_.retry_interval;
  if (!absl::IsUnavailable(why) || next >= give_up_at_) return false;
  LOG(WARNING) << "Cannot " << what << " the registry; trying again: " << why.message();
  retry_ = executor_.RunAt(next, "registry_retry", [this, retry] {
    retry_ = TimerId::kNone;
    (this->*retry)();
  });
  return true;
}

void Registrar::TellChanged() const {
  if (options_.observer.changed) options_.observer.changed(waiting_.size(), registry_.bytes());
}

void Registrar::Lose(const absl::Status& why) {
  if (lost_.ok()) LOG(ERROR) << "The registry is lost: " << why.message();
  lost_ = why;
  changes_.clear();
  const std::shared_ptr<bool> alive = alive_;
  std::vector<Request> failed = std::exchange(writing_, {});
  for (Request& request : std::exchange(waiting_, {})) failed.push_back(std::move(request));
  for (Request& request : failed) {
    request.done(why);
    if (!*alive) return;
  }
}

}  // namespace mesos::master
