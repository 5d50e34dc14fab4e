// SPDX-License-Identifier: MIT
/// The laws of the inputs, one file each in `inputs/`; the registry in `laws.cpp` lists them.
#pragma once

#include <memory>

#include "flatgrid/problem/input_law.hpp"

namespace flatgrid::problem {

std::unique_ptr<InputLaw> gaussian_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> gaussian_powerlaw_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> gaussian_spiked_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> sphere_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> ball_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> cube_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> rademacher_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> student_t_inputs(const ProblemSettings& settings);
std::unique_ptr<InputLaw> mixture_inputs(const ProblemSettings& settings);

}  // namespace flatgrid::problem
