// The algebra of ResourceSet, by example; resource_set_property_test.cc has the laws.

#include "common/resources/resource_set.h"

#include "gtest/gtest.h"
#include "tests/unit/resources/builders.h"

namespace mesos {
namespace {

constexpr char kAgent[] = R"pb(
  resources {
    name: "ports"
    type: RANGES
    ranges { range { begin: 31000 end: 32000 } }
  }
  resources {
    name: "mem"
    type: SCALAR
    scalar { value: 4096 }
  }
  resources {
    name: "cpus"
    type: SCALAR
    scalar { value: 8 }
  }
  resources {
    name: "disks"
    type: SET
    set { item: "b" item: "a" }
  }
  resources {
    name: "gpus"
    type: SCALAR
    scalar { value: 0 }
  }
)pb";

TEST(ResourceSetTest, PrintsInOneOrderWhateverTheOrderOnTheWire) {
  EXPECT_EQ(FromText(kAgent).ToString(), "cpus:8; mem:4096; ports:[31000-32000]; disks:{a, b}");
  EXPECT_EQ(ResourceSet().ToString(), "{}");
}

TEST(ResourceSetTest, ZeroIsAbsent) {
  EXPECT_TRUE(Scalars({{"gpus", 0.0}, {"cpus", -0.0}}).empty());
}

TEST(ResourceSetTest, KeepsThousandths) {
  ResourceSet set;
  for (int i = 0; i < 10; ++i) set += Scalars({{"cpus", 0.1}});
  EXPECT_EQ(set, Scalars({{"cpus", 1}}));
  EXPECT_EQ(Scalars({{"cpus", 0.0014}}).ToString(), "cpus:0.001");
  EXPECT_EQ(Scalars({{"cpus", 0.0016}}).ToString(), "cpus:0.002");
  EXPECT_EQ(Scalars({{"cpus", 7.9}}).ToString(), "cpus:7.9");
}

TEST(ResourceSetTest, AddsAndSubtracts) {
  ResourceSet total = FromText(kAgent);
  const ResourceSet task = FromText(R"pb(
    resources {
      name: "cpus"
      type: SCALAR
      scalar { value: 0.5 }
    }
    resources {
      name: "ports"
      type: RANGES
      ranges { range { begin: 31005 end: 31006 } }
    }
    resources {
      name: "disks"
      type: SET
      set { item: "a" }
    }
  )pb");
  EXPECT_TRUE(total.Contains(task));
  total -= task;
  EXPECT_EQ(total.ToString(), "cpus:7.5; mem:4096; ports:[31000-31004, 31007-32000]; disks:{b}");
  EXPECT_FALSE(total.Contains(task));
  total += task;
  EXPECT_EQ(total, FromText(kAgent));
  total -= total;
  EXPECT_TRUE(total.empty());
}

TEST(ResourceSetTest, AddingASetToItselfDoublesIt) {
  ResourceSet set = Scalars({{"cpus", 2}, {"mem", 1}});
  set += set;
  EXPECT_EQ(set, Scalars({{"cpus", 4}, {"mem", 2}}));
}

TEST(ResourceSetTest, InsertsWhatIsNewInOrder) {
  ResourceSet set = Scalars({{"cpus", 1}, {"disk", 1}, {"zz", 1}});
  set += Scalars({{"cpus", 1}, {"mem", 2}, {"aa", 3}, {"zz", 1}, {"zzz", 4}});
  EXPECT_EQ(set.ToString(), "cpus:2; mem:2; disk:1; aa:3; zz:2; zzz:4");
}

TEST(ResourceSetTest, SubtractingMoreThanIsThereLeavesNothing) {
  EXPECT_EQ(Scalars({{"cpus", 1}, {"mem", 5}}) - Scalars({{"cpus", 2}, {"disk", 1}}),
            Scalars({{"mem", 5}}));
}

TEST(ResourceSetTest, AllocationIsPartOfTheIdentity) {
  const ResourceSet free = Scalars({{"cpus", 1}, {"mem", 32}});
  const ResourceSet web = free.AllocatedTo("web");
  EXPECT_EQ(web.ToString(), "cpus(allocated: web):1; mem(allocated: web):32");
  EXPECT_FALSE(web.Contains(free));
  EXPECT_FALSE(free.Contains(web));
  EXPECT_EQ(web.Unallocated(), free);
  EXPECT_EQ((web + free.AllocatedTo("db")).Unallocated(), free + free);
  EXPECT_EQ((web + free.AllocatedTo("db")).AllocatedTo("x"), (free + free).AllocatedTo("x"));
}

constexpr char kReserved[] = R"pb(
  resources {
    name: "cpus"
    type: SCALAR
    scalar { value: 1 }
  }
  resources {
    name: "cpus"
    type: SCALAR
    scalar { value: 2 }
    role: "eng"
  }
  resources {
    name: "cpus"
    type: SCALAR
    scalar { value: 4 }
    reservations { type: STATIC role: "eng" }
    reservations {
      type: DYNAMIC
      role: "eng/web"
      principal: "ops"
      labels { labels { key: "k" value: "v" } }
    }
  }
)pb";

TEST(ResourceSetTest, ReservationsStandApart) {
  const ResourceSet set = FromText(kReserved);
  EXPECT_EQ(set.ToString(),
            "cpus:1; cpus(reservations: [(STATIC,eng)]):2; "
            "cpus(reservations: [(STATIC,eng),(DYNAMIC,eng/web,ops,{k: v})]):4");
  EXPECT_EQ(set.Scalar("cpus"), 7000);
  EXPECT_EQ(set.Unreserved().Scalar("cpus"), 1000);
  EXPECT_EQ(set.ReservedTo("eng").Scalar("cpus"), 2000);
  EXPECT_EQ(set.AvailableTo("eng").Scalar("cpus"), 3000);
  EXPECT_EQ(set.AvailableTo("eng/web").Scalar("cpus"), 7000);
  EXPECT_EQ(set.AvailableTo("eng/webx").Scalar("cpus"), 3000);
  EXPECT_EQ(set.AvailableTo("other").Scalar("cpus"), 1000);
}

