// SPDX-License-Identifier: MIT
#include "flatgrid/network/instruction_set.hpp"

#include "micro_kernels.hpp"

namespace flatgrid::network {

namespace {

#ifdef FLATGRID_INSTRUCTION_SETS
constexpr std::string_view k_v3 = "x86-64-v3";
constexpr std::string_view k_v4 = "x86-64-v4";
#endif

template <class Scalar>
MicroKernels<Scalar> choose() {
#ifdef FLATGRID_INSTRUCTION_SETS
  if (instruction_set() == k_v4) return x86_64_v4::micro_kernels<Scalar>();
  if (instruction_set() == k_v3) return x86_64_v3::micro_kernels<Scalar>();
#endif
  return baseline::micro_kernels<Scalar>();
}

}  // namespace

std::string_view instruction_set() {
#ifdef FLATGRID_INSTRUCTION_SETS
  // Every processor that has these has the rest of the level.
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return k_v4;
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    return k_v3;
  }
#endif
  return {};
}

template <class Scalar>
const MicroKernels<Scalar>& micro_kernels() {
  static const MicroKernels<Scalar> kernels = choose<Scalar>();
  return kernels;
}

template const MicroKernels<double>& micro_kernels();
template const MicroKernels<float>& micro_kernels();

}  // namespace flatgrid::network
