#include "flatgrid/grid/cost.hpp"

#include "flatgrid/method/method.hpp"

namespace flatgrid {

double predicted_cost(const Configuration& configuration, const GridPoint& point) {
  const Axes& axes = configuration.grid;
  const auto samples = static_cast<double>(at(axes.samples, point.samples));
  const auto width = static_cast<double>(at(axes.width, point.width));
  const auto dimension = static_cast<double>(configuration.problem.dimension);
  const Method& method = find_method(at(axes.method, point.method));
  // Measuring, and the one linear system that every method but the teacher solves at least.
  double flops = 2 * samples * dimension * width + samples * samples * (width + samples / 3);
  if (method.trained) {
    const double seen =
        method.samples_per_step(configuration.training, at(axes.samples, point.samples));
    flops += 4 * seen * dimension * width * static_cast<double>(configuration.training.steps);
  }
  return flops;
}

}  // namespace flatgrid
