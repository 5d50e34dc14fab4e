// SPDX-License-Identifier: MIT
/// The function of the largest population loss among those with given values at the samples and a cost of at most a
/// budget:
///   max P = E (f - f*)^2   subject to   f(x_i) = y_i for all i,   F(f) <= R,
/// f = sum_j b_j sigma(w_j.x) / g(w_j) over any number of directions, F(f) = sum_j |b_j|. P is convex, so the
/// maximum is at a vertex of the feasible set, with at most n + 1 neurons (Carathéodory). The search finds local maxima;
/// the largest of them is a lower bound of the maximum.
///
/// The search:
///   1. pool     given directions; vertices of the samples' arrangement (all of them if they are few); random
///               directions; in the plane k_inside points inside every arc
///   2. starts   the first from the least cost over the pool, the others from the maximum of a linear functional
///               over it: +- the value at the points that are farthest from the lines of all samples, correlations with
///               random neurons. From there P ascends (vertex_ascent.hpp), over the first pool.
///   3. rounds   after every start: the ascent, then the oracle (search_oracle.hpp) for directions with
///               |c(w) - l.sigma(X w)| / g(w) > t, which the pool lacks; until there are none (k_violation), or
///               k_still_rounds in a row gain less than k_gain, or the function is one that has been found
///               (a correlation of k_same of their errors f - f*, and no greater loss), or far from the best.
///               The pool keeps the directions that the functions found are made of.
/// All limits are counts: the result depends neither on the clock nor on interruptions.
///
/// y is perturbed by 1e-9 of the budget; without this nearly all steps of the ascent would have length 0. The
/// coefficients of the result are those of the unperturbed y.
#pragma once

#include <cstdint>
#include <vector>

#include "flatgrid/algorithm/flattest/pool.hpp"
#include "flatgrid/algorithm/flattest/reduction.hpp"
#include "flatgrid/algorithm/flattest/vertex_ascent.hpp"
#include "flatgrid/measure/loss_form.hpp"

namespace flatgrid::flattest {

/// A function that the search has found.
struct BudgetFunction {
  double loss = 0;       ///< P
  Pool neurons;          ///< its directions
  VectorD coefficients;  ///< b
  double violation = 0;  ///< max |c - l.sigma| / (g t) - 1 from the last call of the oracle
  Index starts = 0;      ///< number of starts that ended at it
};

/// A vertex that neither the ascent nor the oracle improves.
struct FoundVertex {
  Vertex vertex;
  double loss = 0;       ///< P
  double violation = 0;  ///< as in BudgetFunction
  Index starts = 0;      ///< number of starts that ended at it
};

/// The state of a search; plain data.
struct BudgetSearchState {
  Pool pool;
  VectorD right;                   ///< y as perturbed, and R; [r + 1]
  Vertex base;                     ///< of the least cost over the pool
  std::vector<FoundVertex> found;  ///< in the order of their starts
  std::size_t start = 0;           ///< the present start
  std::int64_t round = 0;          ///< of this start; 0: it has not begun
  std::int64_t still_rounds = 0;
  FoundVertex present;  ///< the current vertex of this start
  Index initial = 0;    ///< directions of the first pool
  Index kept = 0;       ///< directions of the pool when the present start began
  std::int64_t steps = 0;
  bool finished = false;
};

template <class Archive>
void serialize(Archive& archive, FoundVertex& found) {
  auto& [vertex, loss, violation, starts] = found;
  archive(vertex, loss, violation, starts);
}

template <class Archive>
void serialize(Archive& archive, BudgetSearchState& state) {
  auto& [pool, right, base, found, start, round, still_rounds, present, initial, kept, steps,
         finished] = state;
  archive(pool, right, base, found, start, round, still_rounds, present, initial, kept, steps,
          finished);
}

/// The columns of a pool on the imposed samples.
PoolForm form_of(const Reduction& reduction, const measure::LossForm& form, const Pool& pool);

/// Whether some w has w.x_i <= 0 for all samples, and not = 0 where sigma has a slope there: a neuron that costs
/// nothing, with which P is unbounded.
bool has_free_neuron(const Samples& samples);

class BudgetSearch {
 public:
  /// Values `labels` [r] of the imposed samples of the reduction, the budget in its unit of cost. What is referred
  /// to outlives the search.
  BudgetSearch(const Reduction& reduction, VectorD labels, double budget,
               const measure::LossForm& form, std::int64_t seed);

  /// From directions one fit of which costs at most the budget.
  [[nodiscard]] BudgetSearchState start(const Pool& given) const;
  /// One round.
  void advance(BudgetSearchState& state) const;
  /// The functions found, greatest loss first; each fits the labels that are not perturbed.
  [[nodiscard]] std::vector<BudgetFunction> functions(const BudgetSearchState& state) const;

 private:
  [[nodiscard]] VectorD functional(const BudgetSearchState& state, const PoolForm& pool,
                                   std::size_t start) const;
  void add_vertices(Pool& pool) const;
  [[nodiscard]] double error_product(const PoolForm& pool, const Vertex& one, const VectorD& b,
                                     const Vertex& other, const VectorD& c) const;
  [[nodiscard]] FoundVertex* same(BudgetSearchState& state, const PoolForm& pool,
                                  const VertexAscent& ascent) const;
  [[nodiscard]] std::vector<Peak> violations(const BudgetSearchState& state, const PoolForm& pool,
                                             const VertexAscent& ascent) const;
  void end_start(BudgetSearchState& state) const;

  const Reduction& reduction_;
  VectorD labels_;
  double budget_;
  const measure::LossForm& form_;
  std::int64_t seed_;
  MatrixD basis_;  ///< [d, r]: in the units of the labels
  MatrixD voids_;  ///< [r, k]: unit vectors far from the lines of all samples
};

}  // namespace flatgrid::flattest
