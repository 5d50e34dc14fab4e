// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/price.hpp"

#include <algorithm>
#include <cmath>

#include "flatgrid/algorithm/flattest/face_oracle.hpp"
#include "flatgrid/algorithm/flattest/lower_bound.hpp"
#include "flatgrid/algorithm/flattest/relaxation.hpp"

namespace flatgrid::flattest {

namespace {

/// As in search.cpp: the size of the pool / n, and the additional peaks.
double largest_pool(double n, bool exact) { return (exact ? 60 + 12 : 25 + 4) * n; }

/// Of a round with a pool of m directions: 13 iterations of Mehrotra's method.
double master_flops(double n, double m) { return 13 * (n * n * m + n * n * n / 3 + 12 * n * m); }

/// 4 n pivots of 2.3 n^2, and one pricing in 8 of n m.
double simplex_flops(double n, double m) { return 4 * n * (2.3 * n * n + n * m / 4); }

}  // namespace

double flattest_rounds(Index samples, Index dimension, std::int64_t most) {
  // If not all faces are visited: measured 25, 60 and 140 rounds in d = 5, 10 and 20; with the rechecks they took
  // as long as 25, 100 and 600 early rounds.
  const Index d = std::min(dimension, samples);
  const double usual = faces_can_be_visited(samples, d) ? 25 : static_cast<double>(d * d);
  return std::min(usual, static_cast<double>(most));
}

double flattest_flops(Index samples, Index dimension, double rounds, Index climbs) {
  const auto n = static_cast<double>(samples);
  const auto d = static_cast<double>(std::min(dimension, samples));
  const bool exact = faces_can_be_visited(samples, std::min(dimension, samples));
  const double pool = 0.5 * largest_pool(n, exact);
  if (exact) {
    const double faces = face_count(samples, static_cast<Index>(d));
    const double set_up = faces * (n * d * d / 8 + 40 * d * d * d + 2 * n);
    const double oracle = faces * (n * d / 4 + 6 * d * d + 60);
    return set_up + rounds * (master_flops(n, pool) + simplex_flops(n, pool) + 2 * oracle);
  }
  // A climb takes 7, 42 and 107 circles in d = 5, 10 and 20; near the end a round has six times as many climbs,
  // including the checks; four rechecks.
  const double circle = 2 * n * d + 140 * n;
  const double climb = std::max(d, 6 * d - 18) * circle;
  return rounds * (master_flops(n, pool) + simplex_flops(n, pool) / 2) +
         static_cast<double>(climbs) * climb * (4 * rounds + 250);
}

double flattest_bytes(Index samples, Index dimension) {
  const auto n = static_cast<double>(samples);
  const auto d = static_cast<double>(dimension);
  const bool exact = faces_can_be_visited(samples, std::min(dimension, samples));
  const double pool = largest_pool(n, exact);
  // Features [n, m] of the round, weighted, of the new pool, and temporary; directions and sides of the pool and
  // of the new pool; a dozen n x n matrices; the faces and their queries.
  const double faces = exact ? face_oracle_bytes(samples, std::min(dimension, samples)) +
                                   20 * face_count(samples, std::min(dimension, samples)) +
                                   256 * n * (d * d + d)
                             : 0;
  return 8 * n * pool * 5 + 3 * pool * (8 * d + n) + 12 * 8 * n * n + 6 * 8 * n * d + faces + 4e6;
}

double relaxation_rounds(std::int64_t most) { return std::min(static_cast<double>(most), 40.0); }

double relaxation_flops(Index samples, Index dimension, double rounds, Index climbs) {
  const auto n = static_cast<double>(samples);
  const double ratio = 4 * n * static_cast<double>(dimension) + 60 * n;
  const double climb = 30 * ratio;
  const double pool = 0.7 * static_cast<double>(k_relaxation_pool_per_sample) * n;
  const double search = climb * (4 * static_cast<double>(climbs) + 2 * n);
  const double recheck =
      2 * climb * (4 * k_relaxation_recheck * static_cast<double>(climbs) + pool);
  return 30 * n * n * n +
         rounds * (master_flops(n, pool) + simplex_flops(n, pool) / 2 + search + 2 * n * n * pool) +
         recheck;
}

double relaxation_bytes(Index samples, Index dimension, Index climbs) {
  const auto n = static_cast<double>(samples);
  const auto d = static_cast<double>(dimension);
  const double pool =
      static_cast<double>(k_relaxation_pool_per_sample) * n + static_cast<double>(climbs) * 4;
  const double screened = 8 * 6 * k_relaxation_recheck * static_cast<double>(climbs) / 2;
  // Features [n, m], the matrices of the master, and directions of the pool; features of the screened directions of
  // the recheck with their derivatives; a dozen n x n matrices.
  return 8 * (pool * (6 * n + 3 * d) + screened * (4 * n + 2 * d) + 30 * n * n + 30 * n * d) + 4e6;
}

BudgetSearchPrice budget_search_price(Index samples, Index dimension) {
  const auto n = static_cast<double>(samples);
  const auto d = static_cast<double>(std::min(dimension, samples));
  // 48 starts of some 8 n pivots, and as many as 5 rounds of the oracle each.
  const double pool = (dimension <= 2 ? 28 : 20) * n;
  const double start = 8 * n * (6 * n * n + pool * (2 * d + 40));
  const double circle = 2 * n * d + 140 * n + 33 * 30 * n;
  const double climbs = dimension <= 2 ? 8 * n : (1.2 * n + 20) * std::max(d, 6 * d - 18) / 2;
  const double rounds = 48.0 * 5;
  return {.rounds = rounds,
          .flops = 48 * start + rounds * (climbs * circle + n * n * pool),
          .bytes = 8 * pool * (4 * n + 3 * d)};
}

LossBoundPrice loss_bound_price(Index samples, Index dimension) {
  const auto n = static_cast<double>(samples);
  const auto d = static_cast<double>(std::min(dimension, samples));
  // Some 8 rounds of 12 iterations on 8 n atoms, and the kernel of atoms and 4000 candidates.
  const double atoms = 8 * n, candidates = 4000 + 20 * n;
  const double iteration = atoms * atoms * (atoms / 3 + 12 * n);
  const double round = candidates * atoms * (2 * d + 30 + 4 * n) + 12 * iteration;
  return {.flops = 8 * round, .bytes = 8 * (8 * atoms * atoms + 6 * candidates * (atoms + n))};
}

}  // namespace flatgrid::flattest
