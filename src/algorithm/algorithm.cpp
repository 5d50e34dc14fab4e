// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/algorithm.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

// Each algorithm is defined in the file of the same name.

namespace flatgrid::descent {
algorithm::Algorithm gradient_flow_algorithm();
algorithm::Algorithm gradient_descent_algorithm();
algorithm::Algorithm sgd_algorithm();
algorithm::Algorithm adam_algorithm();
algorithm::Algorithm label_noise_sgd_algorithm();
algorithm::Algorithm sam_algorithm();
algorithm::Algorithm mean_field_langevin_algorithm();
algorithm::Algorithm lazy_algorithm();
algorithm::Algorithm corrupted_algorithm();
}  // namespace flatgrid::descent

namespace flatgrid::flattest {
algorithm::Algorithm flattest_algorithm();
algorithm::Algorithm min_norm_algorithm();
algorithm::Algorithm worst_algorithm();
}  // namespace flatgrid::flattest

namespace flatgrid::algorithm {

Algorithm teacher_algorithm();
Algorithm random_features_algorithm();
Algorithm memorizer_algorithm();
Algorithm single_index_algorithm();
Algorithm approximation_algorithm();

std::span<const Algorithm> Algorithm::table() {
  static const std::array k_table = {teacher_algorithm(),
                                     descent::gradient_flow_algorithm(),
                                     descent::gradient_descent_algorithm(),
                                     descent::sgd_algorithm(),
                                     descent::adam_algorithm(),
                                     descent::label_noise_sgd_algorithm(),
                                     descent::sam_algorithm(),
                                     descent::mean_field_langevin_algorithm(),
                                     descent::lazy_algorithm(),
                                     random_features_algorithm(),
                                     memorizer_algorithm(),
                                     descent::corrupted_algorithm(),
                                     flattest::flattest_algorithm(),
                                     flattest::min_norm_algorithm(),
                                     flattest::worst_algorithm(),
                                     single_index_algorithm(),
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

std::span<const BatchRule> BatchRule::table() {
  static constexpr std::array<BatchRule, 3> k_table = {
      {{"epochs", false, false}, {"whole-epochs", false, true}, {"draws", true, false}}};
  return k_table;
}

std::span<const Initialization> Initialization::table() {
  static constexpr std::array<Initialization, 3> k_table = {
      {{"gaussian", false, false}, {"sphere", false, true}, {"uniform", true, false}}};
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
  if (points.network.bias->frozen && !algorithm.needs_free_biases.empty()) {
    return Conflict{"network.bias", fmt::format("must not be frozen for the algorithm {}: {}",
                                                algorithm.name, algorithm.needs_free_biases)};
  }
  if (points.network.has_linear_layers() && !algorithm.trains_linear_layers) {
    return Conflict{"network.layers",
                    fmt::format("must be 2 for the algorithm {}: it does not train linear layers",
                                algorithm.name)};
  }
  return algorithm.conflict == nullptr ? std::nullopt : algorithm.conflict(points);
}

std::unique_ptr<Run> start_run(const Algorithm& algorithm, const Task& task, const Truth& truth) {
  if (const auto* const of_task = std::get_if<Algorithm::Start>(&algorithm.start)) {
    return (*of_task)(task);
  }
  return std::get<Algorithm::StartFromTruth>(algorithm.start)(task, truth);
}

}  // namespace flatgrid::algorithm
