// SPDX-License-Identifier: MIT
#include "flatgrid/algorithm/algorithm.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "algorithms.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid {

namespace {

const std::vector<Algorithm>& algorithms() {
  static const std::vector<Algorithm> all = {teacher_algorithm(),
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
  return all;
}

}  // namespace

Task on_samples(const Task& task, const TrainingSet& samples) {
  return {task.training, task.activation, task.target,          samples.inputs, samples.labels,
          task.width,    task.seed,       task.population_loss, task.problem};
}

std::span<const std::string_view> algorithm_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> result;
    for (const Algorithm& algorithm : algorithms()) result.push_back(algorithm.name);
    return result;
  }();
  return names;
}

const Algorithm& find_algorithm(std::string_view name) {
  const auto found = std::ranges::find(algorithms(), name, &Algorithm::name);
  if (found == algorithms().end())
    throw Error(fmt::format("grid.algorithm: '{}' is not an algorithm", name));
  return *found;
}

}  // namespace flatgrid
