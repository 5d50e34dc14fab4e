// SPDX-License-Identifier: MIT
// Catch2's own code is compiled once, in this file, because it takes longer than any file of tests.
#define CATCH_CONFIG_RUNNER
#include "run_tests.hpp"

#include <catch2/catch.hpp>

int run_tests(int argc, char** argv) { return Catch::Session().run(argc, argv); }
