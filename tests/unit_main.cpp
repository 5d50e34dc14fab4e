#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "flatgrid/base/linear_algebra.hpp"

int main(int argc, char** argv) {
  flatgrid::fix_product_blocking();
  return Catch::Session().run(argc, argv);
}
