// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/algorithm.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "direct_run.hpp"
#include "flatgrid/algorithm/teacher.hpp"

namespace flatgrid {

// Each is defined in the file of its name.
Algorithm teacher_algorithm();
Algorithm gradient_flow_algorithm();
Algorithm gradient_descent_algorithm();
Algorithm sgd_algorithm();
Algorithm label_noise_sgd_algorithm();
Algorithm sam_algorithm();
Algorithm mean_field_langevin_algorithm();
Algorithm lazy_algorithm();
Algorithm random_features_algorithm();
Algorithm memorizer_algorithm();
Algorithm corrupted_algorithm();
Algorithm flattest_algorithm();
Algorithm min_norm_algorithm();
Algorithm approximation_algorithm();

std::span<const Algorithm> Algorithm::table() {
  static const std::array k_table = {teacher_algorithm(),
                                     gradient_flow_algorithm(),
                                     gradient_descent_algorithm(),
                                     sgd_algorithm(),
                                     label_noise_sgd_algorithm(),
                                     sam_algorithm(),
                                     mean_field_langevin_algorithm(),
                                     lazy_algorithm(),
                                     random_features_algorithm(),
                                     memorizer_algorithm(),
                                     corrupted_algorithm(),
                                     flattest_algorithm(),
                                     min_norm_algorithm(),
                                     approximation_algorithm()};
  return k_table;
}

bool Algorithm::reads(std::string_view key, int degree) const {
  return std::ranges::count(keys, key) > 0 ||
         (degree > 1 && std::ranges::count(keys_above_degree_1, key) > 0);
}

std::span<const Precision> Precision::table() {
  static constexpr std::array<Precision, 2> k_table = {{{"double"}, {"float"}}};
  return k_table;
}

std::optional<Conflict> find_conflict(const Algorithm& algorithm, const PointOutline& points) {
  const bool needs_truth = std::holds_alternative<Algorithm::StartFromTruth>(algorithm.start);
  if (needs_truth && points.problem.settings().inputs->is_file()) {
    return Conflict{
        "problem.inputs",
        fmt::format("the algorithm {} needs a target with a formula, not the labels of a file",
                    algorithm.name)};
  }
  return algorithm.conflict == nullptr ? std::nullopt : algorithm.conflict(points);
}

namespace {

/// Dimension of the homogeneous polynomials of degree k in d variables: (d + k - 1 over k).
double forms(Index dimension, int degree) {
  double count = 1;
  for (int j = 1; j <= degree; ++j) count *= static_cast<double>(dimension + j - 1) / j;
  return count;
}

/// The labels are those of a network of this width, which may be found.
bool target_fits(const PointOutline& point) {
  const auto representation = represent_target(point.problem, point.activation);
  return point.noise == 0 && representation &&
         point.width >= teacher_width(*representation, point.problem.settings().indices);
}

/// Steps that training takes at the least to divide the loss by ten. Measured on 4 samples in 3
/// dimensions, eight decades took 213 steps of the flow, 225 of descent, 118 of lazy; they take
/// thousands where there is more to learn.
constexpr double k_steps_of_a_decade = 25;

}  // namespace

std::optional<std::string> find_doubt(const Algorithm& algorithm, const PointOutline& point) {
  if (algorithm.doubt != nullptr) {
    if (const auto doubt = algorithm.doubt(point)) return std::string(*doubt);
  }
  if (target_fits(point)) return std::nullopt;
  // sigma(z) = c z^k: every network is a form of degree k.
  const HalfLinePolynomial sigma = point.activation.polynomial();
  const int degree = point.activation.degree();
  const double sign = degree % 2 == 0 ? 1 : -1;
  const auto power = static_cast<std::size_t>(degree);
  const double fitted = forms(point.dimension(), degree);
  if (sigma.left[power] == sign * sigma.right[power] &&
      static_cast<double>(point.samples) > fitted) {
    return fmt::format(
        "networks of this activation fit {:.0f} samples in general position, no more", fitted);
  }
  // m (d + 1) parameters, of which the rescaling symmetry takes m.
  if (point.width * point.dimension() < point.samples) {
    return "fewer parameters, the rescaling symmetry taken out, than samples";
  }
  return std::nullopt;
}

std::optional<std::string> find_shortage(const Algorithm& algorithm, const PointOutline& point) {
  const TrainingSettings& training = point.training;
  if (!training.polish || !algorithm.price(point).polished) return std::nullopt;
  const double fewest = k_steps_of_a_decade * -std::log10(training.handover_loss);
  if (static_cast<double>(training.steps) >= fewest) return std::nullopt;
  return fmt::format(
      "training.steps = {} are hardly enough to come down to training.handover-loss = {:g}",
      training.steps, training.handover_loss);
}

std::unique_ptr<Run> start_run(const Algorithm& algorithm, const Task& task, const Truth& truth) {
  if (const auto* const of_task = std::get_if<Algorithm::Start>(&algorithm.start)) {
    return (*of_task)(task);
  }
  return std::get<Algorithm::StartFromTruth>(algorithm.start)(task, truth);
}

std::unique_ptr<Run> start_zero_run(const Task& task) {
  return std::make_unique<DirectRun>(
      [task] { return Network<double>::zero(task.width, task.dimension()); });
}

}  // namespace flatgrid
