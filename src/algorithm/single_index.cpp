// SPDX-License-Identifier: MIT
/// `single-index`: a network whose neurons share one direction theta on the unit sphere, with frozen biases
/// (Bietti, Bruna, Sanford, Song 2022),
///   g(x) = m^{-1/2} sum_j c_j relu(theta.x - t_j),   t_j = -b_j,
/// trained on the loss
///   (1/n) sum_i (g(x_i) - y_i)^2 + lambda ||c||^2 = 2 (train loss + lambda/2 ||c||^2),
/// in two stages: a step moves theta <- theta - 100 eta grad_theta, normalized again, and from the step
/// single-index.outer-start on also c <- c - eta grad_c. All neurons start with the direction theta uniform on the
/// sphere, with the sign for which theta.theta* > 0, and c ~ N(0, I), with the sign for which the first Hermite
/// coefficients beyond the mean of target and network have equal signs; so the start knows the target.
///
/// With a large bias-scale most neurons are affine or 0 on all samples. With
///   relu(z - t) = (z - t) + relu(t - z)   for t < 0
/// the affine part of the network is collected once a step, and a neuron with |t_j| above max_i |theta.x_i| costs
/// nothing and adds no rounding errors to the outputs.
#include "flatgrid/algorithm/single_index.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include <fmt/format.h>

#include "flatgrid/algorithm/frozen_biases.hpp"
#include "flatgrid/base/serialization.hpp"
#include "flatgrid/random/stream.hpp"

namespace flatgrid::algorithm {

namespace {

constexpr double k_usual_rate = 0.01;
constexpr double k_usual_decay = 1e-3;
/// The step of theta in units of that of c.
constexpr double k_direction_rate = 100;

/// He_k(z) / sqrt(k!), the normalized Hermite polynomial.
double hermite(int k, double z) {
  double before = 0;
  double present = 1;
  for (int order = 0; order < k; ++order) {
    const double next = (z * present - std::sqrt(order) * before) / std::sqrt(order + 1);
    before = std::exchange(present, next);
  }
  return present;
}

double density(double z) { return std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi); }

/// The first Hermite coefficient alpha_s = E g(z) h_s(z), s >= 1, that is not 0.
struct Leading {
  int order;           ///< s
  double coefficient;  ///< alpha_s
};

/// By the trapezoidal rule, whose points include every place where a link has a kink or a jump.
Leading leading_coefficient(const problem::Link& link) {
  constexpr int k_points = 10'000;  // on each side of 0
  constexpr double k_step = 1e-3;
  constexpr double k_zero = 1e-6;
  for (int order = 1;; ++order) {
    double sum = 0;
    for (int i = -k_points; i <= k_points; ++i) {
      const double z = i * k_step;
      sum += k_step * link.value(z) * hermite(order, z) * density(z);
    }
    // Every link has a coefficient of an order of at most 4.
    if (std::abs(sum) > k_zero || order == 4) return {order, sum};
  }
}

/// E relu(z - t) h_s(z), s >= 1: P(z > t) for s = 1, h_{s-2}(t) phi(t) / sqrt(s (s-1)) for s > 1.
double relu_coefficient(int s, double t) {
  if (s == 1) return std::erfc(t / std::numbers::sqrt2) / 2;
  return hermite(s - 2, t) * density(t) / std::sqrt(static_cast<double>(s) * (s - 1));
}

}  // namespace

SharedDirection shared_direction_outputs(const VectorD& thresholds, const VectorD& outer,
                                         const VectorD& z) {
  SharedDirection result{VectorD(z.size()), VectorD(z.size()), {}};
  const double largest = z.cwiseAbs().maxCoeff();
  double slope = 0;
  double constant = 0;
  for (Index j = 0; j < thresholds.size(); ++j) {
    if (thresholds(j) < 0) {
      slope += outer(j);
      constant -= outer(j) * thresholds(j);
    }
    if (std::abs(thresholds(j)) < largest) result.near.push_back(j);
  }
  result.output = slope * z.array() + constant;
  result.slope.setConstant(slope);
  for (const Index j : result.near) {
    const double side = thresholds(j) < 0 ? -1 : 1;
    const Eigen::ArrayXd beyond = side * (z.array() - thresholds(j));
    result.output.array() += outer(j) * beyond.max(0);
    result.slope.array() += (beyond > 0).select(outer(j) * side, Eigen::ArrayXd::Zero(z.size()));
  }
  return result;
}

