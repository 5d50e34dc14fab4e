// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/candidates.hpp"

#include <catch2/catch.hpp>

using namespace flatgrid;
using namespace flatgrid::flattest;

namespace {

Candidate claiming(double claim) {
  return {.multipliers = VectorD::Constant(2, claim), .claim = claim, .climbs = 80, .checked = {}};
}

std::vector<double> claims(const Candidates& candidates) {
  std::vector<double> values;
  for (const Candidate& candidate : candidates) values.push_back(candidate.claim);
  return values;
}

}  // namespace

TEST_CASE("the four best multipliers are kept, and the last of them stays if it is checked") {
  Candidates candidates;
  for (const double claim : {2.0, 5.0, -1.0, 3.0, 4.0, 1.0}) add(candidates, claiming(claim));
  CHECK(claims(candidates) == std::vector<double>{5, 4, 3, 2});
  candidates.back().checked = 1.5;
  add(candidates, claiming(6));
  CHECK(claims(candidates) == std::vector<double>{6, 5, 4, 2});
  add(candidates, claiming(3));
  CHECK(claims(candidates) == std::vector<double>{6, 5, 4, 2});
  CHECK(candidates.back().bound() == 1.5);
}

TEST_CASE("a checked bound is lowered by a feature that its multipliers violate") {
  Candidates candidates;
  add(candidates, claiming(4));
  add(candidates, claiming(2));
  candidates[0].checked = 3.9;
  confront(candidates, MatrixD(2, 0));
  CHECK(candidates[0].bound() == 3.9);
  // |phi.l| is 1.25 for the first candidate and 0.625 for the second one, which has not been checked.
  confront(candidates, (MatrixD(2, 1) << 0.3125, 0).finished());
  CHECK(candidates[0].bound() == Approx(4 / 1.25));
  CHECK(candidates[1].bound() == 2);
  const Candidate checked = as_checked(candidates[0]);
  CHECK(checked.claim == Approx(3.2));
  CHECK(checked.multipliers(0) == Approx(3.2));
}
