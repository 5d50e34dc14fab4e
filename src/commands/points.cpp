// SPDX-License-Identifier: MIT
#include "points.hpp"

#include <algorithm>

namespace flatgrid {

Json json_of_point(const Axes& axes, const GridPoint& point) {
  return {{"algorithm", at(axes.algorithm, point.algorithm).name()},
          {"samples", at(axes.samples, point.samples)},
          {"noise", at(axes.noise, point.noise)},
          {"width", at(axes.width, point.width)},
          {"seed", at(axes.seed, point.seed)}};
}

std::string_view meaning(const Variable& variable, double number) {
  std::string_view rest = variable.meanings;
  for (; number > 0 && !rest.empty(); --number) {
    rest.remove_prefix(std::min(rest.find(' '), rest.size() - 1) + 1);
  }
  return rest.substr(0, rest.find(' '));
}

}  // namespace flatgrid
