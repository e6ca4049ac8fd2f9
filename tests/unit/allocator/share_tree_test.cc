#include "master/allocator/share_tree.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace mesos::master {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ShareTreeTest : public testing::Test {
 protected:
  ShareTreeTest() { tree_.AddTotal({10'000, 1'000'000}); }

  ShareClient& Client(uint32_t framework, const std::string& role) {
    ShareClient& client = tree_.Track(FrameworkIdx(framework), role);
    tree_.SetActive(client, true);
    return client;
  }

  // "role:framework" in the order of a walk.
  std::vector<std::string> Order() {
    tree_.Refresh();
    std::vector<std::string> order;
    auto visit = [&](ShareRole& role) {
      for (const ClientRank& rank : role.order) {
        order.push_back(absl::StrCat(role.path, ":", rank.client->framework.value()));
      }
      return true;
    };
    ShareTree::Walk(tree_.root(), visit);
    return order;
  }

  ShareTree tree_{{{"heavy", 4}}};
};

TEST_F(ShareTreeTest, OrdersEqualSharesByNameAndFramework) {
  Client(2, "b");
  Client(1, "b");
  Client(3, "a");
  EXPECT_THAT(Order(), ElementsAre("a:3", "b:1", "b:2"));
}

TEST_F(ShareTreeTest, ShareIsTheDominantOne) {
  tree_.Allocated(Client(1, "cpu"), {3'000, 100'000});  // 0.3 of cpus
  tree_.Allocated(Client(2, "mem"), {1'000, 400'000});  // 0.4 of mem
  EXPECT_THAT(Order(), ElementsAre("cpu:1", "mem:2"));
  tree_.AddTotal({0, 9'000'000});  // mem is 0.1 of cpus, 0.04 of mem now
  EXPECT_THAT(Order(), ElementsAre("mem:2", "cpu:1"));
  tree_.RemoveTotal({0, 9'000'000});
  EXPECT_THAT(Order(), ElementsAre("cpu:1", "mem:2"));
}

TEST_F(ShareTreeTest, WeightDividesTheShare) {
  tree_.Allocated(Client(1, "heavy"), {3'000});
  tree_.Allocated(Client(2, "light"), {1'000});
  EXPECT_THAT(Order(), ElementsAre("heavy:1", "light:2"));
  tree_.SetWeight("light", 8);
  EXPECT_THAT(Order(), ElementsAre("light:2", "heavy:1"));
  EXPECT_EQ(tree_.Weight("heavy"), 4);
  EXPECT_EQ(tree_.Weight("none"), 1);
}

TEST_F(ShareTreeTest, IgnoresWeightsThatAreNotPositiveAndFinite) {
  for (double weight : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                        std::numeric_limits<double>::quiet_NaN()}) {
    tree_.SetWeight("heavy", weight);
    EXPECT_EQ(tree_.Weight("heavy"), 4);
  }
}

TEST_F(ShareTreeTest, CountOfAllocationsBreaksTies) {
  ShareClient& a = Client(1, "a");
  Client(2, "b");
  tree_.Allocated(a, {1'000});
  tree_.Freed(a, {1'000});
  EXPECT_THAT(Order(), ElementsAre("b:2", "a:1"));
}

TEST_F(ShareTreeTest, FrameworksOfARoleCompeteWithItsChildRoles) {
  ShareClient& own = Client(1, "eng");
  ShareClient& ads = Client(2, "eng/ads");
  Client(3, "eng/web");
  EXPECT_THAT(Order(), ElementsAre("eng:1", "eng/ads:2", "eng/web:3"));
  tree_.Allocated(own, {2'000});
  EXPECT_THAT(Order(), ElementsAre("eng/ads:2", "eng/web:3", "eng:1"));
  tree_.Allocated(ads, {3'000});
  EXPECT_THAT(Order(), ElementsAre("eng/web:3", "eng:1", "eng/ads:2"));
}

TEST_F(ShareTreeTest, ARolesShareIsThatOfAllBelow) {
  tree_.Allocated(Client(1, "eng/a/b"), {1'000});
  tree_.Allocated(Client(2, "eng/c"), {1'500});
  tree_.Allocated(Client(3, "ops"), {2'000});
  EXPECT_THAT(Order(), ElementsAre("ops:3", "eng/a/b:1", "eng/c:2"));
}

TEST_F(ShareTreeTest, WhatIsNotActiveIsNotInAnyOrder) {
  ShareClient& client = Client(1, "eng/a");
  Client(2, "ops");
  tree_.SetActive(client, false);
  EXPECT_THAT(Order(), ElementsAre("ops:2"));
  tree_.Allocated(client, {5'000});
  tree_.SetActive(client, true);
  EXPECT_THAT(Order(), ElementsAre("ops:2", "eng/a:1"));
}

TEST_F(ShareTreeTest, ForgettingRemovesRolesThatAreNotUsed) {
  ShareClient& deep = Client(1, "a/b/c");
  Client(2, "a");
  tree_.Forget(deep);
  EXPECT_EQ(tree_.FindRole("a/b"), nullptr);
  EXPECT_NE(tree_.FindRole("a"), nullptr);
  EXPECT_EQ(tree_.Find(FrameworkIdx(1), "a/b/c"), nullptr);
  EXPECT_THAT(Order(), ElementsAre("a:2"));
  tree_.Forget(*tree_.Find(FrameworkIdx(2), "a"));
  EXPECT_EQ(tree_.FindRole("a"), nullptr);
  EXPECT_THAT(Order(), IsEmpty());
}

TEST_F(ShareTreeTest, BeforeAgreesWithTheWalk) {
  std::vector<ShareClient*> clients;
  uint32_t framework = 0;
  for (const char* role : {"a", "a/b", "a/b", "a/b/c", "d/e", "f", "f"}) {
    clients.push_back(&Client(++framework, role));
    tree_.Allocated(*clients.back(), {(framework * 7 % 5) * 100});
  }
  std::vector<std::string> order = Order();
  std::sort(clients.begin(), clients.end(),
            [](ShareClient* a, ShareClient* b) { return ShareTree::Before(*a, *b); });
  std::vector<std::string> sorted;
  for (ShareClient* client : clients) {
    sorted.push_back(absl::StrCat(client->role->path, ":", client->framework.value()));
  }
  EXPECT_EQ(sorted, order);
}

TEST_F(ShareTreeTest, RolePathsOfAnyFormDoNoHarm) {
  for (const char* role : {"", "/", "a//b", "/a", "a/", ".", "a/.", "a", "*"}) {
    ShareClient& client = Client(1, role);
    tree_.Allocated(client, {1'000});
    EXPECT_EQ(client.role->path, role);
  }
  EXPECT_EQ(Order().size(), 9u);
  for (const char* role : {"", "/", "a//b", "/a", "a/", ".", "a/.", "a", "*"}) {
    tree_.Forget(*tree_.Find(FrameworkIdx(1), role));
  }
  EXPECT_THAT(Order(), IsEmpty());
}

}  // namespace
}  // namespace mesos::master
