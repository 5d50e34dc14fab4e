// SPDX-License-Identifier: MIT
/// The value of grid.algorithm: names of algorithms, and variants of them.
///
///     flattest, sam, sam(sam-radius=0.2), sgd(learning-rate=0.1|1, polish=no)
///
/// In parentheses stand settings KEY=VALUE, separated by commas: keys that the algorithm reads, without
/// their section where that names one key alone. VALUE|VALUE|... stands for an entry each, and several of
/// them for all combinations, the last varying fastest. Whatever is not set is as the configuration has it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "flatgrid/configuration/algorithm_entry.hpp"

namespace flatgrid::configuration {

/// The entries that a text lists. Throws Error saying what the text must be, or what is wrong in the
/// settings of a variant, without the key and the whole text (the caller adds these).
std::vector<AlgorithmEntry> read_algorithms(std::string_view text);

/// A text that `read_algorithms` reads back.
std::string algorithms_text(const std::vector<AlgorithmEntry>& entries);

/// What a list of algorithms must be: "a list of names out of: teacher, ...".
std::string algorithms_domain();

}  // namespace flatgrid::configuration
