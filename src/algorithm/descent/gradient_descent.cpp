// SPDX-License-Identifier: MIT
/// `gradient-descent`: full batch with heavy-ball momentum from a small initialization, the rich
/// regime. `lazy`: the same from a large, output-centred initialization, the kernel regime (Chizat,
/// Oyallon, Bach 2019). Both end when the relative squared residual is small enough for the polish.
#include "descent.hpp"
#include "flatgrid/algorithm/descent/initialization.hpp"

namespace flatgrid {

namespace {

std::unique_ptr<Run> start_rich(const Task& task) {
  return std::make_unique<DescentRun>(task, small_network(task), std::vector{full_batch(task)});
}

std::unique_ptr<Run> start_lazy(const Task& task) {
  return std::make_unique<DescentRun>(
      task, centred_network(task.seed, task.width, task.dimension(), task.training.lazy_scale),
      std::vector{full_batch(task)});
}

Price price(const PointOutline& point) {
  return descent_price(point, static_cast<double>(point.samples));
}

}  // namespace

Algorithm gradient_descent_algorithm() {
  return {.name = "gradient-descent", .start = start_rich, .price = price};
}

Algorithm lazy_algorithm() { return {.name = "lazy", .start = start_lazy, .price = price}; }

}  // namespace flatgrid
