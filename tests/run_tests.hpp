// SPDX-License-Identifier: MIT
#pragma once

/// Runs the tests of this program, as its command line says. Returns the number of failures.
int run_tests(int argc, char** argv);
