// SPDX-License-Identifier: MIT
/// Prints the table of tests/algorithm/flattest/README.md: the flattest interpolator of the labels
///   relu(u1.x) - relu(u2.x) + relu(u3.x) + noise     (two terms for d = 2)
/// with orthonormal u and standard normal x. Columns: F, its bound, the gap, neurons, processor seconds, the
/// reason why the rounds ended.
///
///   flattest_table [d n [seeds [slope [first seed]]]]
///
/// Without arguments it prints the sizes of the README with noise 0, 0.1, 0.3 and two seeds each.
#include <cstdlib>
#include <ctime>
#include <vector>

#include <fmt/core.h>

#include "flatgrid/algorithm/flattest/two_stage_search.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/random/stream.hpp"

using namespace flatgrid;

namespace {

flattest::FlattestProblem problem_of(Index d, Index n, double noise, std::int64_t seed,
                                     double slope) {
  flattest::FlattestProblem problem;
  problem.slope = slope;
  problem.derivative_at_zero = slope > 0 ? slope : 0;
  problem.seed = seed;
  problem.inputs.resize(d, n);
  random::Stream inputs(seed, random::Purpose::inputs, 0);
  for (Index i = 0; i < n; ++i) random::fill_normal(inputs, problem.inputs.col(i));
  MatrixD directions(d, d);
  random::Stream index(seed, random::Purpose::index_directions, 0);
  for (Index k = 0; k < d; ++k) random::fill_normal(index, directions.col(k));
  const MatrixD u = orthonormalized(directions);
  problem.labels.resize(n);
  random::Stream noises(seed, random::Purpose::label_noise, 0);
  random::fill_normal(noises, problem.labels);
  problem.labels *= noise;
  for (Index k = 0; k < std::min<Index>(d, d == 2 ? 2 : 3); ++k)
    for (Index i = 0; i < n; ++i) {
      const double z = u.col(k).dot(problem.inputs.col(i));
      problem.labels(i) += (k == 1 ? -1 : 1) * (z > 0 ? z : slope * z);
    }
  return problem;
}

void print_row(Index d, Index n, double noise, std::int64_t seed, double slope) {
  const std::clock_t begin = std::clock();
  const flattest::FlattestResult result =
      flattest::find_flattest(problem_of(d, n, noise, seed, slope));
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  fmt::print(
      "| {} | {} | {} | {} | {:.6g} | {:.6g} | {:.1e} | {} | {} ({}) | {:.1e} | {:.1f} | {} |{}\n",
      d, n, noise, seed, result.cost, result.lower_bound, result.gap,
      algorithm::k_bound_kind_names[static_cast<std::size_t>(result.kind)], result.neurons,
      result.neurons_on_faces, result.residual, seconds, flattest::reason(result.ending),
      result.message);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  fix_product_blocking();
  fmt::print(
      "| d | n | noise | seed | F | bound | F / bound - 1 | kind | neurons (on faces) | "
      "residual | s | rounds end |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  std::vector<std::pair<Index, Index>> sizes{{2, 100}, {2, 200},  {3, 60},  {3, 100},
                                             {5, 100}, {10, 200}, {20, 200}};
  std::int64_t seeds = 2;
  std::int64_t first = 1;
  double slope = 0;
  if (argc > 2) sizes = {{std::atoi(argv[1]), std::atoi(argv[2])}};
  if (argc > 3) seeds = std::atoi(argv[3]);
  if (argc > 4) slope = std::atof(argv[4]);
  if (argc > 5) first = std::atoi(argv[5]);
  for (const auto& [d, n] : sizes)
    for (const double noise : {0.0, 0.1, 0.3})
      for (std::int64_t seed = first; seed < first + seeds; ++seed)
        print_row(d, n, noise, seed, slope);
}