SharedGradient shared_direction_gradient(const MatrixD& inputs, const VectorD& labels,
                                         const VectorD& thresholds, const VectorD& outer,
                                         const VectorD& theta) {
  const VectorD z = inputs.transpose() * theta;
  const SharedDirection network = shared_direction_outputs(thresholds, outer, z);
  const VectorD residual = network.output - labels;
  const double mean = 2 / static_cast<double>(labels.size());
  SharedGradient gradient;
  gradient.square = residual.squaredNorm() / static_cast<double>(labels.size());
  gradient.theta = mean * (inputs * residual.cwiseProduct(network.slope));
  const double sum = residual.sum();
  const double moment = residual.dot(z);
  gradient.outer = (thresholds.array() < 0)
                       .select(mean * (moment - sum * thresholds.array()),
                               Eigen::ArrayXd::Zero(thresholds.size()));
  for (const Index j : network.near) {
    const double side = thresholds(j) < 0 ? -1 : 1;
    gradient.outer(j) += mean * residual.dot((side * (z.array() - thresholds(j))).max(0).matrix());
  }
  return gradient;
}

namespace {

struct SingleIndexState {
  VectorD theta;  ///< [d]
  VectorD c;      ///< [m]
  std::int64_t step = 0;
  bool diverged = false;
};

template <class Archive>
void serialize(Archive& archive, SingleIndexState& state) {
  auto& [theta, c, step, diverged] = state;
  archive(theta, c, step, diverged);
}

class SingleIndexRun final : public Run {
 public:
  SingleIndexRun(const Task& task, const Truth& truth)
      : task_(task),
        inputs_(task.inputs.topRows(task.trained_dimension())),
        thresholds_(-frozen_biases(task)),
        unit_(1 / std::sqrt(static_cast<double>(task.width))) {
    random::Stream stream(task.seed, random::Purpose::single_index, 0);
    state_.theta.resize(inputs_.rows());
    random::fill_normal(stream, state_.theta);
    state_.theta.normalize();
    if (state_.theta.dot(truth.target.directions.row(0)) < 0) state_.theta *= -1;
    state_.c.resize(task.width);
    for (Index j = 0; j < task.width; ++j) {
      random::Stream own(task.seed, random::Purpose::single_index,
                         static_cast<std::uint64_t>(j) + 1);
      state_.c(j) = own.normal();
    }
    const Leading target = leading_coefficient(truth.problem.link());
    double coefficient = 0;
    for (Index j = 0; j < task.width; ++j)
      coefficient += state_.c(j) * relu_coefficient(target.order, thresholds_(j));
    if (coefficient * target.coefficient * truth.target.coefficients(0) < 0) state_.c *= -1;
    make_network();
  }

  void advance(std::int64_t budget) override {
    const std::int64_t end = state_.step + std::min(budget, task_.training.steps - state_.step);
    while (state_.step < end && !state_.diverged) take_step();
    make_network();
  }
  [[nodiscard]] bool finished() const override { return state_.step >= task_.training.steps; }
  [[nodiscard]] bool diverged() const override { return state_.diverged; }
  [[nodiscard]] std::int64_t steps() const override { return state_.step; }
  [[nodiscard]] const network::Network<double>* network() const override { return &network_; }
  [[nodiscard]] std::string obstacle() const override {
    return diverged() ? "try a smaller training.learning-rate" : "";
  }
  [[nodiscard]] std::string save() const override { return bytes_of(state_); }
  void load(std::string_view bytes) override {
    state_ = from_bytes<SingleIndexState>(bytes);
    make_network();
  }

