// SPDX-License-Identifier: MIT
/// The algorithms, one file each; the table in `algorithm.cpp` lists them.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid {

/// The conflict of an algorithm that starts from the target with data from outside.
Conflict needs_formula(std::string_view algorithm);

Algorithm teacher_algorithm();
Algorithm gradient_descent_algorithm();
Algorithm sgd_algorithm();
Algorithm label_noise_sgd_algorithm();
Algorithm sam_algorithm();
Algorithm lazy_algorithm();
Algorithm random_features_algorithm();
Algorithm memorizer_algorithm();
Algorithm corrupted_algorithm();
Algorithm flattest_algorithm();
Algorithm approximation_algorithm();

}  // namespace flatgrid
