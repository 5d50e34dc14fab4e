// SPDX-License-Identifier: MIT
#include "flatgrid/base/linear_algebra.hpp"
#include "run_tests.hpp"

int main(int argc, char** argv) {
  flatgrid::fix_product_blocking();
  return run_tests(argc, argv);
}
