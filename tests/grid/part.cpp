// SPDX-License-Identifier: MIT
#include "flatgrid/grid/part.hpp"

#include <catch2/catch.hpp>

#include "flatgrid/base/error.hpp"

using namespace flatgrid;
using namespace flatgrid::grid;

TEST_CASE("parts hold every point of the grid once, and their sizes differ by at most one") {
  const configuration::Axes axes{.algorithm = {"teacher", "lazy"},
                                 .samples = {10, 20},
                                 .noise = {0, 1, 2},
                                 .width = {5, 6, 7},
                                 .seed = {1, 2, 3, 4, 5}};
  for (const std::int64_t count : {1, 2, 3, 7, 15, 180, 1000}) {
    std::vector<std::int64_t> sizes(static_cast<std::size_t>(count));
    for (std::int64_t flat = 0; flat < axes.points(); ++flat) {
      int holders = 0;
      for (std::int64_t index = 1; index <= count; ++index) {
        if (!Part{.index = index, .count = count}.contains(axes,
                                                           configuration::grid_point(axes, flat)))
          continue;
        ++holders;
        ++sizes[static_cast<std::size_t>(index - 1)];
      }
      CHECK(holders == 1);
    }
    const auto [least, most] = std::ranges::minmax(sizes);
    CHECK(most - least <= 1);
  }
}

TEST_CASE("parts are written I/N") {
  CHECK(parse_part("2/4") == Part{.index = 2, .count = 4});
  CHECK(part_text(parse_part("2/4")) == "2/4");
  CHECK(parse_part("1/1").is_whole());
  for (const char* text :
       {"", "2", "0/4", "5/4", "-1/4", "1/0", "1/4/5", "a/b", "1 /4", "1/99999999"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_part(text), "must be I/N with 1 <= I <= N, for example 2/4");
  }
}
