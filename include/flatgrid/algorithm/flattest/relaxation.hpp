// SPDX-License-Identifier: MIT
/// The lower bound of degree k > 1 at fixed width (docs/theory.md), and the measure that would attain it.
///
/// With the gauge g of a direction (smooth_oracle.hpp), neurons b_j sigma(w_j.x) of shares
/// t_j = b_j g(w_j) have the orbit minimum
///   F = (k+1) k^{-k/(k+1)} sum_j |t_j|^p,   p = 2k/(k+1) > 1.
/// By Hoelder's inequality sum |t_j|^p >= m^{1-p} (sum |t_j|)^p over m neurons. sum |t_j| is at least the
/// minimum over all interpolating measures, with any number of neurons,
///   V = min sum_j |t_j|   subject to   sum_j t_j sigma(X w_j) / g(w_j) = y.
/// So every interpolator of width m has
///   F >= (k+1) k^{-k/(k+1)} m^{-(k-1)/(k+1)} V^{2k/(k+1)},
/// with equality in the limit of large width, if the neurons of V are split in proportion to their shares.
/// The problem of V is convex; its dual is
///   V = max l.y   subject to   R(w) = |l.sigma(X w)| / g(w) <= 1 for all w,
/// so that any l gives V >= l.y / kappa(l), kappa(l) = max_w R(w).
///
/// Method: column generation over directions (column_generation.hpp), without joining. The oracle climbs to
/// local maxima of R (smooth_oracle.hpp) from the neurons of the present fit, from perturbed directions of the
/// pool and from random directions, so the bound is an estimate.
///
/// Features of all directions may span less than R^n (equal samples, zero samples, the d (d + 1) / 2
/// quadratic forms of `quadratic`). All computations use whitened coordinates of this span,
/// phi(w) = P sigma(X w) / g(w) and P y; no network fits labels outside of the span.
#pragma once

#include <string>

#include "flatgrid/algorithm/flattest/column_generation.hpp"
#include "flatgrid/algorithm/flattest/smooth_oracle.hpp"

namespace flatgrid::flattest {

inline constexpr Index k_relaxation_pool_per_sample = 10;  ///< largest size of the pool / r
inline constexpr Index k_relaxation_recheck = 6;  ///< climbs of a recheck / climbs of the claim

/// (k+1) k^{-k/(k+1)} m^{-(k-1)/(k+1)} V^{2k/(k+1)}: no interpolator of width m is flatter.
double flatness_at_width(int degree, Index width, double relaxation);

/// The input of the relaxation.
struct RelaxationProblem {
  const network::Activation<double>& activation;
  MatrixD inputs;  ///< [d, n]
  VectorD labels;  ///< [n]
  std::int64_t seed = 0;
  double tolerance = 1e-6;    ///< cost / bound - 1 at which the rounds end
  std::int64_t rounds = 400;  ///< largest number of rounds
  Index starts = 80;          ///< climbs per round
};

/// The result of the relaxation.
struct RelaxedFit {
  double lower = 0;              ///< l.y / kappa(l), an estimate of a lower bound of V
  double cost = 0;               ///< >= V: sum |t_j|
  MatrixD directions;            ///< [d, m'], of unit length
  VectorD shares;                ///< [m']: t_j
  VectorD multipliers;           ///< l [n] of the bound; the known kappa(l) is 1
  VectorD whitened_multipliers;  ///< [r], with l = P' times these
};

class Relaxation : private Gauge, private Oracle {
 public:
  explicit Relaxation(const RelaxationProblem& problem);

  /// Why no network of any width fits the labels, or empty.
  [[nodiscard]] const std::string& obstacle() const { return obstacle_; }

  /// P [r, n]: whitens the features of all directions on their span. A network fits the labels if
  /// P (f(X) - y) = 0.
  [[nodiscard]] const MatrixD& whitening() const { return whitening_; }

  [[nodiscard]] ColumnGenerationState start() const;
  /// Computes one round, closing round or recheck. The result depends only on the state.
  void advance(ColumnGenerationState& state) const;
  [[nodiscard]] RelaxedFit result(const ColumnGenerationState& state) const;

 private:
  [[nodiscard]] MatrixD features(const Pool& pool) const override;
  [[nodiscard]] JoinedNeurons join(const Pool& pool, VectorD& coefficients,
                                   double negligible) const override;
  void add(Pool& pool, const std::vector<Peak>& peaks) const override { append(pool, peaks); }
  [[nodiscard]] Peaks peaks(const Question& question) const override;
  [[nodiscard]] ColumnGeneration generation() const;

  double input_unit_;          ///< root mean square norm of the samples
  double label_unit_;          ///< root mean square of the labels
  RelaxationProblem problem_;  ///< in these units
  SmoothOracle oracle_;
  MatrixD spanning_;   ///< [d, m]: directions whose features span those of all directions
  MatrixD whitening_;  ///< P [r, n]
  VectorD labels_;     ///< [r], whitened
  std::string obstacle_;
};

/// Computes the whole relaxation.
RelaxedFit relax(const RelaxationProblem& problem);

}  // namespace flatgrid::flattest
