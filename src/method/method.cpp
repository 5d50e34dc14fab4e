#include "flatgrid/method/method.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "families.hpp"
#include "flatgrid/base/error.hpp"

namespace flatgrid {

namespace {

const std::vector<Method>& methods() {
  static const std::vector<Method> all = {teacher_method(),
                                          gradient_descent_method(),
                                          sgd_method(),
                                          label_noise_sgd_method(),
                                          sam_method(),
                                          lazy_method(),
                                          random_features_method(),
                                          memorizer_method(),
                                          corrupted_method(),
                                          flattest_method(),
                                          approximation_method()};
  return all;
}

}  // namespace

Task on_samples(const Task& task, const TrainingSet& samples) {
  return {task.training, task.activation, task.target,          samples.inputs, samples.labels,
          task.width,    task.seed,       task.population_loss, task.problem};
}

std::span<const std::string_view> method_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> result;
    for (const Method& method : methods()) result.push_back(method.name);
    return result;
  }();
  return names;
}

const Method& find_method(std::string_view name) {
  const auto found = std::ranges::find(methods(), name, &Method::name);
  if (found == methods().end()) throw Error(fmt::format("grid.method: '{}' is not a method", name));
  return *found;
}

}  // namespace flatgrid
