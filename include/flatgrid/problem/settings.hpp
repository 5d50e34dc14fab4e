/// What the user chooses about the learning problem; section [problem] of a configuration.
#pragma once

#include <string>
#include <vector>

#include "flatgrid/base/linear_algebra.hpp"

namespace flatgrid {

struct ProblemSettings {
  Index dimension = 10;                    ///< d, of the inputs
  std::string inputs = "gaussian";         ///< law of the inputs, a name of `input_law`
  std::string target = "sum";              ///< how the single-index parts make f*
  std::string link = "relu";               ///< g, a name of `link_function`
  Index indices = 3;                       ///< r, number of index directions
  std::string directions = "orthonormal";  ///< how the index directions are drawn
  std::vector<double> coefficients;        ///< c_s; empty = alternating +1 -1 +1 ...
  std::string noise_law = "gaussian";      ///< unit-variance law of the label noise
  std::string data_file;                   ///< HDF5 file of a real data set; empty = none
};

}  // namespace flatgrid
