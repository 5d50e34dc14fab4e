// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/rounds.hpp"

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::flattest;

TEST_CASE("rounds count as stalled until the gap has fallen to 0.8 of its value") {
  Progress progress;
  progress.note(0, 1);  // without a fit there is no gap that could stall
  CHECK(progress.still_rounds == 0);
  progress.note(2, 1);
  CHECK(progress.still_rounds == 0);
  progress.note(1.9, 1);  // small decreases add up
  CHECK(progress.still_rounds == 1);
  progress.note(1.81, 1);
  CHECK(progress.still_rounds == 2);
  progress.note(1.79, 1);
  CHECK(progress.still_rounds == 0);
  progress.note(1.79, 1.1);  // a better bound closes the gap as well as a cheaper fit
  CHECK(progress.still_rounds == 0);
  progress.note(1.79, 1.1);
  CHECK(progress.still_rounds == 1);
}

TEST_CASE("the proximal weight falls at a better bound and rises after null rounds") {
  Proximity proximity{.weight = 1};
  for (int k = 0; k < 2; ++k) proximity.note_null_round();
  CHECK(proximity.weight == 1);
  proximity.loosen(2, 0.5);  // the multipliers are far from feasible: the weight stays
  CHECK(proximity.weight == 1);
  for (int k = 0; k < 3; ++k) proximity.note_null_round();
  CHECK(proximity.weight == 3);
  proximity.loosen(1.1, 0.5);
  CHECK(proximity.weight == Approx(0.9));
  proximity.loosen(1.01, 0.5);  // only the proximal term is left
  CHECK(proximity.weight == Approx(0.09));
}

TEST_CASE("the largest values come first, equal values in their order") {
  VectorD values(5);
  values << 1, 3, 2, 3, 0;
  CHECK(largest(values, 3) == std::vector<Index>{1, 3, 2});
  CHECK(largest(values, 9) == std::vector<Index>{1, 3, 2, 0, 4});
  CHECK(largest(values, 0).empty());
}
