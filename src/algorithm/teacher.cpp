// SPDX-License-Identifier: MIT
/// `teacher`: the target itself as a network, the reference every other interpolator is held
/// against. With noisy labels it does not interpolate.
#include "flatgrid/algorithm/teacher.hpp"

#include <array>

#include "algorithms.hpp"
#include "flatgrid/base/error.hpp"
#include "flatgrid/problem/laws.hpp"

namespace flatgrid {

namespace {

void start(const Task& task, AlgorithmState& state) {
  const auto representation = represent_target(task.problem, task.activation);
  if (!representation) throw Error("the network cannot represent the target");
  state.network = teacher_network(*representation, task.target, task.width);
  state.finished = true;
}

}  // namespace

std::optional<Representation> represent_target(const ProblemSettings& problem,
                                               const Activation<double>& activation) {
  if (problem.target != "sum" || problem.inputs == "file") return std::nullopt;
  const Link link = make_link(problem);
  if (!link.polynomial) return std::nullopt;
  return represent(*link.polynomial, activation.polynomial(), activation.degree());
}

Index teacher_width(const Representation& representation, Index indices) {
  return ((representation.plus != 0 ? 1 : 0) + (representation.minus != 0 ? 1 : 0)) * indices;
}

Network<double> teacher_network(const Representation& representation, const IndexModel& target,
                                Index width) {
  const Index indices = target.coefficients.size();
  auto network = Network<double>::zero(width, target.directions.cols());
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
          .trained = false,
          .start = start,
          .advance = nullptr,
          .obstacle = "the target does not fit noisy labels"};
}

}  // namespace flatgrid
