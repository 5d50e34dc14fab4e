// SPDX-License-Identifier: MIT
#include "points.hpp"

#include <algorithm>

namespace flatgrid::commands {

Json json_of_point(const configuration::Axes& axes, const configuration::GridPoint& point) {
  return {{"algorithm", configuration::at(axes.algorithm, point.algorithm).name()},
          {"samples", configuration::at(axes.samples, point.samples)},
          {"noise", configuration::at(axes.noise, point.noise)},
          {"width", configuration::at(axes.width, point.width)},
          {"seed", configuration::at(axes.seed, point.seed)}};
}

std::string_view meaning(const grid::Variable& variable, double number) {
  const auto last = static_cast<double>(variable.meanings.size() - 1);
  return variable.meanings[static_cast<std::size_t>(std::clamp(number, 0.0, last))];
}

}  // namespace flatgrid::commands
