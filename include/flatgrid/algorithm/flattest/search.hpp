// SPDX-License-Identifier: MIT
/// The flattest interpolator of degree 1, and the bound that proves it.
///
/// Problem, over networks of every width: the least orbit minimum of any interpolator,
///   F* = min sum_j |b_j| g(w_j)   subject to   sum_j b_j sigma(X w_j) = y,
/// convex in the measure sum_j b_j delta_{w_j}; g is the price of a direction (gauge.hpp).
/// Dual: max l.y subject to |l.sigma(X w)| <= g(w) for all w; bound l.y / kappa(l)
/// (lower_bound.hpp).
///
/// Method: column generation over directions, in rounds of
///   1. master     l of the dual over the pool, kept near the best l so far (master.hpp)
///   2. join       neurons of equal plus side become one (pool.hpp)
///   3. oracle     peaks of |l.sigma(X w)| / g(w): kappa(l), and what the pool lacks; all faces
///                 where they can be visited (face_oracle.hpp), else climbs (search_oracle.hpp)
///   4. bound      if l.y / kappa(l) is the best: l_ref = l / kappa(l), and a weaker proximal term
///   5. simplex    once the master nearly fits: the least exact fit over the pool, at most n
///                 neurons (simplex.hpp); its own l to the oracle
///   6. mean       where the oracle climbs: the mean of the best l so far to the oracle
/// until F / bound - 1 <= tolerance, or it has not fallen to 0.8 of itself for 12 rounds, or the
/// rounds are used up; then the best multipliers are checked again: certified with exact arithmetic
/// allowed for, or searched with ten times all the climbs that their bound rests on (first look
/// and verification together). If that lowers the bound by more than 0.015 %, the rounds go on with
/// what it found, four times at most. At last the network is made (refit.hpp).
///
/// Nothing depends on the clock or on how a search is cut into pieces: a round is a function of the
/// state. Cost of a round, n samples, pool of m <= 25 n: 15 n^2 m flops for the master, n d m for
/// features, and the oracle's.
///
///   FlattestSearch search(problem);
///   FlattestState state = search.start();
///   while (!state.finished) search.advance(state, 1);
///   FlattestResult result = search.result(state);
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "flatgrid/algorithm/flattest/face_oracle.hpp"
#include "flatgrid/algorithm/flattest/pool.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/algorithm/flattest/refit.hpp"
#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/algorithm/flattest/search_oracle.hpp"
#include "flatgrid/network/network.hpp"

namespace flatgrid {

/// A gap that climbs cannot tell from none: the search stops there unless it visits all faces.
inline constexpr double k_search_tolerance = 2e-4;

/// What is asked.
struct FlattestProblem {
  MatrixD inputs;                 ///< [d, N]
  VectorD labels;                 ///< [N]
  double slope = 0;               ///< of sigma on the negative side: relu 0, leaky s, abs -1
  double derivative_at_zero = 0;  ///< sigma'(0) in the measure: relu and abs 0, leaky s
  Index width = 0;                ///< the most neurons; 0: any number (N suffices)
  std::int64_t seed = 0;
  double tolerance = 5e-7;                  ///< F / bound - 1 at which the search stops
  std::int64_t rounds = 400;                ///< the most rounds
  double least_extent = k_rounding_extent;  ///< dimensions below it are left out (reduction.hpp)
  Index starts = 80;  ///< climbs a round; see k_recheck for those of the recheck
};

/// Where a search stands; plain data.
struct FlattestState {
  std::int64_t round = 0;
  std::int64_t closing = 0;  ///< rounds of the closing stage
  bool finished = false;
  Pool pool;          ///< its first n directions have independent features
  VectorD reference;  ///< l_ref [n]
  Proximity proximity;
  double excess = 1;         ///< kappa - 1 of the last round
  double bound = 0;          ///< the best l.y / kappa so far, of the reduced problem
  MatrixD candidates;        ///< [n, k]: the best l / kappa so far, best first
  VectorD claims;            ///< [k]: their bounds as the rounds found them
  VectorD checked;           ///< [k]: the same rechecked, or -1
  VectorD climbs;            ///< [k]: how many climbs the claims rest on
  std::int64_t resumed = 0;  ///< rechecks that the search went on from
  Progress progress;
  double cost = 0;       ///< F of the best network so far, 0 for none
  Pool neurons;          ///< its directions, m'
  VectorD coefficients;  ///< [m']
};

enum class BoundKind { none = 0, estimated = 1, certified = 2 };

/// What came of it.
struct FlattestResult {
  Network<double> network;    ///< [m, d], [m]; empty if there is none
  bool interpolates = false;  ///< residual <= 1e-16 and the width suffices
  double residual = 0;        ///< ||f(X) - y||^2 / ||y||^2
  double flatness = 0;        ///< its orbit minimum, measured on the doubles
  double lower_bound = 0;     ///< on the orbit minimum of every interpolator
  BoundKind kind = BoundKind::none;
  double gap = 0;  ///< flatness / lower_bound - 1; NaN without an interpolator or a bound
  Index neurons = 0;
  Index neurons_on_faces = 0;
  VectorD multipliers;  ///< l [N] of the bound: kappa(l) <= 1 as far as is known
  std::string message;  ///< one line where it cannot be done, else empty
};

/// A search: what its problem fixes (the reduced samples, their faces), and how it goes on.
class FlattestSearch {
 public:
  explicit FlattestSearch(FlattestProblem problem);

