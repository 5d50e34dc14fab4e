// SPDX-License-Identifier: MIT
#include "flatgrid/measure/population_loss.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "biased_loss.hpp"
#include "exact_problem.hpp"
#include "flatgrid/base/extended_precision.hpp"
#include "flatgrid/measure/gaussian_moments.hpp"
#include "flatgrid/measure/zonal_series.hpp"
#include "flatgrid/network/kernels.hpp"
#include "isotropic.hpp"

namespace flatgrid::measure {

class PopulationLoss::Law {
 public:
  virtual ~Law() = default;
  [[nodiscard]] virtual Estimate value(const network::Network<double>& network) const = 0;
  virtual double with_gradient(const network::Network<double>& network,
                               network::Network<double>& gradient) const = 0;
  [[nodiscard]] virtual double target_second_moment() const = 0;
};

namespace {

template <class Real>
std::array<Real, 7> radial_of(const ExactProblem& problem) {
  return radial_factors<Real>(problem.variances.size(), problem.radius);
}

/// E f f* and E f*^2 in closed form, for a piecewise polynomial link.
template <class Real>
class MomentTerms {
 public:
  explicit MomentTerms(const ExactProblem& problem)
      : network_(problem.activation, problem.activation, radial_of<Real>(problem)),
        cross_(problem.activation, *problem.link.polynomial, radial_of<Real>(problem)),
        target_(*problem.link.polynomial, *problem.link.polynomial, radial_of<Real>(problem)),
        indices_(problem.target.directions, problem.variances) {}

  [[nodiscard]] const MomentKernel<Real>& network() const { return network_; }
  [[nodiscard]] const Whitened<Real>& indices() const { return indices_; }
  [[nodiscard]] KernelValue<Real> cross(Index s, const Real& length, const Real& cosine) const {
    return cross_.with_derivatives(length, indices_.length(s), cosine);
  }
  [[nodiscard]] Real target(Index s, Index t) const {
    return target_.value(indices_.length(s), indices_.length(t),
                         s == t ? Real(1) : indices_.cosine(s, indices_, t));
  }

 private:
  MomentKernel<Real> network_, cross_, target_;
  Whitened<Real> indices_;
};

/// E f f* and E f*^2 for any link, by a series for each index.
class SeriesTerms {
 public:
  explicit SeriesTerms(const ExactProblem& problem)
      : network_(problem.activation, problem.activation, radial_of<double>(problem)),
        indices_(problem.target.directions, problem.variances),
        basis_(problem.radius ? ZonalBasis::sphere(problem.variances.size(), *problem.radius)
                              : ZonalBasis::gaussian()) {
    const network::HalfLinePolynomial& activation = problem.activation;
    for (degree_ = 3; activation.right[std::size_t(degree_)] == 0 &&
                      activation.left[std::size_t(degree_)] == 0;) {
      --degree_;
    }
    const VectorD of_activation = basis_.coefficients([&](double z) {
      const auto& side = z > 0 ? activation.right : activation.left;
      return side[std::size_t(degree_)] * std::pow(std::abs(z), degree_);
    });
    const Index indices = problem.target.coefficients.size();
    std::vector<VectorD> of_link;
    for (Index s = 0; s < indices; ++s) {
      const double length = indices_.length(s);
      of_link.push_back(
          basis_.coefficients([&](double z) { return problem.link.value(length * z); }));
      cross_.push_back(of_activation.cwiseProduct(of_link.back()));
    }
    target_.resize(indices, indices);
    for (Index s = 0; s < indices; ++s) {
      for (Index t = 0; t < indices; ++t) {
        const double cosine = s == t ? 1.0 : indices_.cosine(s, indices_, t);
        target_(s, t) =
            basis_.evaluate(of_link[std::size_t(s)].cwiseProduct(of_link[std::size_t(t)]), cosine)
                .value;
      }
    }
  }

  [[nodiscard]] const MomentKernel<double>& network() const { return network_; }
  [[nodiscard]] const Whitened<double>& indices() const { return indices_; }
  [[nodiscard]] KernelValue<double> cross(Index s, double length, double cosine) const {
    // sigma(length X) = length^k sigma(X)
    KernelValue<double> result = basis_.evaluate(cross_[std::size_t(s)], cosine);
    const double power = std::pow(length, degree_);
    result.value *= power;
    result.by_cosine *= power;
    result.by_scale = degree_ * result.value / length;
    return result;
  }
  [[nodiscard]] double target(Index s, Index t) const { return target_(s, t); }

