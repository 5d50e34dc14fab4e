// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace flatgrid::network {

/// The level of x86-64 whose instructions the hot loops use, found when the program runs: the last
/// bits of results depend on it. Empty if all of the program uses those it is compiled for.
std::string_view instruction_set();

}  // namespace flatgrid::network
