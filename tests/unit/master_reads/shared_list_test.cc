#include "master/core/views/shared_list.h"

#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace mesos::master {
namespace {

std::vector<int> Elements(const SharedList<int>& list) {
  std::vector<int> elements;
  for (size_t i = 0; i < list.chunks(); ++i) {
    for (int element : list.chunk(i)) elements.push_back(element);
  }
  return elements;
}

std::vector<int> Elements(const std::deque<int>& list) { return {list.begin(), list.end()}; }

// Against a plain list: any changes in any order, and copies that stay as they were.
TEST(SharedListTest, IsAListWhoseCopiesDoNotChange) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    SharedList<int> list;
    std::deque<int> plain;
    std::vector<std::pair<SharedList<int>, std::vector<int>>> copies;
    for (int step = 0; step < 3000; ++step) {
      const uint32_t action = random() % 10;
      if (plain.empty() || action < 5) {
        list.PushBack(step);
        plain.push_back(step);
      } else if (action == 5) {
        list.PopFront();
        plain.pop_front();
      } else if (action == 6) {
        list.PopBack();
        plain.pop_back();
      } else if (action == 7) {
        const size_t place = random() % plain.size();
        list.EraseBySwap(place);
        plain[place] = plain.back();
        plain.pop_back();
      } else if (action == 8) {
        const size_t place = random() % plain.size();
        list.Set(place, -step);
        plain[place] = -step;
      } else if (random() % 10 == 0) {
        copies.emplace_back(list.Share(), Elements(plain));
      }
      ASSERT_EQ(list.size(), plain.size());
    }
    EXPECT_EQ(Elements(list), Elements(plain)) << "seed " << seed;
    for (const auto& [copy, then] : copies) EXPECT_EQ(Elements(copy), then) << "seed " << seed;
  }
}

}  // namespace
}  // namespace mesos::master
