// Interning: one identity a canonical form, gone with its last ref, from any number of threads.

#include "common/resources/identity.h"

#include <string>
#include <thread>
#include <vector>

#include "common/resources/validate.h"
#include "gtest/gtest.h"
#include "tests/unit/resources/builders.h"

namespace mesos {
namespace {

IdentityRef Intern(const std::string& fields) {
  v1::Resource resource;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(fields, &resource)) << fields;
  NormalizeReservations(resource);
  return InternIdentity(resource);
}

TEST(IdentityTest, OneForEachCanonicalForm) {
  const IdentityRef a = Intern("name: 'x' type: SCALAR");
  EXPECT_EQ(a.get(), Intern("name: 'x' type: SCALAR scalar { value: 2 }").get());
  EXPECT_EQ(a.get(), Intern("name: 'x' type: SCALAR role: '*'").get());
  EXPECT_NE(a.get(), Intern("name: 'x' type: SET").get());
  const IdentityRef reserved = Intern("name: 'x' type: SCALAR role: 'r'");
  EXPECT_NE(a.get(), reserved.get());
  EXPECT_EQ(reserved.get(),
            Intern("name: 'x' type: SCALAR reservations { type: STATIC role: 'r' }").get());
}

// A name may hold any bytes, those by which another identity is known among them.
TEST(IdentityTest, NoNameReadsAsAnotherIdentity) {
  v1::Resource of_provider;
  of_provider.set_name("x");
  of_provider.set_type(v1::Value::SCALAR);
  const std::string end = {'\0', '1'};
  of_provider.mutable_provider_id()->set_value(end);
  const IdentityRef first = InternIdentity(of_provider);
  const std::string bytes = of_provider.SerializePartialAsString();
  v1::Resource forged;
  forged.set_name(std::string({'x', '\0', '0'}) + bytes.substr(0, bytes.size() - end.size()));
  forged.set_type(v1::Value::RANGES);
  const IdentityRef second = InternIdentity(forged);
  EXPECT_NE(first.get(), second.get());
  EXPECT_EQ(first->type(), ResourceValue::Type::kScalar);
  EXPECT_EQ(second->type(), ResourceValue::Type::kRanges);
}

TEST(IdentityTest, LabelsHaveNoOrder) {
  const auto labels = [](const std::string& list) {
    return Intern("name: 'x' type: SCALAR reservations { type: DYNAMIC role: 'r' labels {" + list +
                  "} }");
  };
  const IdentityRef ab = labels("labels { key: 'a' } labels { key: 'b' value: 'v' }");
  EXPECT_EQ(ab.get(), labels("labels { key: 'b' value: 'v' } labels { key: 'a' }").get());
  EXPECT_NE(ab.get(), labels("labels { key: 'a' value: '' } labels { key: 'b' value: 'v' }").get());
  EXPECT_EQ(ab->traits().reservations[0].labels->at(1).value, "v");
}

TEST(IdentityTest, KnowsWhatItIs) {
  const IdentityRef ref = Intern(
      "name: 'disk' type: SCALAR allocation_info { role: 'db/x' } shared {} revocable {} "
      "provider_id { value: 'p' } "
      "disk { persistence { id: 'v' } source { type: MOUNT } } "
      "reservations { type: STATIC role: 'db' } reservations { type: DYNAMIC role: 'db/x' "
      "principal: 'ops' }");
  EXPECT_TRUE(ref->shared() && ref->revocable() && ref->whole() && ref->allocated());
  EXPECT_TRUE(ref->dynamically_reserved());
  EXPECT_EQ(ref->reservation_role(), "db/x");
  EXPECT_EQ(ref->allocation_role(), "db/x");
  EXPECT_EQ(ref->traits().reservations[0].role, "db");
  EXPECT_EQ(ref->traits().reservations[1].principal, "ops");
  EXPECT_EQ(ref->traits().persistence_id, "v");
  EXPECT_EQ(ref->traits().provider_id, "p");
  EXPECT_EQ(ref->traits().disk_source, DiskSource::kMount);
}

TEST(IdentityTest, AllocationsAreInternedToo) {
  const IdentityRef base = Intern("name: 'x' type: SCALAR");
  const IdentityRef web = base->AllocatedTo("web");
  EXPECT_EQ(web.get(), Intern("name: 'x' type: SCALAR allocation_info { role: 'web' }").get());
  EXPECT_EQ(web->AllocatedTo("web").get(), web.get());
  EXPECT_EQ(web->AllocatedTo("db")->Unallocated().get(), base.get());
}

TEST(IdentityTest, TheLastRefTakesItOutOfTheTable) {
  const size_t before = InternedIdentities();
  {
    const IdentityRef volume = Intern(
        "name: 'disk' type: SCALAR disk { persistence { id: 'gone' } volume { container_path: 'p' "
        "mode: RW } }");
    EXPECT_EQ(InternedIdentities(), before + 2);  // it, and what it is compared by
    const IdentityRef allocated = volume->AllocatedTo("web");
    EXPECT_EQ(InternedIdentities(), before + 4);
    IdentityRef copy = allocated;
    IdentityRef moved = std::move(copy);
    copy = moved;
    moved = allocated;
  }
  EXPECT_EQ(InternedIdentities(), before);
}

TEST(IdentityTest, AllocatedVolumesCompareWithoutTheirMount) {
  const auto volume = [](const std::string& path) {
    return Intern("name: 'disk' type: SCALAR disk { persistence { id: 'v' principal: '" + path +
                  "' } volume { container_path: '" + path + "' mode: RW } }");
  };
  const IdentityRef a = volume("a");
  const IdentityRef b = volume("b");
  EXPECT_NE(a.get(), b.get());
  EXPECT_TRUE(a->SameAs(*b));
  EXPECT_TRUE(a->Order(*b) == 0);
  EXPECT_TRUE(a->AllocatedTo("r")->SameAs(*b->AllocatedTo("r")));
  EXPECT_FALSE(a->AllocatedTo("r")->SameAs(*b));
  EXPECT_FALSE(a->AllocatedTo("r")->Order(*b) == 0);
}

TEST(IdentityTest, ThreadsMayInternAndDropTheSame) {
  const size_t before = InternedIdentities();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 2000; ++i) {
        const IdentityRef volume = Intern(
            "name: 'disk' type: SCALAR role: 'r' disk { persistence { id: 'race' } volume { "
            "container_path: 'p' "
            "mode: RW } }");
        const IdentityRef allocated = volume->AllocatedTo(i % 2 == 0 ? "even" : "odd");
        ASSERT_EQ(allocated->Unallocated().get(), volume.get()) << t;
        ASSERT_EQ(allocated.get(), volume->AllocatedTo(allocated->allocation_role()).get());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(InternedIdentities(), before);
}

}  // namespace
}  // namespace mesos