 private:
  MomentKernel<double> network_;
  Whitened<double> indices_;
  ZonalBasis basis_;
  int degree_ = 0;
  std::vector<VectorD> cross_;  ///< for each index, the products of the coefficients
  MatrixD target_;              ///< [r, r]: E g(u_s.x) g(u_t.x)
};

struct Sum {
  double value;
  double scale;  ///< rounding error of the sum in double / epsilon
};

/// E f^2 - 2 E f f* + E f*^2.
template <class Real, class Terms>
Sum second_moment(const ExactProblem& problem, const Terms& terms,
                  const network::Network<double>& network) {
  using std::sqrt;
  const Whitened<Real> neurons(network.inner, problem.variances);
  const Index width = network.width();
  const Index indices = problem.target.coefficients.size();
  Real sum = 0;
  VectorD magnitudes(width + indices);  // sqrt(E (a_j sigma)^2), sqrt(E (c_s g)^2)
  for (Index j = 0; j < width; ++j) {
    const Real a = network.outer(j);
    const Real own = a * a * terms.network().value(neurons.length(j), neurons.length(j), Real(1));
    magnitudes(j) = std::sqrt(static_cast<double>(own));
    Real others = 0;
    for (Index q = 0; q < j; ++q) {
      others += network.outer(q) * terms.network().value(neurons.length(j), neurons.length(q),
                                                         neurons.cosine(j, neurons, q));
    }
    for (Index s = 0; s < indices; ++s) {
      others -= problem.target.coefficients(s) *
                terms.cross(s, neurons.length(j), neurons.cosine(j, terms.indices(), s)).value;
    }
    sum += own + 2 * a * others;
  }
  for (Index s = 0; s < indices; ++s) {
    const Real own =
        problem.target.coefficients(s) * problem.target.coefficients(s) * terms.target(s, s);
    magnitudes(width + s) = std::sqrt(static_cast<double>(own));
    Real others = 0;
    for (Index t = 0; t < s; ++t) others += problem.target.coefficients(t) * terms.target(s, t);
    sum += own + 2 * problem.target.coefficients(s) * others;
  }
  return {static_cast<double>(sum), 2 * magnitudes.lpNorm<1>() * magnitudes.norm()};
}

template <class Terms>
class ExactLaw final : public PopulationLoss::Law {
 public:
  explicit ExactLaw(const ExactProblem& problem) : problem_(problem), terms_(problem_) {}

  [[nodiscard]] Estimate value(const network::Network<double>& network) const override {
    constexpr double k_relative_error = 1e-9;
    // Four times the largest error of 243 networks: small and large, random, centred and near the target.
    constexpr double k_rounding = 4 * std::numeric_limits<double>::epsilon();
    const network::Network<double> live = live_neurons(network);
    const Sum sum = second_moment<double>(problem_, terms_, live);
    // Written so that NaN, from infinite weights, is returned.
    if (!(k_rounding * sum.scale > k_relative_error * sum.value)) return {sum.value, 0};
    if (!problem_.link.polynomial) return {std::max(0.0, sum.value), 0};
    const MomentTerms<Extended> terms(problem_);
    const double value = second_moment<Extended>(problem_, terms, live).value;
    // Rounding may make the difference negative; it is 0 then.
    const auto rounding = 64 * static_cast<double>(std::numeric_limits<Extended>::epsilon());
    return {value > rounding * sum.scale ? value : 0, 0};
  }

