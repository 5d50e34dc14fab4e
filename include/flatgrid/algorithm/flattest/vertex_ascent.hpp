// SPDX-License-Identifier: MIT
/// A local maximum of a convex quadratic form over the fits of a pool within a budget, by a simplex method for
///   max P(b) = b'K b - 2 k.b   subject to   Phi b = y,   sum_j |b_j| <= R.
///
/// A maximum is at a vertex: at most r + 1 columns (of [phi_j; 1] with either sign, and the slack of the budget).
/// At a vertex with basis B the form is linearized, c_j = 2 (K b - k)_j; the multipliers of c are
/// (l, t) = B^-T c_B, and the column with the greatest |c_j - l.phi_j| - t > 0 enters, with the sign
/// of c_j - l.phi_j. P is convex, so it increases along the edge by at least as much as
/// its linearization. c is computed again at every pivot: for the whole pool every k_priced pivots, between
/// them for the columns that were best then. The ascent ends at a vertex that no column improves to first order.
///
/// Cost of a pivot: 4 r^2 flops, and of a pricing 4 r m; a kernel column [m] for every column that enters.
#pragma once

#include <vector>

#include "flatgrid/measure/loss_form.hpp"

namespace flatgrid::flattest {

/// The columns of a pool, each of gauge 1.
struct PoolForm {
  MatrixD features;  ///< phi_j [r, m]
  MatrixD units;     ///< isotropic unit vectors u_j [d, m]
  VectorD lengths;   ///< |C^{1/2} w_j| / g(w_j), [m]
  VectorD cross;     ///< k_j [m]

  [[nodiscard]] Index size() const { return features.cols(); }
};

/// A basis: columns of a pool with their signs, -1 for the slack.
struct Vertex {
  std::vector<Index> columns;  ///< [r + 1]
  VectorD signs;               ///< [r + 1]
};

template <class Archive>
void serialize(Archive& archive, Vertex& vertex) {
  auto& [columns, signs] = vertex;
  archive(columns, signs);
}

class VertexAscent {
 public:
  /// From a feasible vertex. `right` [r + 1]: y and R.
  VertexAscent(const measure::LossForm& form, const PoolForm& pool, const VectorD& right,
               Vertex start);

  /// Maximizes sum_j linear_j b_j, linear [m], in at most `most` pivots.
  void maximize(const VectorD& linear, Index most);
  /// Increases P in at most `most` pivots.
  void ascend(Index most);

  /// Whether the basis is regular and its amounts are >= 0, up to rounding.
  [[nodiscard]] bool is_feasible();

  [[nodiscard]] const Vertex& vertex() const { return vertex_; }
  /// b on the basis [r + 1], the slack's among them.
  [[nodiscard]] VectorD coefficients() const { return vertex_.signs.cwiseProduct(amounts_); }
  /// |c_j - l.phi_j| - t of the pool after an ascent, [m].
  [[nodiscard]] VectorD worth() const;
  /// P(b)
  [[nodiscard]] double loss() const;
  /// Of the last pricing: l [r], and t.
  [[nodiscard]] VectorD multipliers() const { return multipliers_.head(multipliers_.size() - 1); }
  [[nodiscard]] double price_of_budget() const { return multipliers_(multipliers_.size() - 1); }

 private:
  void factor();
  void pivot_while_better(const VectorD* linear, Index most);
  [[nodiscard]] VectorD objective(const VectorD* linear, const std::vector<Index>& columns) const;
  void set_multipliers(const VectorD* linear);
  void set_kernel(Index place);
  [[nodiscard]] bool enter(Index column, double sign);

  const measure::LossForm& form_;
  const PoolForm& pool_;
  const VectorD& right_;
  Vertex vertex_;
  MatrixD inverse_;      ///< B^-1 [r + 1, r + 1]
  VectorD amounts_;      ///< |b| on the basis [r + 1]
  MatrixD kernel_;       ///< K of the basis and the pool [r + 1, m], 0 for the slack
  VectorD multipliers_;  ///< [r + 1]
  Index pivots_ = 0;
};

}  // namespace flatgrid::flattest
