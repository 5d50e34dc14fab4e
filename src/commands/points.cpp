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
  const auto last = static_cast<double>(variable.meanings.size() - 1);
  return variable.meanings[static_cast<std::size_t>(std::clamp(number, 0.0, last))];
}

}  // namespace flatgrid
