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
  std::string_view rest = variable.meanings;
  for (; number > 0 && !rest.empty(); --number) {
    rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
  }
  return rest.substr(0, rest.find(' '));
}

}  // namespace flatgrid::commands
