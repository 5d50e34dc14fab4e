// SPDX-License-Identifier: MIT
/// `teacher`: the target as a network, with which other interpolators are compared. With noisy labels it does
/// not interpolate.
#include "flatgrid/algorithm/teacher.hpp"

#include <array>

#include <fmt/format.h>

#include "flatgrid/algorithm/direct_run.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid::algorithm {

namespace {

std::unique_ptr<Run> start(const Task& task, const Truth& truth) {
  return std::make_unique<DirectRun>([task, truth] {
    const auto representation = represent_target(truth.problem, task.activation);
    if (!representation) throw Error("the network cannot represent the target");
    const auto teacher = teacher_network(*representation, truth.target, task.width);
    auto network = network::Network<double>::zero(task.width, task.dimension());
    network.inner.leftCols(teacher.dimension()) = teacher.inner;  // biases are 0
    network.outer = teacher.outer;
    return network;
  });
}

std::optional<Conflict> conflict(const PointOutline& points) {
  const problem::ProblemSettings& problem = points.problem.settings();
  if (!problem.target->is_sum()) {
    return Conflict{"problem.target",
                    "the algorithm teacher needs a target that a network can represent: sum"};
  }
  const auto representation = represent_target(points.problem, points.activation);
  if (!representation) {
    return Conflict{"problem.link",
                    "the algorithm teacher needs a link that is a sum of neurons, and "
                    "network.activation cannot represent this one"};
  }
  const Index needed = teacher_width(*representation, problem.indices);
  if (points.width >= needed) return std::nullopt;
  return Conflict{
      "grid.width",
      fmt::format("must be at least {} everywhere, since the algorithm teacher needs "
                  "{} for each of the problem.indices = {}",
                  needed, needed > problem.indices ? "two neurons" : "a neuron", problem.indices)};
}

constexpr std::string_view k_obstacle = "the target does not fit noisy labels";

std::optional<std::string_view> doubt(const PointOutline& point) {
  return point.noise > 0 ? std::optional(k_obstacle) : std::nullopt;
}

Price price(const PointOutline& point) {
  return {.flops_per_step = static_cast<double>(point.width * point.dimension())};
}

}  // namespace

std::optional<network::Representation> represent_target(
    const problem::Problem& problem, const network::Activation<double>& activation) {
  if (!problem.settings().target->is_sum() || problem.settings().inputs->is_file()) {
    return std::nullopt;
  }
  if (!problem.link().polynomial) return std::nullopt;
  return network::represent(*problem.link().polynomial, activation.polynomial(),
                            activation.degree());
}

Index teacher_width(const network::Representation& representation, Index indices) {
  return ((representation.plus != 0 ? 1 : 0) + (representation.minus != 0 ? 1 : 0)) * indices;
}

network::Network<double> teacher_network(const network::Representation& representation,
                                         const problem::IndexModel& target, Index width) {
  const Index indices = target.coefficients.size();
  auto network = network::Network<double>::zero(width, target.directions.cols());
  Index row = 0;
  for (const auto& [weight, sign] :
       {std::array{representation.plus, 1.0}, std::array{representation.minus, -1.0}}) {
    if (weight == 0) continue;
    network.inner.middleRows(row, indices) = sign * target.directions;
    network.outer.segment(row, indices) = weight * target.coefficients;
    row += indices;
  }
  return network;
}

Algorithm teacher_algorithm() {
  return {.name = "teacher",
          .start = start,
          .price = price,
          .conflict = conflict,
          .obstacle = k_obstacle,
          .doubt = doubt,
          .description =
              "The target as a network, f* = sum_s c_s g(u_s . x), with which interpolators are\n"
              "compared. The link must be a sum of neurons.",
          .source = "Vardhan, Taheri, Mazumdar 2026 (arXiv 2606.04429)",
          .ending = "At once: it is not trained. It interpolates labels without noise.",
          .needs_free_biases = "the biases of the target are 0"};
}

}  // namespace flatgrid::algorithm
