// SPDX-License-Identifier: MIT
/// The flattest interpolator with an activation of degree 1, or the one of least path norm, and its lower bound.
///
/// Problem, over networks of every width: the least orbit minimum (the trace at its least over rescalings,
/// measure/flatness.hpp) or path norm of any interpolator,
///   F* = min sum_j |b_j| g(w_j)   subject to   sum_j b_j sigma(X w_j) = y,
/// convex in the measure sum_j b_j delta_{w_j}; g is the gauge of a direction (gauge.hpp).
/// Dual: max l.y subject to |l.sigma(X w)| <= g(w) for all w; bound l.y / kappa(l)
/// (lower_bound.hpp).
///
/// Method: column generation (column_generation.hpp) over the reduced samples (reduction.hpp). Neurons
/// of equal plus side are joined (pool.hpp). The oracle visits all faces if there are few enough
/// (face_oracle.hpp), else it climbs on great circles (search_oracle.hpp). At the end refit.hpp makes the
/// network; if all faces were visited, the bound is certified for the stored doubles
/// (certificate.hpp).
///
///   FlattestSearch search(problem);
///   ColumnGenerationState state = search.start();
///   while (!state.finished) search.advance(state, 1);
///   FlattestResult result = search.result(state);
///
/// For sigma(z) = z identity.hpp has the solution in closed form.
#pragma once

#include <memory>
#include <string>

#include "flatgrid/algorithm/bound_kind.hpp"
#include "flatgrid/algorithm/flattest/column_generation.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::flattest {

/// The smallest tolerance of a search that climbs: climbs cannot resolve a smaller gap.
inline constexpr double k_search_tolerance = 2e-4;

/// The input of the search.
struct FlattestProblem {
  MatrixD inputs;  ///< [d, N]
  VectorD labels;  ///< [N]
  GaugeKind gauge = GaugeKind::flatness;
  double slope = 0;               ///< slope of sigma for z < 0: relu 0, leaky s, abs -1
  double derivative_at_zero = 0;  ///< sigma'(0) as the measures define it: relu and abs 0, leaky s
  Index width = 0;                ///< largest number of neurons; 0: any number (N suffices)
  std::int64_t seed = 0;
  double tolerance = 5e-7;                  ///< F / bound - 1 at which the rounds end
  std::int64_t rounds = 400;                ///< largest number of rounds
  double least_extent = k_rounding_extent;  ///< dimensions below it are dropped (reduction.hpp)
  Index starts = 80;                        ///< climbs per round
};

/// The result of the search.
struct FlattestResult {
  network::Network<double> network;  ///< [m, d], [m]; empty if there is none
  bool interpolates = false;         ///< whether residual <= 1e-16 and the width suffices
  double residual = 0;               ///< ||f(X) - y||^2 / ||y||^2
  double cost = 0;                   ///< orbit minimum or path norm of the stored doubles
  double lower_bound = 0;            ///< lower bound of the cost of every interpolator
  algorithm::BoundKind kind = algorithm::BoundKind::none;
  double gap = 0;  ///< cost / lower_bound - 1; NaN without an interpolator or a bound
  Index neurons = 0;
  Index neurons_on_faces = 0;
  VectorD multipliers;                     ///< l [N] of the bound; the known kappa(l) is at most 1
  Termination ending = Termination::none;  ///< why the rounds ended; none if there were no rounds
  std::string message;                     ///< one line if the search is impossible, else empty
};

/// The result without its bound, from the neurons b_j w_j of the reduced problem. Also handles an obstacle
/// of the reduction and labels that are all 0.
FlattestResult refitted_result(const FlattestProblem& problem, const Reduction& reduction,
                               const Pool& neurons, const VectorD& coefficients);

/// A search. Holds what depends only on the problem: the reduced samples and their faces.
class FlattestSearch : private Gauge {
 public:
  explicit FlattestSearch(FlattestProblem problem);
  FlattestSearch(const FlattestSearch&) = delete;
  FlattestSearch& operator=(const FlattestSearch&) = delete;

  [[nodiscard]] ColumnGenerationState start() const;
  /// Computes at most `rounds` rounds, closing rounds or rechecks; sets state.finished after the last. The
  /// bits do not depend on how they are divided among calls.
  void advance(ColumnGenerationState& state, std::int64_t rounds) const;
  /// The network and its bound; for an unfinished state, the best so far.
  [[nodiscard]] FlattestResult result(const ColumnGenerationState& state) const;
  /// The same without the bound, whose computation can take longer than all rounds.
  [[nodiscard]] FlattestResult network(const ColumnGenerationState& state) const;
  /// The dimension of the reduced samples.
  [[nodiscard]] Index dimension() const { return reduction_.samples.dimension(); }

 private:
  [[nodiscard]] MatrixD features(const Pool& pool) const override;
  [[nodiscard]] JoinedNeurons join(const Pool& pool, VectorD& coefficients,
                                   double negligible) const override;
  void add(Pool& pool, const std::vector<Peak>& peaks) const override;
  [[nodiscard]] ColumnGeneration generation() const;

  FlattestProblem problem_;
  Reduction reduction_;
  VectorD labels_;  ///< the imposed labels of the reduction, y of the column generation
  std::unique_ptr<Oracle> oracle_;  ///< null if no network fits the labels, or if all labels are 0
};

}  // namespace flatgrid::flattest
