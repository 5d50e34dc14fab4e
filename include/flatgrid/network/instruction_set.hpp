// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace flatgrid::network {

/// The x86-64 level whose instructions the hot loops use, chosen at run time: the last bits of results
/// depend on it. Empty if the hot loops use the instructions that the whole program is compiled for.
std::string_view instruction_set();

}  // namespace flatgrid::network
