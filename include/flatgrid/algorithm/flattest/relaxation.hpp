// SPDX-License-Identifier: MIT
/// The lower bound of degree k > 1 at fixed width (docs/theory.md), and the measure that would attain it.
///
/// With the price g of a direction (smooth_oracle.hpp), neurons b_j sigma(w_j.x) of shares
/// t_j = b_j g(w_j) have the orbit minimum
///   F = (k+1) k^{-k/(k+1)} sum_j |t_j|^p,   p = 2k/(k+1) > 1.
/// By Hoelder's inequality sum |t_j|^p >= m^{1-p} (sum |t_j|)^p over m neurons, and sum |t_j| is at
/// least that of any measure that interpolates,
///   V = min sum_j |t_j|   subject to   sum_j t_j sigma(X w_j) / g(w_j) = y,
/// however many neurons it takes. So every interpolator of width m has
///   F >= (k+1) k^{-k/(k+1)} m^{-(k-1)/(k+1)} V^{2k/(k+1)},
/// with equality in the limit of great width, where the neurons of V are repeated in proportion to
/// their shares. V is convex; its dual is
///   V = max l.y   subject to   R(w) = |l.sigma(X w)| / g(w) <= 1 for all w,
/// so that any l gives V >= l.y / kappa(l), kappa(l) = max_w R(w).
///
/// Method: column generation over directions, as for degree 1 (search.hpp), in rounds of
///   1. master     l of the dual over the pool, kept near the best l so far (master.hpp)
///   2. oracle     local maxima of R from the pool's neurons, from kicked ones and at random
///   3. bound      if l.y / kappa(l) is the best: l_ref = l / kappa(l), and a weaker proximal term
///   4. simplex    once the master nearly fits: the least exact fit over the pool (simplex.hpp)
/// until cost / bound - 1 <= tolerance, or it has not fallen to 0.8 of itself for 40 rounds, or the
/// rounds are used up; then the bound is rechecked with 25 times the climbs of a round. It stays an
/// estimate, as any search may miss the highest peak.
///
/// Features of all directions may span less than R^n (samples twice, zero samples, the d (d + 1) / 2
/// quadratic forms of `quadratic`): everything is done in whitened coordinates of their span, and
/// labels outside of it are fitted by no network.
#pragma once

#include <string>

#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/algorithm/flattest/smooth_oracle.hpp"

namespace flatgrid {

/// (k+1) k^{-k/(k+1)} m^{-(k-1)/(k+1)} V^{2k/(k+1)}: no interpolator of width m is flatter.
double flatness_at_width(int degree, Index width, double relaxation);

/// What is asked.
struct RelaxationProblem {
  const Activation<double>& activation;
  MatrixD inputs;  ///< [d, n]
  VectorD labels;  ///< [n]
  std::int64_t seed = 0;
  double tolerance = 1e-6;    ///< cost / bound - 1 at which it stops
  std::int64_t rounds = 400;  ///< the most
  Index starts = 80;          ///< climbs a round; the recheck makes 25 times as many
};

/// Where it stands; plain data.
struct RelaxationState {
  std::int64_t round = 0;
  bool finished = false;
  MatrixD directions;  ///< [d, m]: the pool
  VectorD reference;   ///< l_ref, whitened
  Proximity proximity;
  double excess = 1;  ///< |kappa - 1| of the last round
  double bound = 0;   ///< the best l.y / kappa so far, rechecked at the end
  Progress progress;
  double cost = 0;  ///< sum |t_j| of the best exact fit so far, 0 for none
  MatrixD neurons;  ///< [d, m']: its directions
  VectorD shares;   ///< [m']: t_j
};

template <class Archive>
void serialize(Archive& archive, RelaxationState& state) {
  auto& [round, finished, directions, reference, proximity, excess, bound, progress, cost, neurons,
         shares] = state;
  archive(round, finished, directions, reference, proximity, excess, bound, progress, cost, neurons,
          shares);
}

/// What came of it.
struct RelaxedFit {
  double lower = 0;              ///< l.y / kappa(l) <= V, as far as the search for kappa found out
  double cost = 0;               ///< >= V: sum |t_j|
  MatrixD directions;            ///< [d, m'], of unit length
  VectorD shares;                ///< [m']: t_j
  VectorD multipliers;           ///< l [n] of the bound: kappa(l) = 1
  VectorD whitened_multipliers;  ///< [r], with l = P' times these
};

class Relaxation {
 public:
  explicit Relaxation(const RelaxationProblem& problem);

  /// Why no network of any width fits the labels, or empty.
  [[nodiscard]] const std::string& obstacle() const { return obstacle_; }

  /// P [r, n]: makes the covariance of the features of all directions 1 on their span. Labels are
  /// fitted where P (f(X) - y) = 0.
  [[nodiscard]] const MatrixD& whitening() const { return whitening_; }

  [[nodiscard]] RelaxationState start() const;
  /// One round, or the recheck after the last. The state alone decides what comes of it.
  void advance(RelaxationState& state) const;
  [[nodiscard]] RelaxedFit result(const RelaxationState& state) const;

 private:
  [[nodiscard]] MatrixD features(const MatrixD& directions) const;
  [[nodiscard]] VectorD multipliers(const VectorD& whitened) const;
  [[nodiscard]] SmoothPeaks ask(const RelaxationState& state, const VectorD& whitened,
                                const MatrixD& neurons, Index climbs, std::uint64_t purpose) const;
  void proximal_round(RelaxationState& state) const;
  void simplex_round(RelaxationState& state) const;
  void add_to_pool(RelaxationState& state, const SmoothPeaks& peaks, const VectorD& whitened) const;

  double input_unit_;
  double label_unit_;
  RelaxationProblem problem_;  ///< in these units
  SmoothOracle oracle_;
  MatrixD spanning_;   ///< [d, m]: directions whose features span
  MatrixD whitening_;  ///< [r, n]: makes their covariance 1
  VectorD labels_;     ///< [r], whitened
  std::string obstacle_;
};

/// How many rounds it takes as a rule before it ends by itself, `most` at most.
double relaxation_rounds(std::int64_t most);

/// Flops of so many rounds with so many climbs each, within a factor of about 3, and bytes that it
/// takes at the most.
double relaxation_flops(Index samples, Index dimension, double rounds, Index climbs);
double relaxation_bytes(Index samples, Index dimension, Index climbs);

/// The whole in one piece.
RelaxedFit relax(const RelaxationProblem& problem);

}  // namespace flatgrid