  double with_gradient(const network::Network<double>& network,
                       network::Network<double>& gradient) const override {
    gradient = network::Network<double>::zero(network.width(), network.dimension());
    const Whitened<double> neurons(network.inner, problem_.variances);
    const Index width = network.width();
    const Index indices = problem_.target.coefficients.size();
    double sum = 0;
    for (Index s = 0; s < indices; ++s) {
      for (Index t = 0; t < indices; ++t) {
        sum +=
            problem_.target.coefficients(s) * problem_.target.coefficients(t) * terms_.target(s, t);
      }
    }
    // A pair contributes weight * k(||v||, ., cos): dk/dv = k_s v^ + k_c (u - cos v^) / ||v||, and
    // v = C^{1/2} w.
    const auto add_pair = [&](Index j, double weight, const KernelValue<double>& kernel, double c,
                              const auto& other_unit) {
      const auto own_unit = neurons.unit.row(j);
      gradient.inner.row(j) +=
          weight * (kernel.by_scale * own_unit +
                    kernel.by_cosine / neurons.length(j) * (other_unit - c * own_unit));
    };
    for (Index j = 0; j < width; ++j) {
      const double a = network.outer(j);
      if (!(neurons.length(j) > 0)) continue;
      for (Index q = 0; q < width; ++q) {
        if (!(neurons.length(q) > 0)) continue;
        const double c = q == j ? 1.0 : neurons.cosine(j, neurons, q);
        const auto kernel =
            terms_.network().with_derivatives(neurons.length(j), neurons.length(q), c);
        sum += a * network.outer(q) * kernel.value;
        gradient.outer(j) += 2 * network.outer(q) * kernel.value;
        add_pair(j, 2 * a * network.outer(q), kernel, c, neurons.unit.row(q));
      }
      for (Index s = 0; s < indices; ++s) {
        const double weight = -2 * problem_.target.coefficients(s);
        const double c = neurons.cosine(j, terms_.indices(), s);
        const auto kernel = terms_.cross(s, neurons.length(j), c);
        sum += a * weight * kernel.value;
        gradient.outer(j) += weight * kernel.value;
        add_pair(j, a * weight, kernel, c, terms_.indices().unit.row(s));
      }
    }
    gradient.inner = gradient.inner * problem_.variances.cwiseSqrt().asDiagonal();
    return sum;
  }

  [[nodiscard]] double target_second_moment() const override {
    const Index dimension = problem_.variances.size();
    return second_moment<double>(problem_, terms_, network::Network<double>::zero(0, dimension))
        .value;
  }

 private:
  ExactProblem problem_;
  Terms terms_;
};

/// With biases, or for a link with kinks at other places than 0: a network without biases has biases of 0.
class BiasedLaw final : public PopulationLoss::Law {
 public:
  explicit BiasedLaw(ExactProblem problem)
      : dimension_(problem.variances.size()), loss_(make_biased_loss(std::move(problem))) {}

  [[nodiscard]] Estimate value(const network::Network<double>& network) const override {
    return {loss_->value(with_biases(network)), 0};
  }
  double with_gradient(const network::Network<double>& network,
                       network::Network<double>& gradient) const override {
    const double value = loss_->with_gradient(with_biases(network), gradient);
    gradient.inner.conservativeResize(Eigen::NoChange, network.dimension());
    return value;
  }
  [[nodiscard]] double target_second_moment() const override {
    return loss_->target_second_moment();
  }

 private:
  [[nodiscard]] network::Network<double> with_biases(network::Network<double> network) const {
    if (network.dimension() == dimension_) {
      network.inner.conservativeResize(Eigen::NoChange, dimension_ + 1);
      network.inner.rightCols(1).setZero();
    }
    return network;
  }

  Index dimension_;  ///< of the inputs x
  std::unique_ptr<BiasedLoss> loss_;
};

/// The mean over a test set.
class SampleLaw final : public PopulationLoss::Law {
 public:
  SampleLaw(const network::Activation<double>& activation, problem::TestSet test_set)
      : activation_(activation), test_set_(std::move(test_set)) {}

  [[nodiscard]] Estimate value(const network::Network<double>& network) const override {
    network::Workspace<double> workspace(network.width());
    VectorD outputs;
    network::predict(activation_, network, test_set_.inputs, workspace, outputs);
    const VectorD squares = (outputs - test_set_.labels).array().square();
    const auto count = static_cast<double>(squares.size());
    const double mean = squares.sum() / count;
    // Scaled by a power of two, which is exact: squares of squares may overflow.
    const double unit = mean > 0 ? std::exp2(std::ilogb(mean)) : 1;
    const double variance = ((squares.array() - mean) / unit).square().sum() / (count - 1);
    return {mean, unit * std::sqrt(variance / count)};
  }