 private:
  void take_step() {
    const double eta = task_.training.learning_rate.value_or(k_usual_rate);
    const double lambda = task_.training.weight_decay.value_or(k_usual_decay);
    const SharedGradient gradient = shared_direction_gradient(inputs_, task_.labels, thresholds_,
                                                              unit_ * state_.c, state_.theta);
    if (!std::isfinite(gradient.square)) {
      state_.diverged = true;
      return;
    }
    state_.theta -= k_direction_rate * eta * gradient.theta;
    state_.theta.normalize();
    if (state_.step >= task_.training.single_index.outer_start)
      state_.c -= eta * (unit_ * gradient.outer + 2 * lambda * state_.c);
    ++state_.step;
  }

  /// w_j = theta, a_j = c_j / sqrt(m)
  void make_network() {
    network_.inner.resize(task_.width, task_.dimension());
    network_.inner.leftCols(inputs_.rows()) = state_.theta.transpose().replicate(task_.width, 1);
    network_.inner.rightCols(1) = -thresholds_;
    network_.outer = unit_ * state_.c;
  }

  Task task_;
  MatrixD inputs_;      // x, [d, n]
  VectorD thresholds_;  // t, [m]
  double unit_;         // 1 / sqrt(m)
  SingleIndexState state_;
  network::Network<double> network_;
};

std::unique_ptr<Run> start(const Task& task, const Truth& truth) {
  return std::make_unique<SingleIndexRun>(task, truth);
}

std::optional<Conflict> conflict(const PointOutline& points) {
  const problem::ProblemSettings& problem = points.problem.settings();
  if (!points.network.bias->frozen)
    return Conflict{"network.bias", "must be frozen for the algorithm single-index"};
  const network::HalfLinePolynomial sigma = points.activation.polynomial();
  if (sigma.right != std::array<double, 4>{0, 1, 0, 0} || sigma.left != std::array<double, 4>{})
    return Conflict{"network.activation", "must be relu for the algorithm single-index"};
  if (!problem.target->is_sum())
    return Conflict{"problem.target", "must be sum for the algorithm single-index"};
  if (problem.indices != 1)
    return Conflict{"problem.indices", "must be 1 for the algorithm single-index"};
  return std::nullopt;
}

Price price(const PointOutline& point) {
  const auto n = static_cast<double>(point.samples);
  const auto d = static_cast<double>(point.dimension());
  const auto m = static_cast<double>(point.width);
  return {.steps = static_cast<double>(point.training.steps),
          .flops_per_step = 4 * n * d + 4 * n * m,
          .bytes = 8 * (n * (d + 8) + m * (d + 6))};
}

constexpr std::string_view k_obstacle =
    "one direction, frozen biases and weight decay: it is trained to find the index direction";

std::optional<std::string_view> doubt(const PointOutline&) { return k_obstacle; }

}  // namespace

Algorithm single_index_algorithm() {
  return {
      .name = "single-index",
      .start = start,
      .price = price,
      .conflict = conflict,
      .obstacle = k_obstacle,
      .doubt = doubt,
      .description =
          "A network with one direction theta on the unit sphere and frozen biases b_j,\n"
          "    g(x) = m^(-1/2) sum_j c_j relu(theta.x + b_j),\n"
          "on the loss (1/n) sum_i (g(x_i) - y_i)^2 + lambda ||c||^2 of all samples, lambda =\n"
          "training.weight-decay (auto: 0.001). A step is theta <- theta - 100 eta grad_theta,\n"
          "normalized again, and from step single-index.outer-start on also c <- c - eta grad_c,\n"
          "eta = training.learning-rate (auto: 0.01). theta starts uniform on the sphere with\n"
          "theta.theta* > 0, c normal with the sign of the target's first Hermite coefficient.\n"
          "Needs network.bias = frozen, problem.indices = 1 and relu. Figures: alignment =\n"
          "theta.theta*, and ridge_loss, the least population loss of ridge fits of c with the\n"
          "penalties training.ridge. The stored network is that before these fits.",
      .source = "Bietti, Bruna, Sanford, Song 2022 (arXiv 2210.15651)",
      .ending = "After training.steps. It does not interpolate.",
      .keys = {"training.steps", "training.learning-rate", "training.weight-decay",
               "training.ridge", "single-index.outer-start"},
      .shares_direction = true};
}

}  // namespace flatgrid::algorithm
