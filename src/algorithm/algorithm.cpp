// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/algorithm.hpp"

#include <array>

#include <fmt/format.h>

#include "algorithms.hpp"

namespace flatgrid {

std::span<const Algorithm> Algorithm::table() {
  static const std::array k_table = {teacher_algorithm(),
                                     gradient_descent_algorithm(),
                                     sgd_algorithm(),
                                     label_noise_sgd_algorithm(),
                                     sam_algorithm(),
                                     lazy_algorithm(),
                                     random_features_algorithm(),
                                     memorizer_algorithm(),
                                     corrupted_algorithm(),
                                     flattest_algorithm(),
                                     approximation_algorithm()};
  return k_table;
}

std::span<const Precision> Precision::table() {
  static constexpr std::array<Precision, 1> k_table = {{{"double"}}};
  return k_table;
}

Conflict needs_formula(std::string_view algorithm) {
  return {"problem.inputs",
          fmt::format("the algorithm {} needs a target with a formula, not the labels of a file",
                      algorithm)};
}

std::unique_ptr<Run> start_run(const Algorithm& algorithm, const Task& task, const Truth& truth) {
  if (const auto* const of_task = std::get_if<Algorithm::Start>(&algorithm.start)) {
    return (*of_task)(task);
  }
  return std::get<Algorithm::StartFromTruth>(algorithm.start)(task, truth);
}

}  // namespace flatgrid
