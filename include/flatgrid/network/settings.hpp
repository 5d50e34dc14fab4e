// SPDX-License-Identifier: MIT
/// What the user chooses about the network; section [network] of a configuration.
#pragma once

#include <string>

namespace flatgrid {

struct NetworkSettings {
  std::string activation = "relu";  ///< a name of `activation_names()`
  double leaky_slope = 0.1;         ///< slope of leaky-relu on the negative side
};

}  // namespace flatgrid
