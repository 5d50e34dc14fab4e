// SPDX-License-Identifier: MIT
/// The algorithms, one file each; the registry in `algorithm.cpp` lists them.
#pragma once

#include "flatgrid/algorithm/algorithm.hpp"

namespace flatgrid {

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
