// SPDX-License-Identifier: MIT
#include "flatgrid/base/threads.hpp"

#include <atomic>
#include <stdexcept>
#include <vector>

#include <catch2/catch.hpp>

using namespace flatgrid;

TEST_CASE("parallel_for calls every index once, on every number of threads") {
  for (const Index count : {1, 2, 5}) {
    set_threads(count);
    std::vector<std::atomic<int>> calls(100);
    std::atomic<bool> in_range = true;
    parallel_for(100, [&](Index index, Index thread) {
      ++calls[static_cast<std::size_t>(index)];
      if (thread < 0 || thread >= count) in_range = false;
    });
    for (const auto& number : calls) CHECK(number == 1);
    CHECK(in_range);
    parallel_for(0, [](Index, Index) { FAIL("there is no index"); });
  }
  set_threads(1);
}

TEST_CASE("parallel_for throws the exception of a task after all threads have ended") {
  for (const Index count : {1, 3}) {
    set_threads(count);
    std::atomic<int> running = 0;
    const auto task = [&](Index index, Index) {
      ++running;
      const bool fails = index == 7;
      --running;
      if (fails) throw std::runtime_error("seven");
    };
    CHECK_THROWS_WITH(parallel_for(50, task), "seven");
    CHECK(running == 0);
  }
  set_threads(1);
}
