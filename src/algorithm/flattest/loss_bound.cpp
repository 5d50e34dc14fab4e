// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/flattest/loss_bound.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "flatgrid/algorithm/flattest/rounds.hpp"
#include "flatgrid/base/decompositions.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::flattest {

namespace {

/// Limits of the rounds.
struct Accuracy {
  std::uint64_t rounds;
  double gap;        ///< of the prior on its atoms, relative
  double violation;  ///< by directions that are no atoms
};
constexpr Accuracy k_searched{.rounds = 12, .gap = 5e-3, .violation = 0.02};
constexpr Accuracy k_proved{.rounds = 30, .gap = 1e-3, .violation = 2e-3};
constexpr int k_iterations = 40;  ///< of the interior point method a round
/// Atoms for each sample: of the first prior, and the most that are added a round.
constexpr Index k_first = 4;
constexpr Index k_added = 2;
constexpr Index k_candidates = 4000;  ///< random directions that are looked at a round
/// Streams of Purpose::worst_starts, beside those of budget_search.cpp.
constexpr std::uint64_t k_stream = 1'000'000;

/// Directions with their signs.
struct Atoms {
  Pool pool;
  VectorD signs;
};

/// What the bound needs of atoms F_k = size_k psi_k, psi_k of gauge 1.
struct AtomForm {
  PoolForm columns;
  VectorD sizes;    ///< +-R, [m]
  MatrixD offsets;  ///< zeta_k = z_k - y, [r, m]
};

AtomForm atom_form(PoolForm columns, VectorD sizes, const VectorD& labels) {
  MatrixD offsets = columns.features * sizes.asDiagonal();
  offsets.colwise() -= labels;
  return {std::move(columns), std::move(sizes), std::move(offsets)};
}

/// E psi_k psi_l of two sets of columns, [m, q].
MatrixD kernel_of(const measure::LossForm& form, const PoolForm& one, const PoolForm& other) {
  MatrixD result(one.size(), other.size());
  for (Index k = 0; k < other.size(); ++k)
    result.col(k) =
        form.kernel(one.units, other.units.col(k)).cwiseProduct(one.lengths * other.lengths(k));
  return result;
}

/// E D_k D_l of two sets of atoms from E psi_k psi_l, [m, q].
MatrixD products_of(const measure::LossForm& form, const AtomForm& one, const AtomForm& other,
                    const MatrixD& kernel) {
  MatrixD result = one.sizes.asDiagonal() * kernel * other.sizes.asDiagonal();
  result.colwise() -= one.sizes.cwiseProduct(one.columns.cross);
  result.rowwise() -= other.sizes.cwiseProduct(other.columns.cross).transpose();
  result.array() += form.target_second_moment();
  return result;
}

/// The best linear reconstruction u = sum_k weights_k D_k under a prior.
struct Reconstruction {
  MatrixD weights;     ///< C^-1 Z diag(p), [r, m], Z the offsets
  MatrixD covariance;  ///< C^-1, [r, r]
  MatrixD cross;       ///< E u D_k, [r, m]
  MatrixD square;      ///< E u u', [r, r]
};

Reconstruction reconstruction(const MatrixD& offsets, const MatrixD& products,
                              const VectorD& prior) {
  const MatrixD weighted = offsets * prior.asDiagonal();
  MatrixD covariance = weighted * offsets.transpose();
  covariance.diagonal().array() += 1e-13 * covariance.trace();
  Reconstruction u;
  u.covariance = Cholesky(covariance).inverse();
  u.weights = u.covariance * weighted;
  u.cross = u.weights * products;
  u.square = u.cross * u.weights.transpose();
  return u;
}

/// v_k = E rho_k^2 of atoms, from E D_k^2 and E u D_k.
VectorD risks(const Reconstruction& u, const MatrixD& offsets, const VectorD& squares,
              const MatrixD& cross) {
  const VectorD v = squares - 2 * offsets.cwiseProduct(cross).colwise().sum().transpose() +
                    offsets.cwiseProduct(u.square * offsets).colwise().sum().transpose();
  return v.cwiseMax(0);
}

/// An interior point of the problem of the least favourable prior,
///   max V(p)   subject to   A p = (1, 0),   A = [1'; Z];   dual slacks t = A' nu - v >= 0,   nu = (bound, 2 l).
struct InteriorPoint {
  VectorD prior;  ///< p > 0
  VectorD dual;   ///< nu
  VectorD slack;  ///< t > 0
};

/// The largest step <= 1 after which values + step changes keep a tenth of themselves.
double longest_step(const VectorD& values, const VectorD& changes) {
  double step = 1;
  for (Index k = 0; k < values.size(); ++k)
    if (changes(k) < 0) step = std::min(step, -0.9 * values(k) / changes(k));
  return step;
}

/// Sets the bound and the slacks for a prior and 2 l: each slack is at least a tenth of the bound.
void begin(const MatrixD& offsets, const MatrixD& products, InteriorPoint& point) {
  const Reconstruction u = reconstruction(offsets, products, point.prior);
  const VectorD values = risks(u, offsets, products.diagonal(), u.cross) -
                         offsets.transpose() * point.dual.tail(offsets.rows());
  point.dual(0) = 1.1 * values.maxCoeff();
  point.slack = point.dual(0) - values.array();
}

/// Newton's method on A' nu - v(p) - t = 0, A p = (1, 0), p t = mu. Returns the reconstruction of the last prior.
/// m^3 / 3 + 8 r m^2 flops an iteration.
Reconstruction improve(const MatrixD& offsets, const MatrixD& products, double gap,
                       InteriorPoint& point) {
  const Index r = offsets.rows(), m = offsets.cols();
  MatrixD constraints(r + 1, m);
  constraints << Eigen::RowVectorXd::Ones(m), offsets;
  VectorD& p = point.prior;
  VectorD& t = point.slack;
  for (int iteration = 0;; ++iteration) {
    Reconstruction u = reconstruction(offsets, products, p);
    const VectorD v = risks(u, offsets, products.diagonal(), u.cross);
    const double value = p.dot(v);
    const VectorD missing = VectorD::Unit(r + 1, 0) - constraints * p;
    const VectorD uneven = constraints.transpose() * point.dual - v - t;
    if (iteration == k_iterations ||
        (p.dot(t) <= 1.5 * gap * value && uneven.cwiseAbs().maxCoeff() <= gap * value))
      return u;
    const double mu = std::max(0.1 * p.dot(t), gap * value) / static_cast<double>(m);
    // W = 2 (E rho rho' . Z'C^-1 Z) + diag(t / p)
    const MatrixD cross = offsets.transpose() * u.cross;
    const MatrixD residuals =
        products - cross - cross.transpose() + offsets.transpose() * u.square * offsets;
    MatrixD w = 2 * residuals.cwiseProduct(offsets.transpose() * u.covariance * offsets);
    w.diagonal() += t.cwiseQuotient(p);
    const Cholesky factors(w);
    if (!factors.succeeded()) return u;
    // W dp + A' dnu = h,   A dp = missing
    const VectorD h = v - constraints.transpose() * point.dual + mu * p.cwiseInverse();
    MatrixD solved(m, r + 1);
    for (Index i = 0; i <= r; ++i) solved.col(i) = factors.solve(constraints.row(i).transpose());
    MatrixD schur = constraints * solved;
    schur.diagonal().array() += 1e-14 * schur.trace() / static_cast<double>(r + 1);
    const Cholesky schur_factors(schur);
    if (!schur_factors.succeeded()) return u;
    const VectorD change_of_dual = schur_factors.solve(solved.transpose() * h - missing);
    const VectorD change = factors.solve(h - constraints.transpose() * change_of_dual);
    const VectorD change_of_slack =
        (mu * p.cwiseInverse() - t) - t.cwiseProduct(change).cwiseQuotient(p);
    const double step = std::min(longest_step(p, change), longest_step(t, change_of_slack));
    p += step * change;
    t += step * change_of_slack;
    point.dual += step * change_of_dual;
  }
}

/// Two pools as one.
Pool joined(const Pool& one, const Pool& other) {
  Pool both{MatrixD(one.directions.rows(), one.size() + other.size()),
            Sides(one.sides.rows(), one.size() + other.size())};
  both.directions << one.directions, other.directions;
  both.sides << one.sides, other.sides;
  return both;
}

/// w moved to the borders of the `count` samples whose borders are nearest.
VectorD on_borders(const Samples& samples, const VectorD& w, Index count) {
  const VectorD distances = (samples.rows * w).cwiseAbs().cwiseQuotient(samples.norms);
  const PivotedQr<double> qr(samples.inputs(Eigen::all, largest(-distances, count)));
  const MatrixD face = qr.complement();
  return (face * (face.transpose() * w)).normalized();
}

/// Random directions, three of four near one of `near`, on 0 to d - 1 borders.
Pool random_directions(const Samples& samples, const Pool& near, random::Stream stream) {
  const Index d = samples.dimension();
  Pool pool{MatrixD(d, k_candidates), Sides(samples.size(), k_candidates)};
  for (Index k = 0; k < k_candidates; ++k) {
    VectorD w(d);
    random::fill_normal(stream, w);
    w.normalize();
    if (k % 4 != 0) {
      const auto base = static_cast<Index>(stream.uniform() * static_cast<double>(near.size()));
      w = (near.directions.col(base) + std::exp2(-1 - 8 * stream.uniform()) * w).normalized();
    }
    const Index borders = k / 4 % d;
    if (borders > 0) w = on_borders(samples, w, borders);
    pool.directions.col(k) = w;
    pool.sides.col(k) = side_of(samples, w);
  }
  return pool;
}

/// The first atoms: the neurons of a function and some of the pool, with either sign.
Atoms first_atoms(const BudgetFunction& function, const Pool& pool, Index samples) {
  std::vector<Index> some;
  const Index step = std::max<Index>(1, 2 * pool.size() / (k_first * samples));
  for (Index j = 0; j < pool.size(); j += step) some.push_back(j);
  const Pool one = joined(function.neurons, selected(pool, some));
  Atoms atoms{joined(one, one), VectorD::Ones(2 * one.size())};
  atoms.signs.tail(one.size()).setConstant(-1);
  return atoms;
}

/// Of the atoms of candidates with either sign, values [2 m], those above `value`: the largest of each plus side and
/// sign, at most `most`.
std::vector<Index> violators(const Pool& candidates, const VectorD& values, double value,
                             Index most) {
  std::set<std::vector<std::uint8_t>> seen;
  std::vector<Index> kept;
  for (const Index k : largest(values, values.size())) {
    if (!(values(k) > value) || std::ssize(kept) == most) break;
    const auto side = candidates.sides.col(k % candidates.size());
    std::vector<std::uint8_t> key(side.begin(), side.end());
    key.push_back(k < candidates.size() ? 1 : 0);
    if (seen.insert(std::move(key)).second) kept.push_back(k);
  }
  return kept;
}

/// E rho_k^2 - 2 l.zeta_k of candidates with the sign + and with the sign -, [2 m], from u = sum_k weights_k D_k over the
/// atoms `support`; `twice_l` is 2 l.
VectorD values_of(const Reduction& reduction, const measure::LossForm& form, const VectorD& labels,
                  double budget, const AtomForm& support, const Reconstruction& u,
                  const VectorD& twice_l, const Pool& candidates) {
  const PoolForm columns = form_of(reduction, form, candidates);
  const MatrixD kernel = kernel_of(form, support.columns, columns);
  const VectorD unit = VectorD::Unit(columns.units.rows(), 0);
  const double own = form.kernel(unit, unit)(0);  // E sigma(u.x)^2
  const Index m = candidates.size();
  VectorD values(2 * m);
  for (const double sign : {1.0, -1.0}) {
    const AtomForm atoms = atom_form(columns, VectorD::Constant(m, sign * budget), labels);
    const VectorD squares = (own * budget * budget) * columns.lengths.cwiseAbs2() -
                            2 * atoms.sizes.cwiseProduct(columns.cross) +
                            VectorD::Constant(m, form.target_second_moment());
    const MatrixD cross = u.weights * products_of(form, support, atoms, kernel);
    values.segment(sign > 0 ? 0 : m, m) =
        risks(u, atoms.offsets, squares, cross) - atoms.offsets.transpose() * twice_l;
  }
  return values;
}

/// Adds the candidates `added`, numbered as the values of `values_of`; each has the mean weight of the prior.
void add_atoms(const Pool& candidates, const std::vector<Index>& added, Atoms& atoms,
               VectorD& prior) {
  const Index old = atoms.signs.size(), m = old + std::ssize(added);
  atoms.signs.conservativeResize(m);
  prior.conservativeResize(m);
  std::vector<Index> columns;
  for (Index k = old; k < m; ++k) {
    const Index j = added[static_cast<std::size_t>(k - old)];
    atoms.signs(k) = j < candidates.size() ? 1 : -1;
    prior(k) = 1 / static_cast<double>(m);
    columns.push_back(j % candidates.size());
  }
  atoms.pool = joined(atoms.pool, selected(candidates, columns));
  prior /= prior.sum();
}

/// u and l in the coordinates and units of the data: of u = sum_k weights_k D_k over atoms, and 2 l.
struct OfData {
  PlaneFunctions u;
  VectorD multipliers;
};

OfData of_data(const Reduction& reduction, const BoundedProblem& bounded, const Atoms& atoms,
               const VectorD& sizes, const MatrixD& weights, const VectorD& twice_l) {
  const Samples& samples = reduction.samples;
  const Index m = atoms.pool.size();
  const Index s = bounded.target == nullptr ? 0 : bounded.target->coefficients.size();
  // sum_k weights_k D_k by sigma(v_k.x), v_k = basis w_k, and by the target's link(v_s.x)
  const VectorD gauges = VectorD::NullaryExpr(m, [&](Index k) {
    return gauge_value(samples, atoms.pool.directions.col(k), atoms.pool.sides.col(k));
  });
  MatrixD directions(2, m + s);
  VectorD odd(m + s), even(m + s);
  MatrixD coefficients(m + s, weights.rows());
  directions.leftCols(m) = reduction.label_unit * (reduction.basis * atoms.pool.directions);
  odd.head(m).setConstant((1 + samples.slope) / 2);
  even.head(m).setConstant((1 - samples.slope) / 2);
  coefficients.topRows(m) = sizes.cwiseQuotient(gauges).asDiagonal() * weights.transpose();
  if (s > 0) {
    const network::HalfLinePolynomial& link = *bounded.problem.link().polynomial;
    directions.rightCols(s) = bounded.target->directions.transpose();
    odd.tail(s).setConstant((link.right[1] - link.left[1]) / 2);
    even.tail(s).setConstant((link.right[1] + link.left[1]) / 2);
    coefficients.bottomRows(s) =
        -bounded.target->coefficients * weights.rowwise().sum().transpose();
  }
  // One function and multiplier for each of the data's samples: those of its ray, by its share
  const auto expand = [&](const VectorD& imposed) {
    VectorD all = VectorD::Zero(samples.size());
    all(reduction.imposed) = imposed;
    return VectorD(reduction.expanded(all) / reduction.label_unit);
  };
  const auto expand_rows = [&](const MatrixD& rows) {
    MatrixD result(rows.rows(), bounded.labels.size());
    for (Index k = 0; k < rows.rows(); ++k)
      result.row(k) = expand(rows.row(k).transpose()).transpose();
    return result;
  };
  return {.u = {.linear = expand_rows(directions * odd.asDiagonal() * coefficients),
                .directions = directions,
                .kinks = expand_rows(even.asDiagonal() * coefficients)},
          .multipliers = expand(twice_l / 2)};
}

/// Directions of the data [2, q] in the coordinates of the reduction, of unit length.
Pool in_reduction(const Reduction& reduction, const MatrixD& directions) {
  const LeastSquares solver(reduction.basis);
  Pool pool{MatrixD(2, directions.cols()), Sides(reduction.samples.size(), directions.cols())};
  for (Index k = 0; k < directions.cols(); ++k) {
    pool.directions.col(k) = solver.solve(directions.col(k)).normalized();
    pool.sides.col(k) = side_of(reduction.samples, pool.directions.col(k));
  }
  return pool;
}

}  // namespace