constexpr char kVolume[] = R"pb(
  resources {
    name: "disk"
    type: SCALAR
    scalar { value: 64 }
    role: "db"
    disk {
      persistence { id: "v1" principal: "ops" }
      volume { container_path: "data" mode: RW }
    }
  }
)pb";

TEST(ResourceSetTest, AVolumeIsWholeAndItsMountPointDoesNotMatter) {
  const ResourceSet volume = FromText(kVolume);
  EXPECT_EQ(volume.ToString(), "disk(reservations: [(STATIC,db)])[v1:data]:64");
  const ResourceSet elsewhere = FromText(R"pb(
    resources {
      name: "disk"
      type: SCALAR
      scalar { value: 64 }
      role: "db"
      disk {
        persistence { id: "v1" }
        volume { container_path: "else" mode: RO }
      }
    }
  )pb");
  EXPECT_EQ(volume, elsewhere);
  EXPECT_TRUE(volume.AllocatedTo("db").Contains(elsewhere.AllocatedTo("db")));
  EXPECT_TRUE((volume - elsewhere).empty());
  const ResourceSet part = FromText(R"pb(
    resources {
      name: "disk"
      type: SCALAR
      scalar { value: 32 }
      role: "db"
      disk {
        persistence { id: "v1" }
        volume { container_path: "data" mode: RW }
      }
    }
  )pb");
  EXPECT_FALSE(volume.Contains(part));
  EXPECT_EQ(volume - part, volume);
  EXPECT_EQ((volume + part) - part, volume);
}

TEST(ResourceSetTest, CountsSharedResources) {
  std::string text(kVolume);
  text.insert(text.rfind('}'), "shared {}");
  const ResourceSet one = FromText(text);
  ResourceSet two = one + one;
  EXPECT_EQ(two.ToString(), "disk(reservations: [(STATIC,db)])[v1:data]<SHARED>:64<2>");
  EXPECT_TRUE(two.Contains(one));
  EXPECT_FALSE(one.Contains(two));
  EXPECT_EQ(two.ToQuantities().Get("disk"), 64'000);
  EXPECT_EQ(two - one, one);
}

TEST(ResourceSetTest, Quantities) {
  EXPECT_EQ(FromText(kAgent).ToQuantities().ToString(), "cpus:8; disks:2; mem:4096; ports:1001");
  EXPECT_EQ(FromText(kAgent).ScalarQuantities().ToString(), "cpus:8; mem:4096");
  EXPECT_TRUE(FromText(kAgent).ToQuantities().Contains(Scalars({{"cpus", 8}}).ToQuantities()));
  EXPECT_FALSE(FromText(kAgent).ToQuantities().Contains(Scalars({{"gpus", 1}}).ToQuantities()));
}

TEST(ResourceSetTest, WritesBothForms) {
  Protos post, pre, endpoint;
  const ResourceSet set = FromText(kReserved).AllocatedTo("eng/web");
  set.ToProto(&post);
  set.ToProto(&pre, ResourceSet::WireForm::kPreRefinement);
  set.ToProto(&endpoint, ResourceSet::WireForm::kEndpoint);
  EXPECT_FALSE(post[1].has_role());
  EXPECT_EQ(post[1].reservations(0).role(), "eng");
  EXPECT_EQ(pre[0].role(), "*");
  EXPECT_EQ(pre[1].role(), "eng");
  EXPECT_EQ(pre[1].reservations_size(), 0);
  EXPECT_EQ(pre[2].reservations_size(), 2);
  EXPECT_FALSE(pre[2].has_role());
  EXPECT_EQ(endpoint[1].role(), "eng");
  EXPECT_EQ(endpoint[1].reservations(0).role(), "eng");
  for (const Protos& protos : {post, pre, endpoint}) {
    EXPECT_EQ(*ResourceSet::FromProto(protos), set);
  }
}

TEST(ResourceSetTest, AddsUpWithWhatSharesNoRangeAndNoItem) {
  const auto ports = [](uint64_t begin, uint64_t end) {
    ResourceSet set;
    set.Add(
        {FromText(kAgent).entries()[2].identity, ResourceValue::OfRanges(Ranges({{begin, end}}))});
    return set;
  };
  const ResourceSet agent = FromText(kAgent);
  EXPECT_FALSE(agent.AddsUpWith(agent));
  EXPECT_TRUE(agent.AddsUpWith({}));
  EXPECT_TRUE(ResourceSet().AddsUpWith(agent));
  EXPECT_TRUE(agent.AddsUpWith(ports(1, 30999)));
  EXPECT_TRUE(agent.AddsUpWith(ports(32001, 40000)));
  EXPECT_FALSE(agent.AddsUpWith(ports(32000, 32000)));
  EXPECT_FALSE(agent.AddsUpWith(ports(1, 31000)));
  const auto items = [&](std::vector<std::string> list) {
    ResourceSet set;
    set.Add({agent.entries()[3].identity, ResourceValue::OfSet(std::move(list))});
    return set;
  };
  EXPECT_TRUE(agent.AddsUpWith(items({"c"})));
  EXPECT_FALSE(agent.AddsUpWith(items({"b", "c"})));
  const ResourceSet scalars = agent.Filter([](const ResourceSet::Entry& entry) {
    return entry.value.type() == ResourceValue::Type::kScalar;
  });
  EXPECT_TRUE(scalars.AddsUpWith(scalars));
}

}  // namespace
}  // namespace mesos
