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
/// Method: column generation over directions (column_generation.hpp), nothing joined. The oracle climbs to
/// local maxima of R from the pool's neurons, from kicked ones and at random (smooth_oracle.hpp), so that
/// the bound stays an estimate.
///
/// Features of all directions may span less than R^n (samples twice, zero samples, the d (d + 1) / 2
/// quadratic forms of `quadratic`): everything is done in whitened coordinates of their span, and
/// labels outside of it are fitted by no network.
#pragma once

#include <string>

#include "flatgrid/algorithm/flattest/column_generation.hpp"
#include "flatgrid/algorithm/flattest/smooth_oracle.hpp"

namespace flatgrid::flattest {

/// (k+1) k^{-k/(k+1)} m^{-(k-1)/(k+1)} V^{2k/(k+1)}: no interpolator of width m is flatter.
double flatness_at_width(int degree, Index width, double relaxation);

/// What is asked.
struct RelaxationProblem {
  const network::Activation<double>& activation;
  MatrixD inputs;  ///< [d, n]
  VectorD labels;  ///< [n]
  std::int64_t seed = 0;
  double tolerance = 1e-6;    ///< cost / bound - 1 at which it stops
  std::int64_t rounds = 400;  ///< the most
  Index starts = 80;          ///< climbs a round
};

/// What came of it.
struct RelaxedFit {
  double lower = 0;              ///< l.y / kappa(l) <= V, as far as the search for kappa found out
  double cost = 0;               ///< >= V: sum |t_j|
  MatrixD directions;            ///< [d, m'], of unit length
  VectorD shares;                ///< [m']: t_j
  VectorD multipliers;           ///< l [n] of the bound: kappa(l) = 1
  VectorD whitened_multipliers;  ///< [r], with l = P' times these
};

class Relaxation : private Gauge, private Oracle {
 public:
  explicit Relaxation(const RelaxationProblem& problem);

  /// Why no network of any width fits the labels, or empty.
  [[nodiscard]] const std::string& obstacle() const { return obstacle_; }

  /// P [r, n]: makes the covariance of the features of all directions 1 on their span. Labels are
  /// fitted where P (f(X) - y) = 0.
  [[nodiscard]] const MatrixD& whitening() const { return whitening_; }

  [[nodiscard]] ColumnGenerationState start() const;
  /// One round, closing round or recheck. The state alone decides what comes of it.
  void advance(ColumnGenerationState& state) const;
  [[nodiscard]] RelaxedFit result(const ColumnGenerationState& state) const;

 private:
  [[nodiscard]] MatrixD features(const Pool& pool) const override;
  [[nodiscard]] JoinedNeurons join(const Pool& pool, VectorD& coefficients,
                                   double negligible) const override;
  void add(Pool& pool, const std::vector<Peak>& peaks) const override { append(pool, peaks); }
  [[nodiscard]] Peaks peaks(const Question& question) const override;
  [[nodiscard]] ColumnGeneration generation() const;

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

}  // namespace flatgrid::flattest
