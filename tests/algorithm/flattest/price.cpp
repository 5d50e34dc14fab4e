// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/price.hpp"

#include <catch2/catch.hpp>

#include "flatgrid/algorithm/flattest/lower_bound.hpp"

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE(
    "predicted flops and bytes grow with the samples, and bytes, rounds and faces are limited") {
  CHECK(flattest_bytes(200, 3) < 1e9);
  CHECK(flattest_bytes(400, 20) < 1e9);
  for (const Index d : {1, 2, 3, 20})
    for (const Index n : {20, 50, 100}) {
      CAPTURE(n, d);
      CHECK(flattest_bytes(2 * n, d) > flattest_bytes(n, d));
      CHECK(flattest_flops(2 * n, d, 60, 80) > flattest_flops(n, d, 60, 80));
    }
  CHECK(flattest_rounds(200, 10, 6) == 6);
  CHECK(flattest_rounds(200, 10, 1'000'000) == flattest_rounds(400, 10, 1000));
  CHECK(faces_can_be_visited(200, 3));
  CHECK(faces_can_be_visited(60, 4));
  CHECK_FALSE(faces_can_be_visited(200, 4));
  CHECK(faces_can_be_visited(8, 8));  // fewer samples than dimensions: 3^n faces
}