  [[nodiscard]] FlattestState start() const;
  /// At most `rounds` rounds; sets state.finished after the last. The same bits however a search is
  /// cut.
  void advance(FlattestState& state, std::int64_t rounds) const;
  /// The network and its bound, of a finished state; of an unfinished one, what there is so far.
  [[nodiscard]] FlattestResult result(const FlattestState& state) const;
  /// The same without a bound, which can take longer than all rounds.
  [[nodiscard]] FlattestResult network(const FlattestState& state) const;
  /// Of the reduced samples.
  [[nodiscard]] Index dimension() const { return reduction_.samples.dimension(); }
  /// Whether all faces are visited, so that the bound is certified.
  [[nodiscard]] bool exact() const { return faces_ != nullptr; }

 private:
  [[nodiscard]] std::pair<Pool, VectorD> linear_network() const;
  [[nodiscard]] Peaks ask(const FlattestState& state, const VectorD& multipliers,
                          const VectorD& use, Index climbs, std::uint64_t purpose) const;
  [[nodiscard]] Peaks ask(const Samples& samples, const FlattestState& state,
                          const VectorD& multipliers, const VectorD& use, Index climbs,
                          std::uint64_t purpose) const;
  Peaks offer(FlattestState& state, const VectorD& multipliers, const VectorD& use,
              std::uint64_t purpose) const;
  void offer_and_learn(FlattestState& state, const VectorD& multipliers, const VectorD& use,
                       std::uint64_t purpose) const;
  [[nodiscard]] Index most_peaks() const;
  void proximal_round(FlattestState& state) const;
  void simplex_round(FlattestState& state, const VectorD& weights) const;
  void mean_round(FlattestState& state) const;
  void check(FlattestState& state) const;
  void confront(FlattestState& state) const;
  void claim(FlattestState& state, const VectorD& multipliers, double kappa, Index climbs) const;
  void resume(FlattestState& state, Index lowered, const Peaks& peaks) const;
  void retreat(FlattestState& state, const VectorD& l, const VectorD& safe) const;
  void add_to_pool(FlattestState& state, const std::vector<Peak>& peaks, const VectorD& multipliers,
                   VectorD& weights) const;
  void add_to_pool(FlattestState& state, const std::vector<Peak>& peaks,
                   const VectorD& multipliers) const;
  [[nodiscard]] MatrixD features(const Pool& pool) const;

  FlattestProblem problem_;
  Reduction reduction_;
  VectorD labels_;  ///< the imposed labels
  std::unique_ptr<FaceOracle> faces_;
};

}  // namespace flatgrid
