// SPDX-License-Identifier: MIT
// Runs the tests on all ranks of mpirun. Rank 0 prints the report; another rank prints only if a test failed on it.
#include <iostream>
#include <sstream>

#include "flatgrid/base/linear_algebra.hpp"
#include "flatgrid/parallel/communicator.hpp"
#include "flatgrid/parallel/session.hpp"
#include "run_tests.hpp"

int main(int argc, char** argv) {
  flatgrid::fix_product_blocking();
  const flatgrid::parallel::MpiSession session;
  const auto world = flatgrid::parallel::Communicator::world();

  std::ostringstream silenced;
  std::streambuf* const standard_output = std::cout.rdbuf();
  if (!world.is_root()) std::cout.rdbuf(silenced.rdbuf());
  const int failures = run_tests(argc, argv);
  std::cout.rdbuf(standard_output);
  if (failures != 0 && !world.is_root()) {
    std::cerr << "rank " << world.rank() << " of " << world.size() << ":\n" << silenced.str();
  }
  return world.maximum(failures);
}
