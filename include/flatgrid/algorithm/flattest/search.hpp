// SPDX-License-Identifier: MIT
/// The flattest interpolator of degree 1 or that of least path norm, and the bound that proves it.
///
/// Problem, over networks of every width: the least orbit minimum or path norm of any interpolator,
///   F* = min sum_j |b_j| g(w_j)   subject to   sum_j b_j sigma(X w_j) = y,
/// convex in the measure sum_j b_j delta_{w_j}; g is the gauge of a direction (gauge.hpp).
/// Dual: max l.y subject to |l.sigma(X w)| <= g(w) for all w; bound l.y / kappa(l)
/// (lower_bound.hpp).
///
/// Method: column generation (column_generation.hpp) over the reduced samples (reduction.hpp). Neurons
/// of equal plus side are joined (pool.hpp). The oracle visits all faces where they are few enough
/// (face_oracle.hpp), else it climbs on great circles (search_oracle.hpp). At last the network is
/// made (refit.hpp), and where all faces were visited the bound on the orbit minimum is certified for
/// the stored doubles (certificate.hpp).
///
///   FlattestSearch search(problem);
///   ColumnGenerationState state = search.start();
///   while (!state.finished) search.advance(state, 1);
///   FlattestResult result = search.result(state);
///
/// sigma(z) = z is not searched for: identity.hpp has its answer.
#pragma once

#include <memory>
#include <string>

#include "flatgrid/algorithm/flattest/column_generation.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid::flattest {

/// A gap that climbs cannot tell from none: the search stops there unless it visits all faces.
inline constexpr double k_search_tolerance = 2e-4;

/// What is asked.
struct FlattestProblem {
  MatrixD inputs;  ///< [d, N]
  VectorD labels;  ///< [N]
  GaugeKind gauge = GaugeKind::flatness;
  double slope = 0;               ///< of sigma on the negative side: relu 0, leaky s, abs -1
  double derivative_at_zero = 0;  ///< sigma'(0) in the measure: relu and abs 0, leaky s
  Index width = 0;                ///< the most neurons; 0: any number (N suffices)
  std::int64_t seed = 0;
  double tolerance = 5e-7;                  ///< F / bound - 1 at which the search stops
  std::int64_t rounds = 400;                ///< the most rounds
  double least_extent = k_rounding_extent;  ///< dimensions below it are left out (reduction.hpp)
  Index starts = 80;                        ///< climbs a round
};

enum class BoundKind { none = 0, estimated = 1, certified = 2 };

/// What came of it.
struct FlattestResult {
  network::Network<double> network;  ///< [m, d], [m]; empty if there is none
  bool interpolates = false;         ///< residual <= 1e-16 and the width suffices
  double residual = 0;               ///< ||f(X) - y||^2 / ||y||^2
  double cost = 0;                   ///< its orbit minimum or path norm, measured on the doubles
  double lower_bound = 0;            ///< on the cost of every interpolator
  BoundKind kind = BoundKind::none;
  double gap = 0;  ///< cost / lower_bound - 1; NaN without an interpolator or a bound
  Index neurons = 0;
  Index neurons_on_faces = 0;
  VectorD multipliers;                     ///< l [N] of the bound: kappa(l) <= 1 as far as is known
  Termination ending = Termination::none;  ///< why the rounds ended; none where there were none
  std::string message;                     ///< one line where it cannot be done, else empty
};

/// The result, but for its bound, of the neurons b_j w_j of a reduced problem; the obstacle of the
/// reduction and labels of 0 have theirs.
FlattestResult refitted_result(const FlattestProblem& problem, const Reduction& reduction,
                               const Pool& neurons, const VectorD& coefficients);

/// A search: what its problem fixes (the reduced samples, their faces), and how it goes on.
class FlattestSearch : private Gauge {
 public:
  explicit FlattestSearch(FlattestProblem problem);
  FlattestSearch(const FlattestSearch&) = delete;
  FlattestSearch& operator=(const FlattestSearch&) = delete;

  [[nodiscard]] ColumnGenerationState start() const;
  /// At most `rounds` rounds; sets state.finished after the last. The same bits however a search is
  /// cut.
  void advance(ColumnGenerationState& state, std::int64_t rounds) const;
  /// The network and its bound, of a finished state; of an unfinished one, what there is so far.
  [[nodiscard]] FlattestResult result(const ColumnGenerationState& state) const;
  /// The same without a bound, which can take longer than all rounds.
  [[nodiscard]] FlattestResult network(const ColumnGenerationState& state) const;
  /// Of the reduced samples.
  [[nodiscard]] Index dimension() const { return reduction_.samples.dimension(); }

 private:
  [[nodiscard]] MatrixD features(const Pool& pool) const override;
  [[nodiscard]] JoinedNeurons join(const Pool& pool, VectorD& coefficients,
                                   double negligible) const override;
  void add(Pool& pool, const std::vector<Peak>& peaks) const override;
  [[nodiscard]] ColumnGeneration generation() const;

  FlattestProblem problem_;
  Reduction reduction_;
  VectorD labels_;  ///< the imposed labels
  std::unique_ptr<Oracle> oracle_;
};

}  // namespace flatgrid::flattest