  double with_gradient(const network::Network<double>& network,
                       network::Network<double>& gradient) const override {
    gradient = network::Network<double>::zero(network.width(), network.dimension());
    network::Workspace<double> workspace(network.width());
    // The train loss has a factor 1/2, the population loss does not.
    const double half = network::loss_and_gradient(activation_, network, test_set_.inputs,
                                                   test_set_.labels, workspace, gradient);
    gradient.inner *= 2;
    gradient.outer *= 2;
    return 2 * half;
  }

  [[nodiscard]] double target_second_moment() const override {
    return test_set_.labels.squaredNorm() / static_cast<double>(test_set_.labels.size());
  }

 private:
  const network::Activation<double>& activation_;
  problem::TestSet test_set_;
};

}  // namespace

namespace {

/// Whether neurons or link have kinks at other places than 0.
bool has_thresholds(const problem::Problem& problem) {
  return problem.appends_one() || !problem.link().pieces.empty();
}

}  // namespace

std::string_view population_loss_method(const problem::Problem& problem) {
  const problem::InputLaw* const law = problem.input_law();
  if (law == nullptr || !problem.settings().target->is_sum()) return "monte-carlo";
  // In dimension 1 the sphere consists of two points and has no zonal polynomials.
  const bool sphere = law->sphere_radius() && problem.settings().dimension > 1;
  // (x, 1) is neither centred nor isotropic: the sphere has no closed form then.
  if (!law->gaussian_variances() && (!sphere || has_thresholds(problem))) return "monte-carlo";
  const problem::Link& link = problem.link();
  return link.polynomial || !link.pieces.empty() ? "closed-form" : "quadrature";
}

PopulationLossPrice population_loss_price(const problem::Problem& problem, Index width) {
  const auto m = static_cast<double>(width);
  const auto d = static_cast<double>(problem.network_dimension());
  const double both = m + static_cast<double>(problem.settings().indices);
  if (population_loss_method(problem) != "monte-carlo") {
    // Flops of a pair: 2 d for the cosine and about 100 for the moment, which takes as long as 700 with biases.
    // Memory: the unit vectors in double and extended precision.
    const double moment = has_thresholds(problem) ? 700 : 100;
    return {.flops = both * both / 2 * (2 * d + moment), .bytes = 8 * 5 * both * (d + 2)};
  }
  const auto samples = static_cast<double>(problem.test_samples());
  // Inputs and labels; outputs, squares and a temporary during an evaluation.
  return {.flops = 2 * samples * d * m, .bytes = 8 * samples * (d + 5)};
}

PopulationLoss::PopulationLoss(const problem::Problem& problem,
                               const network::Activation<double>& activation,
                               const problem::IndexModel& target, std::int64_t seed) {
  const std::string_view method = population_loss_method(problem);
  if (method == "monte-carlo") {
    law_ = std::make_unique<SampleLaw>(activation, problem.test_set(target, seed));
    return;
  }
  const problem::InputLaw& law = *problem.input_law();
  const Index dimension = problem.settings().dimension;
  ExactProblem exact{activation.polynomial(), problem.link(), target,
                     law.gaussian_variances().value_or(VectorD::Ones(dimension)),
                     law.sphere_radius()};
  if (has_thresholds(problem)) {
    law_ = std::make_unique<BiasedLaw>(std::move(exact));
  } else if (method == "closed-form") {
    law_ = std::make_unique<ExactLaw<MomentTerms<double>>>(std::move(exact));
  } else {
    law_ = std::make_unique<ExactLaw<SeriesTerms>>(std::move(exact));
  }
}

PopulationLoss::~PopulationLoss() = default;
PopulationLoss::PopulationLoss(PopulationLoss&&) noexcept = default;
PopulationLoss& PopulationLoss::operator=(PopulationLoss&&) noexcept = default;

Estimate PopulationLoss::operator()(const network::Network<double>& network) const {
  return law_->value(network);
}

double PopulationLoss::with_gradient(const network::Network<double>& network,
                                     network::Network<double>& gradient) const {
  return law_->with_gradient(network, gradient);
}

double PopulationLoss::target_second_moment() const { return law_->target_second_moment(); }

}  // namespace flatgrid::measure