algorithm::LossBound loss_bound(const Reduction& reduction, const measure::LossForm& form,
                                const BoundedProblem& bounded, const VectorD& labels, double budget,
                                const BudgetFunction& function, const Pool& pool,
                                std::int64_t seed) {
  const bool is_proved = has_plane_bound(bounded) && reduction.samples.dimension() == 2;
  const Accuracy& accuracy = is_proved ? k_proved : k_searched;
  const Index r = labels.size();
  Atoms atoms = first_atoms(function, pool, r);
  const Index half = atoms.signs.size() / 2;
  // Half of the prior on the function, half on all atoms.
  InteriorPoint point{.prior = VectorD::Constant(2 * half, 0.25 / static_cast<double>(half)),
                      .dual = VectorD::Zero(r + 1),
                      .slack = {}};
  for (Index j = 0; j < function.coefficients.size(); ++j) {
    const double b = function.coefficients(j);
    point.prior(b > 0 ? j : half + j) += 0.5 * std::abs(b) / budget;
  }
  double bound = std::numeric_limits<double>::infinity();
  for (std::uint64_t round = 0; round < accuracy.rounds; ++round) {
    const AtomForm support =
        atom_form(form_of(reduction, form, atoms.pool), budget * atoms.signs, labels);
    const MatrixD products =
        products_of(form, support, support, kernel_of(form, support.columns, support.columns));
    begin(support.offsets, products, point);
    const Reconstruction u = improve(support.offsets, products, accuracy.gap, point);
    const VectorD v = risks(u, support.offsets, products.diagonal(), u.cross);
    const VectorD twice_l = point.dual.tail(r);
    std::optional<PlaneBound> plane;
    if (is_proved) {
      if (!u.weights.allFinite() || !twice_l.allFinite()) break;
      const OfData data = of_data(reduction, bounded, atoms, support.sizes, u.weights, twice_l);
      plane = plane_bound(bounded, budget * reduction.cost_unit, data.u, data.multipliers);
    }
    const Pool candidates = joined(
        pool, plane ? in_reduction(reduction, plane->peaks)
                    : random_directions(
                          reduction.samples, atoms.pool,
                          random::Stream(seed, random::Purpose::worst_starts, k_stream + round)));
    const VectorD values =
        values_of(reduction, form, labels, budget, support, u, twice_l, candidates);
    const VectorD on_support = v - support.offsets.transpose() * twice_l;
    if (!values.allFinite() || !on_support.allFinite()) break;
    const double greatest = std::max(on_support.maxCoeff(), values.maxCoeff());
    bound = std::min(bound, plane ? plane->bound : greatest);
    const double value = point.prior.dot(v) / point.prior.sum();
    if (greatest <= value * (1 + accuracy.violation)) break;
    // No atom is dropped: without atoms in every direction of C, u could be anything there.
    add_atoms(candidates, violators(candidates, values, value, k_added * r), atoms, point.prior);
  }
  using algorithm::BoundKind;
  return {.value = bound,
          .kind = !std::isfinite(bound) ? BoundKind::none
                  : is_proved           ? BoundKind::certified
                                        : BoundKind::estimated};
}

}  // namespace flatgrid::flattest
