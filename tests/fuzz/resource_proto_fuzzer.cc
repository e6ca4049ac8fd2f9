// Resources from the wire: any message gives a set for which the laws of the algebra hold, or an
// error.

#include <cstdint>
#include <cstdlib>

#include "common/resources/resource_set.h"
#include "mesos/v1/mesos.pb.h"

namespace {

void Require(bool law) {
  if (!law) std::abort();
}

}  // namespace

// The input is a Request with the resources of two sets: the first half and the second.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  mesos::v1::Request request;
  if (!request.ParsePartialFromArray(data, static_cast<int>(size))) return 0;
  google::protobuf::RepeatedPtrField<mesos::v1::Resource> first;
  google::protobuf::RepeatedPtrField<mesos::v1::Resource> second;
  for (int i = 0; i < request.resources_size(); ++i) {
    *(i < request.resources_size() / 2 ? first : second).Add() = request.resources(i);
  }
  const auto a = mesos::ResourceSet::FromProto(first);
  const auto b = mesos::ResourceSet::FromProto(second);
  if (!a.ok() || !b.ok()) return 0;
  const mesos::ResourceSet sum = *a + *b;
  Require(sum.Contains(*a) && sum.Contains(*b));
  Require(sum == *b + *a);
  Require((sum - sum).empty());
  Require(a->Contains(*a - *b));
  Require(sum.AllocatedTo("r").Unallocated() == sum.Unallocated());
  sum.ToString();
  sum.ToQuantities();
  for (auto form :
       {mesos::ResourceSet::WireForm::kPostRefinement, mesos::ResourceSet::WireForm::kPreRefinement,
        mesos::ResourceSet::WireForm::kEndpoint}) {
    google::protobuf::RepeatedPtrField<mesos::v1::Resource> out;
    a->ToProto(&out, form);
    const auto back = mesos::ResourceSet::FromProto(out);
    Require(back.ok() && *back == *a);
  }
  return 0;
}
