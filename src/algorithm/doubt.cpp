// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/doubt.hpp"

#include <cmath>

#include <fmt/format.h>

#include "flatgrid/algorithm/teacher.hpp"

namespace flatgrid::algorithm {

namespace {

/// Dimension of the homogeneous polynomials of degree k in d variables: (d + k - 1 over k).
double forms(Index dimension, int degree) {
  double count = 1;
  for (int j = 1; j <= degree; ++j) count *= static_cast<double>(dimension + j - 1) / j;
  return count;
}

/// Whether the labels are those of a network of this width, so that training can find an interpolator.
bool target_fits(const PointOutline& point) {
  if (point.network.bias->frozen) return false;  // the target's neurons have the bias 0
  const auto representation = represent_target(point.problem, point.activation);
  return point.noise == 0 && representation &&
         point.width >= teacher_width(*representation, point.problem.settings().indices);
}

/// The least number of steps in which training divides the loss by ten. Measured for 4 samples in dimension 3:
/// eight decades took 213 steps of the flow, 225 of descent, 118 of lazy; larger problems take thousands.
constexpr double k_steps_of_a_decade = 25;

}  // namespace

std::optional<std::string> find_doubt(const Algorithm& algorithm, const PointOutline& point) {
  if (algorithm.doubt != nullptr) {
    if (const auto doubt = algorithm.doubt(point)) return std::string(*doubt);
  }
  if (target_fits(point)) return std::nullopt;
  // sigma(z) = c z^k: every network is a form of degree k.
  const network::HalfLinePolynomial sigma = point.activation.polynomial();
  const int degree = point.activation.degree();
  const double sign = degree % 2 == 0 ? 1 : -1;
  const auto power = static_cast<std::size_t>(degree);
  const double fitted = forms(point.dimension(), degree);
  if (sigma.left[power] == sign * sigma.right[power] &&
      static_cast<double>(point.samples) > fitted) {
    return fmt::format("networks of this activation fit at most {:.0f} samples in general position",
                       fitted);
  }
  // m (d + 1) parameters, minus m for the rescaling symmetry.
  if (point.width * point.dimension() < point.samples) {
    return "fewer parameters than samples, not counting the rescaling symmetry";
  }
  return std::nullopt;
}

std::optional<std::string> find_shortage(const Algorithm& algorithm, const PointOutline& point) {
  const TrainingSettings& training = point.training;
  if (!training.polish || !algorithm.price(point).polished) return std::nullopt;
  const double fewest = k_steps_of_a_decade * -std::log10(training.handover_loss);
  if (static_cast<double>(training.steps) >= fewest) return std::nullopt;
  return fmt::format(
      "training.steps = {} are probably too few to reach training.handover-loss = {:g}",
      training.steps, training.handover_loss);
}

}  // namespace flatgrid::algorithm
