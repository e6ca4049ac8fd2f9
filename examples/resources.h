#pragma once

// Scalar resources of tasks and offers, as far as the examples need them.
//
//   Scalars each;
//   if (!ParseScalars("cpus:0.1;mem:32", &each)) ...
//   Scalars left = ScalarsOf(offer);               // what is not reserved
//   while (left.Take(each)) tasks.push_back(...);
//   each.AppendTo(task.mutable_resources());
//
// Value types. Amounts are thousandths, as Mesos rounds them.

#include <mesos/mesos.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

namespace examples {

class Scalars {
 public:
  void Add(const std::string& name, double amount) { amounts_[name] += Thousandths(amount); }

  Scalars& operator+=(const Scalars& other) {
    for (const auto& [name, amount] : other.amounts_) amounts_[name] += amount;
    return *this;
  }

  Scalars& operator-=(const Scalars& other) {
    for (const auto& [name, amount] : other.amounts_) amounts_[name] -= amount;
    return *this;
  }

  bool Contains(const Scalars& other) const {
    for (const auto& [name, amount] : other.amounts_) {
      const auto it = amounts_.find(name);
      if (amount > 0 && (it == amounts_.end() || it->second < amount)) return false;
    }
    return true;
  }

  // Takes `other` away where it is there in full.
  bool Take(const Scalars& other) {
    if (!Contains(other)) return false;
    *this -= other;
    return true;
  }

  void AppendTo(google::protobuf::RepeatedPtrField<mesos::Resource>* out) const {
    for (const auto& [name, amount] : amounts_) {
      if (amount <= 0) continue;
      mesos::Resource* resource = out->Add();
      resource->set_name(name);
      resource->set_type(mesos::Value::SCALAR);
      resource->mutable_scalar()->set_value(static_cast<double>(amount) / 1000);
    }
  }

  std::string Text() const {
    std::string text;
    for (const auto& [name, amount] : amounts_) {
      char number[32];
      std::snprintf(number, sizeof(number), "%g", static_cast<double>(amount) / 1000);
      text += (text.empty() ? "" : ";") + name + ":" + number;
    }
    return text;
  }

 private:
  static int64_t Thousandths(double amount) { return std::llround(amount * 1000); }

  std::map<std::string, int64_t> amounts_;
};

// The scalars of `resources` that are reserved to nobody.
inline Scalars ScalarsOf(const google::protobuf::RepeatedPtrField<mesos::Resource>& resources) {
  Scalars scalars;
  for (const auto& resource : resources) {
    const bool reserved =
        resource.reservations_size() > 0 || (!resource.role().empty() && resource.role() != "*");
    if (resource.type() == mesos::Value::SCALAR && !reserved && !resource.has_revocable()) {
      scalars.Add(resource.name(), resource.scalar().value());
    }
  }
  return scalars;
}

// Reads "name:number;name:number".
inline bool ParseScalars(const std::string& text, Scalars* out) {
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = text.find(';', begin);
    if (end == std::string::npos) end = text.size();
    const std::string part = text.substr(begin, end - begin);
    const size_t colon = part.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == part.size()) return false;
    char* rest = nullptr;
    const double amount = std::strtod(part.c_str() + colon + 1, &rest);
    if (*rest != '\0' || !(amount > 0) || amount > 1e9) return false;
    out->Add(part.substr(0, colon), amount);
    begin = end + 1;
  }
  return !text.empty();
}

}  // namespace examples
