// SPDX-License-Identifier: MIT
#include "flatgrid/configuration/counted_axes.hpp"

#include "flatgrid/base/text.hpp"

namespace flatgrid::configuration {

std::vector<std::string> counted_axes(const Axes& axes) {
  return {counted(std::ssize(axes.algorithm), "algorithm"),
          counted(std::ssize(axes.samples), "number of samples", "numbers of samples"),
          counted(std::ssize(axes.noise), "level of noise", "levels of noise"),
          counted(std::ssize(axes.width), "width"), counted(std::ssize(axes.seed), "seed")};
}

}  // namespace flatgrid::configuration
